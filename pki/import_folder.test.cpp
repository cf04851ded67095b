#include "pki/import_folder.hpp"

#include <gtest/gtest.h>

#include "pki/certificate_authority.hpp"
#include "pki/cli.test.hpp"

namespace otafleet::pki {
namespace {

using namespace std::chrono_literals;

/// What a factory writes: a device certificate for a year, the gateway's root for ten.
struct folder {
  certificate_authority fleet = certificate_authority::create("Fleet Root", certificate_use::client).value();
  certificate_authority gateway = certificate_authority::create("Gateway Root", certificate_use::server).value();
  private_key key = private_key::generate(key_type::ec_p256).value();
  certificate leaf = fleet.issue(key.public_part(), {.common_name = "5a04529c-3f30-418b-b8e8-92bfcc36f54b"}).value();
  std::string root_crt = gateway.root().pem();
  std::string client_pem = leaf.pem();
  std::string pkey_pem = key.pkcs8_pem();
  std::string gateway_url = "https://gw.example:30443\n";
  std::chrono::system_clock::time_point now = std::chrono::system_clock::now();

  [[nodiscard]] auto read() const { return read_import_folder({root_crt, client_pem, pkey_pem, gateway_url}, now); }
  [[nodiscard]] std::string why() const {
    const auto identity = read();
    return identity ? "accepted" : identity.error();
  }
};

TEST(import_folder, gives_the_device_its_identity) {
  const folder made;
  const auto identity = made.read().value();
  EXPECT_EQ(identity.device.key.pkcs8_der(), made.key.pkcs8_der());
  EXPECT_EQ(identity.device.leaf.common_name(), "5a04529c-3f30-418b-b8e8-92bfcc36f54b");
  ASSERT_EQ(identity.device.authorities.size(), 1u);
  EXPECT_EQ(identity.device.authorities[0].fingerprint(), made.gateway.root().fingerprint());
  EXPECT_TRUE(identity.chain.empty());
  EXPECT_EQ(identity.gateway_url, "https://gw.example:30443");
  EXPECT_EQ(identity.warnings, std::vector<std::string>{});
}

TEST(import_folder, keeps_intermediates_of_the_device_out_of_what_it_trusts) {
  folder made;
  made.client_pem += made.fleet.root().pem();
  const auto identity = made.read().value();
  ASSERT_EQ(identity.chain.size(), 1u);
  EXPECT_EQ(identity.chain[0].fingerprint(), made.fleet.root().fingerprint());
  ASSERT_EQ(identity.device.authorities.size(), 1u);
  EXPECT_EQ(identity.device.authorities[0].fingerprint(), made.gateway.root().fingerprint());
}

TEST(import_folder, names_every_missing_file_at_once) {
  const folder made;
  const auto error = read_import_folder({made.root_crt, {}, {}, made.gateway_url}, made.now).error();
  EXPECT_EQ(error, "the import folder lacks client.pem, pkey.pem; a device with credentials of its own needs root.crt, "
                   "client.pem, pkey.pem and gateway.url");
}

TEST(import_folder, refuses_the_key_of_another_device) {
  folder made;
  made.pkey_pem = private_key::generate(key_type::ec_p256).value().pkcs8_pem();
  EXPECT_EQ(made.why(), "pkey.pem is not the key of the certificate in client.pem; copy the two from the same device");
  made.pkey_pem = private_key::generate(key_type::ed25519).value().pkcs8_pem();
  EXPECT_EQ(made.why(), "pkey.pem is not the key of the certificate in client.pem; copy the two from the same device");
}

TEST(import_folder, sees_swapped_files) {
  folder made;
  std::swap(made.client_pem, made.pkey_pem);
  EXPECT_EQ(made.why(), "client.pem holds a private key where certificates belong; is it swapped with pkey.pem?");
  made.client_pem = made.pkey_pem;
  EXPECT_EQ(made.why(), "pkey.pem holds a certificate where a private key belongs; is it swapped with client.pem?");
}

TEST(import_folder, refuses_an_encrypted_key_without_asking_the_terminal) {
  folder made;
  const workshop shop;
  shop.put("plain.pem", as_bytes(made.pkey_pem));
  for (const auto* form : {"pkcs8 -topk8 -in plain.pem -passout pass:x -out made.pem",
                           "ec -in plain.pem -aes128 -passout pass:x -out made.pem"}) {
    static_cast<void>(shop.openssl(form));
    const auto encrypted = shop.get("made.pem");
    made.pkey_pem = as_text(encrypted);
    EXPECT_TRUE(made.why().starts_with("pkey.pem is encrypted, and a device has nobody to ask for its password"))
        << made.why();
  }
}

TEST(import_folder, names_the_file_that_is_no_pem) {
  for (auto [which, beginning] : {std::pair{&folder::root_crt, "root.crt holds no readable PEM certificate: "},
                                  std::pair{&folder::client_pem, "client.pem holds no readable PEM certificate: "},
                                  std::pair{&folder::pkey_pem, "pkey.pem holds no readable PEM private key: "},
                                  std::pair{&folder::gateway_url, "gateway.url must begin with https:// or http://"}}) {
    folder made;
    made.*which = "not-what-belongs-here";
    EXPECT_TRUE(made.why().starts_with(beginning)) << made.why();
    made.*which = "";
    EXPECT_FALSE(made.read());
  }
}

TEST(import_folder, only_warns_of_certificates_out_of_their_dates) {
  folder made;
  const auto start = made.now;
  made.now = start + 366 * 24h;
  EXPECT_EQ(made.read().value().warnings,
            std::vector<std::string>{"client.pem holds the certificate of 5a04529c-3f30-418b-b8e8-92bfcc36f54b, which "
                                     "has expired; a gateway refuses it"});
  made.now = start + 3651 * 24h;
  EXPECT_EQ(made.read().value().warnings.size(), 2u); // The gateway's root, too.
  made.now = start - 24h;
  const auto early = made.read().value().warnings;
  ASSERT_EQ(early.size(), 2u);
  EXPECT_EQ(early[1], "root.crt holds the certificate of Gateway Root, which is not valid yet; a gateway refuses it, "
                      "or this clock is wrong");
}

TEST(import_folder, warns_of_a_certificate_without_a_name) {
  folder made;
  const workshop shop;
  shop.put("key.pem", as_bytes(made.pkey_pem));
  static_cast<void>(shop.openssl("req -x509 -new -key key.pem -subj /O=nobody -days 5 -out leaf.pem"));
  const auto leaf = shop.get("leaf.pem");
  made.client_pem = as_text(leaf);
  EXPECT_EQ(made.read().value().warnings,
            std::vector<std::string>{"client.pem holds a certificate without a common name, which is where a gateway "
                                     "looks for the device id"});
}

TEST(import_folder, says_nothing_of_a_key_in_its_errors) {
  folder made;
  made.pkey_pem.insert(60, "!");
  const auto error = made.why();
  EXPECT_TRUE(error.starts_with("pkey.pem holds no readable PEM private key")) << error;
  EXPECT_EQ(error.find(made.pkey_pem.substr(70, 20)), std::string::npos);
}

} // namespace
} // namespace otafleet::pki
