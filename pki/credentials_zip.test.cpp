#include "pki/credentials_zip.hpp"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "pki/archive.hpp"
#include "pki/certificate_authority.hpp"
#include "pki/cli.test.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet::pki {
namespace {

const certificate_authority& gateway() {
  static const auto made = certificate_authority::create("Gateway Root", certificate_use::server).value();
  return made;
}

credential shared_credential() {
  const auto fleet = certificate_authority::create("Fleet Root", certificate_use::client).value();
  auto key = private_key::generate(key_type::ec_p256).value();
  auto leaf = fleet.issue(key.public_part(), {.common_name = "provisioning"}).value();
  return {std::move(key), std::move(leaf), {gateway().root()}};
}

/// All entries of protocol.md section 1.1, the URLs as Airbotics writes them.
credentials_zip everything() {
  const auto p12 = to_pkcs12(shared_credential(), "", 1).value();
  return {.gateway_url = "https://gw.example/api/v0/robot",
          .provisioning_p12 = p12,
          .server_ca = {gateway().root()},
          .treehub = treehub_access{"https://treehub.example/api/v3", treehub_basic_auth{"u", "p"}},
          .client_auth_p12 = p12,
          .server_p12 = p12,
          .tufrepo_urls = {"https://gw.example/api/v0/robot", "https://api.example/v0/teams/t/repo"},
          .root_json = R"({"signed":{},"signatures":[]})",
          .targets_public_key = R"({"keytype":"ED25519","keyval":{"public":"00"}})",
          .targets_private_key = R"({"keytype":"ED25519","keyval":{"private":"01"}})",
          .api_gateway_url = "https://api.example"};
}

std::string why(byte_view archive) {
  const auto read = read_credentials_zip(archive);
  return read ? "accepted" : read.error();
}

std::string why(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
  std::vector<zip_entry> packed;
  for (const auto& [name, content] : entries)
    packed.push_back({name, as_bytes(content)});
  return why(pack_zip(packed));
}

// -- what we write ------------------------------------------------------------------------------------------------

TEST(credentials_zip, written_is_read_again) {
  const auto content = everything();
  const auto read = read_credentials_zip(write_credentials_zip(content)).value();
  EXPECT_EQ(read.gateway_url, content.gateway_url);
  EXPECT_EQ(read.provisioning_p12, content.provisioning_p12);
  ASSERT_EQ(read.server_ca.size(), 1u);
  EXPECT_EQ(read.server_ca[0].fingerprint(), gateway().root().fingerprint());
  EXPECT_EQ(read.treehub, content.treehub);
  EXPECT_EQ(read.client_auth_p12, content.client_auth_p12);
  EXPECT_EQ(read.server_p12, content.server_p12);
  EXPECT_EQ(read.tufrepo_urls, content.tufrepo_urls);
  EXPECT_EQ(read.root_json, content.root_json);
  EXPECT_EQ(read.targets_public_key, content.targets_public_key);
  EXPECT_EQ(read.targets_private_key, content.targets_private_key);
  EXPECT_EQ(read.api_gateway_url, content.api_gateway_url);
}

TEST(credentials_zip, of_a_device_needs_two_entries_only) {
  const credentials_zip content{.gateway_url = "https://gw.example",
                                .provisioning_p12 = to_pkcs12(shared_credential(), "", 1).value()};
  const auto read = read_credentials_zip(write_credentials_zip(content)).value();
  EXPECT_EQ(read.gateway_url, "https://gw.example");
  EXPECT_EQ(read.treehub, std::nullopt);
  EXPECT_TRUE(read.tufrepo_urls.empty());
  EXPECT_TRUE(provisioning_credential(read));
}

TEST(credentials_zip, is_the_same_bytes_in_every_time_zone) {
  const auto content = everything();
  const auto here = write_credentials_zip(content);
  const char* const zone = std::getenv("TZ");
  const std::optional<std::string> before = zone == nullptr ? std::nullopt : std::optional<std::string>{zone};
  setenv("TZ", "Pacific/Kiritimati", 1);
  tzset();
  const auto there = write_credentials_zip(content);
  before ? setenv("TZ", before->c_str(), 1) : unsetenv("TZ");
  tzset();
  EXPECT_EQ(here, there);
}

TEST(credentials_zip, is_read_by_other_readers) {
  const workshop shop;
  shop.put("credentials.zip", write_credentials_zip(everything()));
  EXPECT_NE(shop.run("python3 -m zipfile -t credentials.zip").find("Done testing"), std::string::npos);
  EXPECT_EQ(shop.run("bsdtar -xOf credentials.zip api_gateway.url"), "https://api.example");
  EXPECT_EQ(shop.run("bsdtar -tf credentials.zip"),
            "autoprov.url\nautoprov_credentials.p12\nserver_ca.pem\ntreehub.json\nclient_auth.p12\nserver.p12\n"
            "tufrepo.url\ntufrepo.url\nroot.json\ntargets.pub\ntargets.sec\napi_gateway.url\n");
  EXPECT_NE(shop.run("bsdtar -tvf credentials.zip").find("-rw-------"), std::string::npos);
}

// -- archives that other tools made ---------------------------------------------------------------------------------

class archive_made_by : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(
    tools, archive_made_by,
    testing::Values("zip -q made autoprov* treehub.json notes.txt && mv made.zip made",
                    "zip -q0 made autoprov* treehub.json notes.txt && mv made.zip made",
                    "zip -q - autoprov* treehub.json notes.txt >made",
                    "cat notes.txt | zip -q made autoprov* "
                    "treehub.json - && mv made.zip made",
                    "python3 -m zipfile -c made autoprov.url autoprov_credentials.p12 treehub.json",
                    "tar -cf made autoprov* treehub.json notes.txt",
                    "tar -czf made --format=pax autoprov* treehub.json notes.txt",
                    "tar -cf made --format=v7 autoprov* treehub.json",
                    "tar -cSf made --format=gnu autoprov* treehub.json",
                    "bsdtar -acf made.tar.bz2 autoprov* treehub.json && mv made.tar.bz2 made",
                    "bsdtar -acf made.tar.xz autoprov* treehub.json && mv made.tar.xz made",
                    "bsdtar -acf made.tar.zst autoprov* treehub.json && mv made.tar.zst made",
                    "bsdtar -acf made.tar.lz4 autoprov* treehub.json && mv made.tar.lz4 made",
                    "bsdtar -acf made.zip autoprov* treehub.json && mv made.zip made",
                    "bsdtar -acf made.7z autoprov* treehub.json && mv made.7z made",
                    "bsdtar -cf made --format=cpio autoprov* treehub.json"));

TEST_P(archive_made_by, is_read) {
  const workshop shop;
  const auto credential = shared_credential();
  shop.put("autoprov.url", as_bytes("https://gw.example:30443\n"));
  shop.put("autoprov_credentials.p12", to_pkcs12(credential, "", 1).value());
  shop.put("treehub.json", as_bytes(R"({"no_auth": true, "ostree": {"server": "http://treehub.ota.ce/api/v3/"}})"));
  shop.put("notes.txt", as_bytes("not an entry of ours\n"));
  shop.run(GetParam());
  const auto read = read_credentials_zip(shop.get("made"));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->gateway_url, "https://gw.example:30443");
  EXPECT_EQ(read->treehub, (treehub_access{"http://treehub.ota.ce/api/v3/", treehub_no_auth{}}));
  EXPECT_EQ(provisioning_credential(*read).value().leaf.fingerprint(), credential.leaf.fingerprint());
}

// -- the provisioning credential --------------------------------------------------------------------------------------

TEST(provisioning_credential, opens_with_the_password_of_the_settings) {
  const credentials_zip content{.provisioning_p12 = to_pkcs12(shared_credential(), "pass", 1).value()};
  EXPECT_TRUE(provisioning_credential(content, "pass"));
  EXPECT_EQ(provisioning_credential(content).error(),
            "autoprov_credentials.p12: the PKCS#12 archive does not open with this password, or was altered");
}

TEST(provisioning_credential, is_not_in_an_archive_for_publishing) {
  EXPECT_EQ(provisioning_credential({.gateway_url = "https://gw.example"}).error(),
            "autoprov_credentials.p12 is not in the archive: these credentials are for publishing, not for devices; "
            "download them with provisioning enabled");
}

TEST(provisioning_credential, needs_an_authority_to_trust_the_gateway_by) {
  auto alone = shared_credential();
  alone.authorities.clear();
  EXPECT_EQ(
      provisioning_credential({.provisioning_p12 = to_pkcs12(alone, "", 1).value()}).error(),
      "autoprov_credentials.p12 holds no CA certificate to trust the gateway by; a device cannot connect with it");
}

// -- malformed archives
// -------------------------------------------------------------------------------------------------

TEST(credentials_zip, names_the_entry_that_is_wrong) {
  EXPECT_EQ(why({{"autoprov.url", "gw.example"}}), "autoprov.url must begin with https:// or http://");
  EXPECT_EQ(why({{"autoprov_credentials.p12", "<html>"}}),
            "autoprov_credentials.p12 is no PKCS#12 file; download the credentials again");
  EXPECT_EQ(why({{"client_auth.p12", ""}}), "client_auth.p12 is no PKCS#12 file; download the credentials again");
  EXPECT_EQ(why({{"server_ca.pem", "none"}}),
            "server_ca.pem must hold the gateway's CA certificates as PEM: the bundle holds no certificate");
  EXPECT_EQ(why({{"treehub.json", "{}"}}),
            "treehub.json is malformed: ostree must be an object with the treehub's URL as server");
  EXPECT_EQ(why({{"root.json", "[]"}}), "root.json must be a JSON object; download the credentials again");
  EXPECT_EQ(why({{"targets.sec", "{\"a\":"}}), "targets.sec must be a JSON object; download the credentials again");
  EXPECT_EQ(why({{"tufrepo.url", "https://a"}, {"tufrepo.url", ""}}),
            "tufrepo.url is empty; it must hold one URL, as in https://gateway.example");
}

TEST(credentials_zip, refuses_to_choose_between_two_entries_of_one_name) {
  EXPECT_EQ(why({{"autoprov.url", "https://a"}, {"autoprov.url", "https://b"}}),
            "autoprov.url stands in the archive more often than once; which one counts is not said");
  EXPECT_EQ(why({{"tufrepo.url", "https://a"}, {"tufrepo.url", "https://b"}, {"tufrepo.url", "https://c"}}),
            "tufrepo.url stands in the archive more often than twice; which one counts is not said");
}

TEST(credentials_zip, packed_with_its_folder_is_refused_with_the_remedy) {
  EXPECT_EQ(why({{"credentials/autoprov.url", "https://a"}}),
            "autoprov.url stands in a folder of the archive; pack the files from inside that folder, so that they "
            "stand at the top level under their plain names");
  EXPECT_TRUE(why({{"./autoprov.url", "https://a"}}).starts_with("autoprov.url stands in a folder"));
}

TEST(credentials_zip, passes_over_a_namesake_in_a_folder) {
  EXPECT_EQ(why({{"old/autoprov.url", "nonsense"}, {"autoprov.url", "https://a"}, {"AUTOPROV.URL", "nonsense"}}),
            "accepted");
}

TEST(credentials_zip, without_one_of_its_entries_is_something_else) {
  const std::string error = "the archive holds none of the entries of a credentials.zip, such as autoprov.url; is it "
                            "the right file?";
  EXPECT_EQ(why({{"readme.txt", "hello"}}), error);
  EXPECT_EQ(why(pack_zip({})), error);
  for (const std::string_view text : {"", "<html>404</html>", "PK", "#mtree\n"})
    EXPECT_TRUE(why(as_bytes(text)).starts_with("the archive cannot be read: it is no zip, tar, cpio or 7-Zip archive"))
        << why(as_bytes(text));
}

TEST(credentials_zip, does_not_follow_links) {
  const workshop shop;
  shop.run("ln -s /etc/hostname autoprov.url && tar -cf made autoprov.url");
  EXPECT_EQ(why(shop.get("made")), "autoprov.url is a link or a folder in the archive; pack the file itself");
}

TEST(credentials_zip, does_not_let_an_archive_read_files_of_this_machine) {
  const workshop shop;
  shop.run("echo https://stolen >secret.url; printf '#mtree\\nautoprov.url type=file size=15 "
           "contents=%s/secret.url\\n' \"$PWD\" >made");
  // bsdtar takes the bait, so the archive is well made.
  EXPECT_EQ(shop.run("bsdtar -cf - @made | tar -xO"), "https://stolen\n");
  EXPECT_TRUE(why(shop.get("made")).starts_with("the archive cannot be read: it is no zip")) << why(shop.get("made"));
}

TEST(credentials_zip, encrypted_is_refused) {
  const workshop shop;
  shop.put("autoprov.url", as_bytes("https://gw.example"));
  shop.run("zip -q -P secret made.zip autoprov.url");
  const auto error = why(shop.get("made.zip"));
  EXPECT_EQ(error, "autoprov.url is encrypted; unpack the archive with its password and pack it without one");
}

// -- hostile archives -----------------------------------------------------------------------------------------------

TEST(credentials_zip, refuses_a_bomb_whatever_it_hides_in) {
  const workshop shop;
  shop.run("head -c 20000000 /dev/zero >autoprov.url; cp autoprov.url unknown; echo https://a >tufrepo.url");
  const auto error_of = [&](const std::string& command) {
    shop.run("rm -f made made.zip; " + command + "; mv made.zip made 2>/dev/null || true");
    const auto made = shop.get("made");
    EXPECT_LT(made.size(), 200'000u) << command;
    return why(made);
  };
  EXPECT_EQ(error_of("zip -q made.zip autoprov.url"), "autoprov.url is longer than 524288 bytes");
  const std::string unknown = "the archive cannot be read: it unpacks to more than 16777216 bytes; download the "
                              "credentials again";
  EXPECT_EQ(error_of("zip -q made.zip unknown tufrepo.url"), unknown);
  EXPECT_EQ(error_of("tar -czf made unknown tufrepo.url"), unknown);
  EXPECT_EQ(error_of("tar -cJf made unknown tufrepo.url"), unknown);
  EXPECT_EQ(error_of("bsdtar -cf made --zstd unknown tufrepo.url"), unknown);
  EXPECT_EQ(error_of("bsdtar -cf made --format=7zip unknown tufrepo.url"), unknown);
}

TEST(credentials_zip, refuses_a_sparse_file_that_claims_a_terabyte) {
  const workshop shop;
  shop.run("truncate -s 1T autoprov.url && tar -cSf made autoprov.url");
  EXPECT_EQ(why(shop.get("made")), "autoprov.url is longer than 524288 bytes");
}

TEST(credentials_zip, undoes_one_layer_of_compression_only) {
  const workshop shop;
  shop.put("autoprov.url", as_bytes("https://gw.example"));
  shop.run("tar -czf one autoprov.url && gzip -c one >two");
  EXPECT_EQ(why(shop.get("one")), "accepted");
  EXPECT_TRUE(why(shop.get("two")).starts_with("the archive cannot be read: it is no zip"));
}

TEST(credentials_zip, refuses_too_many_entries_and_too_long_an_archive) {
  std::vector<zip_entry> many(257, zip_entry{"x", {}});
  EXPECT_EQ(why(pack_zip(many)), "the archive cannot be read: it has too many entries; download the credentials again");
  EXPECT_EQ(why(bytes(max_credentials_archive_bytes + 1)),
            "a credentials.zip is not longer than 4194304 bytes; is this the right file?");
}

TEST(credentials_zip, survives_every_truncation_and_every_flipped_byte) {
  const credentials_zip content{.gateway_url = "https://gw.example", .tufrepo_urls = {"https://a", "https://b"}};
  const auto whole = write_credentials_zip(content);
  for (std::size_t size = 0; size < whole.size(); ++size)
    static_cast<void>(read_credentials_zip(byte_view{whole}.first(size)));
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const auto flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
      auto altered = whole;
      altered[i] ^= flip;
      // A zip knows the CRC of each entry: what is read may lack an entry, but none may differ.
      const auto read = read_credentials_zip(altered);
      EXPECT_EQ(read ? read->gateway_url.value_or("https://gw.example") : "https://gw.example", "https://gw.example")
          << i;
    }
}

} // namespace
} // namespace otafleet::pki
