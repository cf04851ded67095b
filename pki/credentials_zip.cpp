#include "pki/credentials_zip.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/archive.hpp"
#include "pki/checked_url.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet::pki {
namespace {

/// Far more than the eleven that we know.
constexpr std::size_t max_entries = 256;

using outcome = tl::expected<void, std::string>;

// -- one reader per kind of entry: each says what is wrong as the end of a sentence that begins with the name ----

outcome read_url(byte_view content, std::optional<std::string>& into) {
  auto url = checked_url(as_text(content));
  if (!url)
    return tl::unexpected(std::move(url.error()));
  into = std::move(*url);
  return {};
}

outcome read_pkcs12(byte_view content, std::optional<bytes>& into) {
  // It opens only with its password; a DER sequence is what can be seen without.
  if (content.size() < 2 || content[0] != std::byte{0x30})
    return tl::unexpected(std::string{"is no PKCS#12 file; download the credentials again"});
  into.emplace(content.begin(), content.end());
  return {};
}

outcome read_json(byte_view content, std::optional<std::string>& into) {
  const auto text = as_text(content);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{' || !nlohmann::json::accept(text))
    return tl::unexpected(std::string{"must be a JSON object; download the credentials again"});
  into.emplace(text);
  return {};
}

outcome read_authorities(byte_view content, std::vector<certificate>& into) {
  auto bundle = certificate::bundle_from_pem(as_text(content));
  if (!bundle)
    return tl::unexpected("must hold the gateway's CA certificates as PEM: " + bundle.error());
  into = std::move(*bundle);
  return {};
}

outcome read_treehub(byte_view content, std::optional<treehub_access>& into) {
  auto access = read_treehub_json(as_text(content));
  if (!access)
    return tl::unexpected("is malformed: " + access.error());
  into = std::move(*access);
  return {};
}

outcome read_tufrepo(byte_view content, std::vector<std::string>& into) {
  std::optional<std::string> url;
  if (auto read = read_url(content, url); !read)
    return read;
  into.push_back(std::move(*url));
  return {};
}

// -- the entries by name ------------------------------------------------------------------------------------------

struct known_entry {
  std::string_view name;
  outcome (*read)(byte_view content, credentials_zip& into);
  std::size_t times = 1;
};

constexpr auto entries = std::to_array<known_entry>({
    {"autoprov.url", [](byte_view c, credentials_zip& into) { return read_url(c, into.gateway_url); }},
    {"autoprov_credentials.p12",
     [](byte_view c, credentials_zip& into) { return read_pkcs12(c, into.provisioning_p12); }},
    {"server_ca.pem", [](byte_view c, credentials_zip& into) { return read_authorities(c, into.server_ca); }},
    {"treehub.json", [](byte_view c, credentials_zip& into) { return read_treehub(c, into.treehub); }},
    {"client_auth.p12", [](byte_view c, credentials_zip& into) { return read_pkcs12(c, into.client_auth_p12); }},
    {"server.p12", [](byte_view c, credentials_zip& into) { return read_pkcs12(c, into.server_p12); }},
    {"tufrepo.url", [](byte_view c, credentials_zip& into) { return read_tufrepo(c, into.tufrepo_urls); }, 2},
    {"root.json", [](byte_view c, credentials_zip& into) { return read_json(c, into.root_json); }},
    {"targets.pub", [](byte_view c, credentials_zip& into) { return read_json(c, into.targets_public_key); }},
    {"targets.sec", [](byte_view c, credentials_zip& into) { return read_json(c, into.targets_private_key); }},
    {"api_gateway.url", [](byte_view c, credentials_zip& into) { return read_url(c, into.api_gateway_url); }},
});

std::string_view base_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

/// Collects the entries of one archive.
class collector {
public:
  outcome take(archive_reader& reader, const archive_reader::entry& found) {
    const auto known = std::ranges::find(entries, std::string_view{found.name}, &known_entry::name);
    if (known == entries.end()) {
      const auto inside = std::ranges::find(entries, base_name(found.name), &known_entry::name);
      if (inside != entries.end() && found.is_regular_file)
        in_folder_ = inside->name;
      return {};
    }
    const std::string name{known->name};
    if (!found.is_regular_file)
      return tl::unexpected(name + " is a link or a folder in the archive; pack the file itself");
    if (++seen_[static_cast<std::size_t>(known - entries.begin())] > known->times)
      return tl::unexpected(name + " stands in the archive more often than " + (known->times == 1 ? "once" : "twice") +
                            "; which one counts is not said");
    auto content = reader.content(max_credentials_entry_bytes);
    if (!content)
      return tl::unexpected(name + " " + content.error());
    if (auto read = known->read(*content, content_); !read)
      return tl::unexpected(name + " " + read.error());
    return {};
  }

  tl::expected<credentials_zip, std::string> finish() && {
    if (std::ranges::any_of(seen_, [](std::size_t times) { return times > 0; }))
      return std::move(content_);
    if (!in_folder_.empty())
      return tl::unexpected(std::string{in_folder_} +
                            " stands in a folder of the archive; pack the files from inside that folder, so that they "
                            "stand at the top level under their plain names");
    return tl::unexpected(std::string{"the archive holds none of the entries of a credentials.zip, such as "
                                      "autoprov.url; is it the right file?"});
  }

private:
  credentials_zip content_;
  std::array<std::size_t, entries.size()> seen_{};
  std::string_view in_folder_;
};

} // namespace

tl::expected<credentials_zip, std::string> read_credentials_zip(byte_view archive) {
  if (archive.size() > max_credentials_archive_bytes)
    return tl::unexpected("a credentials.zip is not longer than " + std::to_string(max_credentials_archive_bytes) +
                          " bytes; is this the right file?");
  const auto unreadable = [](const std::string& why) {
    return tl::unexpected("the archive cannot be read: " + why + "; download the credentials again");
  };
  auto reader = archive_reader::open(archive, {max_credentials_unpacked_bytes, max_entries});
  if (!reader)
    return unreadable(reader.error());
  collector found;
  for (;;) {
    const auto entry = reader->next();
    if (!entry)
      return unreadable(entry.error());
    if (!*entry)
      return std::move(found).finish();
    if (auto taken = found.take(*reader, **entry); !taken)
      return tl::unexpected(std::move(taken.error()));
  }
}

bytes write_credentials_zip(const credentials_zip& content) {
  std::vector<zip_entry> packed;
  const auto add = [&](std::string_view name, byte_view what) { packed.push_back({name, what}); };
  const auto add_text = [&](std::string_view name, const std::optional<std::string>& text) {
    if (text)
      add(name, as_bytes(*text));
  };
  const auto add_bytes = [&](std::string_view name, const std::optional<bytes>& raw) {
    if (raw)
      add(name, *raw);
  };
  std::string authorities;
  for (const auto& one : content.server_ca)
    authorities += one.pem();
  const auto treehub = content.treehub ? std::optional{write_treehub_json(*content.treehub)} : std::nullopt;

  add_text("autoprov.url", content.gateway_url);
  add_bytes("autoprov_credentials.p12", content.provisioning_p12);
  if (!authorities.empty())
    add("server_ca.pem", as_bytes(authorities));
  add_text("treehub.json", treehub);
  add_bytes("client_auth.p12", content.client_auth_p12);
  add_bytes("server.p12", content.server_p12);
  for (const auto& url : content.tufrepo_urls)
    add("tufrepo.url", as_bytes(url));
  add_text("root.json", content.root_json);
  add_text("targets.pub", content.targets_public_key);
  add_text("targets.sec", content.targets_private_key);
  add_text("api_gateway.url", content.api_gateway_url);
  return pack_zip(packed);
}

tl::expected<credential, std::string> provisioning_credential(const credentials_zip& content,
                                                              std::string_view password) {
  const std::string name{"autoprov_credentials.p12"};
  if (!content.provisioning_p12)
    return tl::unexpected(name + " is not in the archive: these credentials are for publishing, not for devices; " +
                          "download them with provisioning enabled");
  auto read = from_pkcs12(*content.provisioning_p12, password);
  if (!read)
    return tl::unexpected(name + ": " + read.error());
  if (read->authorities.empty())
    return tl::unexpected(name + " holds no CA certificate to trust the gateway by; a device cannot connect with it");
  return read;
}

} // namespace otafleet::pki
