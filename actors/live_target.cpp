// Reading the files that a live backend's configuration names.
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>
#include <variant>

#include <system_error>

#include "actors/target.hpp"
#include "pki/certificate_authority.hpp"
#include "pki/credentials_zip.hpp"
#include "pki/import_folder.hpp"
#include "scenarios/address.hpp"

namespace otafleet::actors {

namespace {

using std::filesystem::path;

/// Above every file that is read here; what is in it is judged by whoever parses it.
constexpr std::size_t largest_file = pki::max_credentials_archive_bytes;

[[nodiscard]] std::string why_unreadable(const path& file) {
  return "cannot read " + file.string() + ": " + std::generic_category().message(errno != 0 ? errno : ENOENT);
}

[[nodiscard]] tl::expected<std::string, std::string> read_file(const path& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed))
    return tl::unexpected(file.string() + " is a directory, where a file is expected");
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return tl::unexpected(why_unreadable(file));
  std::string content(largest_file + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad())
    return tl::unexpected(why_unreadable(file));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (content.size() > largest_file)
    return tl::unexpected(file.string() + " is larger than 4 MiB, too large for what it should hold");
  return content;
}

/// The file's name before what is wrong with it.
[[nodiscard]] auto in_file(const path& file) {
  return [text = file.string()](const std::string& words) { return text + ": " + words; };
}

/// Adds the path that a gateway of this kind has, where the URL has none.
[[nodiscard]] std::string with_base(const std::string& gateway, const std::string& base) {
  const auto authority = gateway.find("://");
  const bool has_path = authority != std::string::npos && gateway.find('/', authority + 3) != std::string::npos;
  return has_path ? gateway : gateway + base;
}

/// Fills in what one account's files say.
class account_reader {
public:
  explicit account_reader(account_access& into) : into_(into) {}

  [[nodiscard]] tl::expected<void, std::string> operator()(const scenarios::credentials_archive& from) {
    const auto content = read_file(from.file);
    if (!content)
      return tl::unexpected(content.error());
    const auto archive = pki::read_credentials_zip(as_bytes(*content)).map_error(in_file(from.file));
    if (!archive)
      return tl::unexpected(archive.error());
    auto shared = pki::provisioning_credential(*archive).map_error(in_file(from.file));
    if (!shared)
      return tl::unexpected(shared.error());
    into_.shared = std::move(*shared);
    return take_gateway(archive->gateway_url.value_or(""), from.file, "autoprov.url");
  }

  [[nodiscard]] tl::expected<void, std::string> operator()(const scenarios::import_directory& from) {
    std::optional<std::string> texts[4];
    const char* const names[4] = {"root.crt", "client.pem", "pkey.pem", "gateway.url"};
    std::error_code failed;
    for (std::size_t i = 0; i != 4; ++i) {
      const auto file = from.directory / names[i];
      if (!std::filesystem::exists(file, failed))
        continue;
      auto content = read_file(file);
      if (!content)
        return tl::unexpected(content.error());
      texts[i] = std::move(*content);
    }
    // The folder may leave the gateway to the configuration; the reader wants one.
    if (!texts[3] && !into_.gateway_url.empty())
      texts[3] = into_.gateway_url;
    auto device = pki::read_import_folder({texts[0], texts[1], texts[2], texts[3]}, std::chrono::system_clock::now())
                      .map_error(in_file(from.directory));
    if (!device)
      return tl::unexpected(device.error());
    if (device->device.leaf.common_name().empty())
      return tl::unexpected(in_file(from.directory)("client.pem has no common name, which would be the device's id"));
    into_.mint = std::make_shared<const device_mint>(std::move(device->device));
    return take_gateway(device->gateway_url, from.directory, "gateway.url");
  }

  [[nodiscard]] tl::expected<void, std::string> operator()(const scenarios::device_ca_files& from) {
    const auto certificate_text = read_file(from.certificate);
    if (!certificate_text)
      return tl::unexpected(certificate_text.error());
    const auto key_text = read_file(from.key);
    if (!key_text)
      return tl::unexpected(key_text.error());
    const auto server_text = read_file(from.server_ca);
    if (!server_text)
      return tl::unexpected(server_text.error());
    const auto certificate = pki::certificate::from_pem(*certificate_text).map_error(in_file(from.certificate));
    if (!certificate)
      return tl::unexpected(certificate.error());
    const auto key = pki::private_key::from_pem(*key_text).map_error(in_file(from.key));
    if (!key)
      return tl::unexpected(key.error());
    auto server = pki::certificate::bundle_from_pem(*server_text).map_error(in_file(from.server_ca));
    if (!server)
      return tl::unexpected(server.error());
    auto authority = pki::certificate_authority::adopt(*key, *certificate).map_error(in_file(from.certificate));
    if (!authority)
      return tl::unexpected(authority.error());
    into_.mint = std::make_shared<const device_mint>(std::move(*authority), std::move(*server));
    return {};
  }

private:
  /// What the configuration says goes before what comes with the credentials.
  [[nodiscard]] tl::expected<void, std::string> take_gateway(const std::string& found, const path& where,
                                                             const char* entry) {
    if (!into_.gateway_url.empty())
      return {};
    if (found.empty())
      return tl::unexpected(in_file(where)(std::string{"there is no "} + entry +
                                           " in it; say where the gateway is with gateway: in the configuration"));
    const auto url = scenarios::read_url(found).map_error(in_file(where / entry));
    if (!url)
      return tl::unexpected(url.error());
    into_.gateway_url = *url;
    return {};
  }

  account_access& into_;
};

} // namespace

tl::expected<target, std::string> live_target(const scenarios::scenario& plan,
                                              const std::vector<std::string>& allowed_hosts) {
  target result;
  result.is_embedded_stub = false;
  result.max_rate = plan.live->max_rate;
  result.allowed_hosts = allowed_hosts;
  for (const auto& [name, unused] : plan.accounts) {
    const auto& from = plan.live->accounts.at(name);
    account_access access;
    access.gateway_url = from.gateway;
    access.director_url = from.director_url;
    access.repo_url = from.repo_url;
    access.treehub_url = from.treehub_url;
    if (from.operators)
      access.operators = operator_access{from.operators->url, from.operators->token};
    if (auto read = std::visit(account_reader{access}, from.access); !read)
      return tl::unexpected("account " + name + ": " + read.error());
    if (from.uuid_device_ids)
      access.names = device_naming::uuids;
    else if (access.shared)
      access.names = device_naming::made_up; // it may know the devices of an earlier run
    access.gateway_url = with_base(access.gateway_url, from.base_path);
    result.accounts.emplace(name, std::move(access));
  }
  return result;
}

} // namespace otafleet::actors
