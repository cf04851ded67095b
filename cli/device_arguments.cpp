#include "cli/device_arguments.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/device_targets.hpp"
#include "pki/checked_url.hpp"
#include "pki/credentials_zip.hpp"
#include "pki/import_folder.hpp"
#include "scenarios/units.hpp"

namespace otafleet::cli {

namespace {

using unexpected = tl::unexpected<std::string>;

constexpr std::size_t max_import_file_bytes = 1024 * 1024;

/// Nothing when there is no such file.
[[nodiscard]] tl::expected<std::optional<std::string>, std::string> read_file(const std::filesystem::path& path,
                                                                              std::size_t limit) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return std::nullopt;
  if (!std::filesystem::is_regular_file(path, failed))
    return unexpected(path.string() + " is not a file");
  std::ifstream in{path, std::ios::binary};
  std::string content(limit + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad() || (!in.eof() && in.fail()) || !in.is_open())
    return unexpected("cannot read " + path.string());
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (content.size() > limit)
    return unexpected(path.string() + " is longer than " + std::to_string(limit) + " bytes");
  return content;
}

[[nodiscard]] tl::expected<std::string, std::string> base_url(std::string_view text, std::string_view option) {
  auto url = pki::checked_url(text);
  if (!url)
    return unexpected(std::string{option} + " " + url.error());
  // Paths are appended as text (protocol.md section 0.2).
  while (url->ends_with('/'))
    url->pop_back();
  return url;
}

[[nodiscard]] tl::expected<device::ecu_settings, std::string> read_ecu(const std::string& text, pki::key_type key) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size())
    return unexpected("--ecu " + text + " is not SERIAL:HARDWARE_ID; the serial may be empty, as in :gw-imx8");
  device::ecu_settings made;
  made.serial = text.substr(0, colon);
  made.hardware_id = text.substr(colon + 1);
  made.uptane_key = key;
  return made;
}

/// What the real client takes when nobody names one.
[[nodiscard]] std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string{name.data()} : std::string{"unknown"};
}

[[nodiscard]] tl::expected<void, std::string> set_ecus(const device_arguments& from, device::settings& into) {
  const auto key = pki::key_type_from(from.key_type);
  if (!key)
    return unexpected("--key-type: " + key.error());
  auto wanted = from.ecus;
  if (wanted.empty())
    wanted.push_back(":" + (from.hardware_id.empty() ? host_name() : from.hardware_id));
  std::set<std::string> serials;
  for (const auto& text : wanted) {
    auto ecu = read_ecu(text, *key);
    if (!ecu)
      return unexpected(std::move(ecu.error()));
    if (!ecu->serial.empty() && !serials.insert(ecu->serial).second)
      return unexpected("two ECUs are called " + ecu->serial + "; give each --ecu a serial of its own");
    if (&text == &wanted.front())
      into.primary = std::move(*ecu);
    else
      into.secondaries.push_back(std::move(*ecu));
  }
  return {};
}

/// What the credentials say of the gateway; empty when they say nothing.
using gateway_or_failure = tl::expected<std::string, std::string>;

[[nodiscard]] gateway_or_failure use_credentials(const std::string& path, device_plan& into) {
  const auto archive = read_file(path, pki::max_credentials_archive_bytes);
  if (!archive)
    return unexpected(archive.error());
  if (!*archive)
    return unexpected("there is no " + path +
                      "; download credentials.zip from the backend, or let otafleet stub "
                      "write one");
  const auto content = pki::read_credentials_zip(as_bytes(**archive));
  if (!content)
    return unexpected(path + ": " + content.error());
  auto shared = pki::provisioning_credential(*content);
  if (!shared)
    return unexpected(path + ": " + shared.error());
  into.session.settings.provisioning = device::provisioning_mode::shared_credentials;
  into.session.shared = std::move(*shared);
  return content->gateway_url.value_or("");
}

[[nodiscard]] gateway_or_failure use_import_folder(const std::filesystem::path& folder, device_plan& into) {
  std::array<std::optional<std::string>, 4> texts;
  constexpr std::array names{"root.crt", "client.pem", "pkey.pem", "gateway.url"};
  for (std::size_t file = 0; file < names.size(); ++file) {
    auto text = read_file(folder / names[file], max_import_file_bytes);
    if (!text)
      return unexpected(std::move(text.error()));
    texts[file] = std::move(*text);
  }
  auto identity = pki::read_import_folder({texts[0], texts[1], texts[2], texts[3]}, std::chrono::system_clock::now());
  if (!identity)
    return unexpected(folder.string() + ": " + identity.error());
  into.warnings = std::move(identity->warnings);
  into.session.settings.provisioning = device::provisioning_mode::device_credentials;
  into.session.imported = std::move(identity->device);
  return std::move(identity->gateway_url);
}

[[nodiscard]] tl::expected<void, std::string> set_servers(const device_arguments& from, device_plan& into) {
  auto& settings = into.session.settings;
  settings.provisioning = device::provisioning_mode::device_credentials;
  std::set<std::string> allowed;
  for (const auto& host : from.allowed_targets)
    allowed.insert(host_of(host));
  gateway_or_failure gateway;
  if (!from.credentials.empty())
    gateway = use_credentials(from.credentials, into);
  else if (!from.import.empty())
    gateway = use_import_folder(from.import, into);
  if (!gateway)
    return unexpected(std::move(gateway.error()));
  if (!gateway->empty())
    allowed.insert(host_of(*gateway));
  const auto take = [](const std::string& text, std::string_view option,
                       std::string& url) -> tl::expected<void, std::string> {
    if (text.empty())
      return {};
    auto checked = base_url(text, option);
    if (!checked)
      return unexpected(std::move(checked.error()));
    url = std::move(*checked);
    return {};
  };
  for (const auto& taken : {take(from.gateway.empty() ? *gateway : from.gateway, "--gateway", settings.gateway_url),
                            take(from.director_url, "--director-url", settings.director_url),
                            take(from.image_url, "--image-url", settings.repo_url)})
    if (!taken)
      return taken;
  std::vector<std::string> urls{settings.gateway_url, settings.director_url, settings.repo_url};
  std::erase(urls, "");
  if (gateway->empty() && std::ranges::any_of(urls, [](const auto& url) { return url.starts_with("https"); }))
    into.warnings.emplace_back("without --credentials or --import no https server is trusted, except with a credential "
                               "that the state directory holds already");
  return check_targets(urls, allowed);
}

/// Every mode talks to other parts of the backend.
[[nodiscard]] tl::expected<void, std::string> check_servers(const device::settings& settings) {
  if (!settings.gateway_url.empty())
    return {};
  if (settings.mode != device::run_mode::check)
    return unexpected("no gateway is known; give --credentials, --import or --gateway");
  if (settings.director_url.empty() || settings.repo_url.empty())
    return unexpected("no server is known; give --director-url and --image-url, or a gateway");
  return {};
}

} // namespace

void add_device_options(CLI::App& command, device_arguments& into) {
  const auto text = [&command](const char* name, std::string& value, const char* help, const char* type) {
    return command.add_option(name, value, help)->type_name(type);
  };
  auto* const credentials =
      text("--credentials", into.credentials, "credentials.zip of the account: the device provisions itself", "FILE");
  text("--import", into.import, "Folder with root.crt, client.pem, pkey.pem, gateway.url: a device certificate", "DIR")
      ->excludes(credentials);
  text("--gateway", into.gateway, "Device gateway; the credentials' own otherwise", "URL");
  text("--director-url", into.director_url, "Director; GATEWAY/director otherwise", "URL");
  text("--image-url", into.image_url, "Image repository; GATEWAY/repo otherwise", "URL");
  command
      .add_option("--allow-target", into.allowed_targets,
                  "A host that is meant, though it is neither this machine (localhost, 127.0.0.0/8, ::1) nor named by "
                  "--credentials or --import; repeatable")
      ->type_name("HOST")
      ->expected(1)
      ->take_all();
  text("--state-dir", into.state_directory, "What the device remembers, keys included; made when it is not there",
       "DIR")
      ->required();
  text("--download-dir", into.download_directory, "Where images go; STATE_DIR/images otherwise", "DIR");
  auto* const ecus = command
                         .add_option("--ecu", into.ecus,
                                     "An ECU, the primary first; repeatable. Without a serial it is called by the id "
                                     "of its key")
                         ->type_name("SERIAL:HARDWARE_ID")
                         ->expected(1)
                         ->take_all();
  text("--hardware-id", into.hardware_id, "Of the only ECU; the name of this host otherwise", "ID")->excludes(ecus);
  text("--key-type", into.key_type, "Of Uptane keys that are made: rsa-2048, rsa-3072, rsa-4096, ed25519", "TYPE")
      ->capture_default_str()
      ->check(CLI::IsMember({"rsa-2048", "rsa-3072", "rsa-4096", "ed25519"}));
  std::vector<std::string> profiles;
  for (const auto& profile : device::profiles::all)
    profiles.emplace_back(profile.name);
  text("--profile", into.profile, "Which client to be: aktualizr, keep-alive, strict", "NAME")
      ->capture_default_str()
      ->check(CLI::IsMember(profiles));
  text("--device-id", into.device_id, "Its name; made up when it provisions itself, else of its certificate", "ID");
  text("--poll", into.poll, "Pause between two cycles of daemon", "DURATION")->capture_default_str();
  text("--pacman", into.pacman, "Package manager: none or ostree", "NAME")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "ostree"}));
  command.add_option("--seed", into.seed, "Seed of every random choice; a new one otherwise")->type_name("N");
  command.add_flag("--reboots", into.reboots,
                   "An installation takes effect after a reboot: daemon plays it, otherwise remove "
                   "STATE_DIR/need_reboot");
  command.add_flag("--explain", into.explain, "Print each request with its timings and each verification step");
}

tl::expected<device_plan, std::string> plan_device(const device_arguments& from, device::run_mode mode) {
  device_plan made;
  auto& session = made.session;
  auto& settings = session.settings;
  settings.mode = mode;
  if (auto done = set_servers(from, made); !done)
    return unexpected(std::move(done.error()));
  if (auto done = check_servers(settings); !done)
    return unexpected(std::move(done.error()));
  if (auto done = set_ecus(from, settings); !done)
    return unexpected(std::move(done.error()));
  const auto poll = scenarios::read_duration(from.poll);
  if (!poll)
    return unexpected("--poll: " + poll.error());
  settings.polling_interval = std::chrono::duration_cast<std::chrono::milliseconds>(*poll);
  if (const auto* const profile = device::find_profile(from.profile))
    settings.profile = *profile;
  settings.device_id = from.device_id;
  settings.pacman = from.pacman == "ostree" ? device::package_manager::ostree : device::package_manager::none;
  settings.reboots = from.reboots;
  session.state_directory = from.state_directory;
  session.download_directory = from.download_directory;
  std::random_device chance;
  session.seed = from.seed ? *from.seed : (std::uint64_t{chance()} << 32 | chance());
  return made;
}

} // namespace otafleet::cli
