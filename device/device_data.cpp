#include "device/device_data.hpp"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "device/client.hpp"
#include "device/fingerprint.hpp"
#include "uptane/canonical.hpp"

namespace otafleet::device {

namespace {

[[nodiscard]] std::string quoted(std::string_view text) {
  std::string out;
  uptane::append_json_string(out, text);
  return out;
}

/// One node of lshw's tree, with its members in canonical order.
[[nodiscard]] std::string hardware_node(std::string_view id, std::string_view node_class, std::string_view description,
                                        std::string_view extra = {}) {
  std::string node = R"({"claimed":true,"class":)" + quoted(node_class);
  node += R"(,"description":)" + quoted(description);
  node += R"(,"id":)" + quoted(id);
  node.append(extra);
  return node + '}';
}

[[nodiscard]] std::string config_section(std::string_view name,
                                         std::initializer_list<std::pair<std::string_view, std::string>> entries) {
  std::string text = "[";
  text.append(name).append("]\n");
  for (const auto& [key, value] : entries)
    text.append(key).append(" = ").append(value).append("\n");
  return text + '\n';
}

[[nodiscard]] std::string_view config_name(pki::key_type type) {
  switch (type) {
  case pki::key_type::ed25519:
    return "ED25519";
  case pki::key_type::rsa_3072:
    return "RSA3072";
  case pki::key_type::rsa_4096:
    return "RSA4096";
  default:
    return "RSA2048";
  }
}

} // namespace

std::string system_info_body(const settings& common, const std::string& device_id) {
  // A board's worth of peripherals: what counts for the backend is the size and shape of the document.
  constexpr std::array<std::string_view, 24> buses{
      "i2c@30a20000",  "i2c@30a30000",     "i2c@30a40000",  "i2c@30a50000",  "spi@30820000",    "spi@30830000",
      "uart@30860000", "uart@30880000",    "uart@30890000", "can@308c0000",  "can@308d0000",    "usb@38100000",
      "usb@38200000",  "mmc@30b40000",     "mmc@30b50000",  "pwm@30660000",  "pwm@30670000",    "watchdog@30280000",
      "rtc@30370000",  "thermal@30260000", "gpio@30200000", "gpio@30210000", "crypto@30900000", "pcie@33800000"};
  std::string children = hardware_node("cpu:0", "processor", "CPU", R"(,"product":"cpu","units":"Hz","width":64)");
  children += ',' + hardware_node("memory", "memory", "System memory", R"(,"size":2147483648,"units":"bytes")");
  for (const auto bus : buses) {
    std::string extra =
        R"(,"businfo":"platform","capabilities":{"of":"Device tree node","platform":"Platform device"})";
    extra += R"(,"configuration":{"driver":"of-platform","latency":"0"},"handle":)" + quoted(bus);
    extra += R"(,"physid":"0","product":"on-board peripheral")";
    children += ',' + hardware_node(bus, "generic", "Platform peripheral", extra);
  }
  children += ',' + hardware_node("network", "network", "Ethernet interface",
                                  R"(,"capacity":1000000000,"logicalname":"eth0","units":"bit/s")");
  std::string body = R"({"capabilities":{"smp":"Symmetric Multi-Processing"},"children":[{"children":[)" + children;
  body += R"(],"claimed":true,"class":"bus","description":"Motherboard","id":"core","physid":"0"}],"claimed":true,)";
  body += R"("class":"system","description":)" + quoted(common.primary.hardware_id);
  body += R"(,"id":)" + quoted(device_id) + R"(,"width":64})";
  return uptane::canonical_json(body).value_or(std::move(body));
}

std::string installed_body() {
  return R"([{"name":"fake-package","version":"1.0"}])";
}

std::string network_body(const std::string& device_id, const device_seed& seed) {
  const auto part = [&](unsigned shift) { return static_cast<unsigned>(seed.index >> shift & 0xff); };
  std::array<char, 24> address{};
  std::snprintf(address.data(), address.size(), "10.%u.%u.%u", part(16), part(8), part(0));
  std::array<char, 24> mac{};
  std::snprintf(mac.data(), mac.size(), "02:00:%02x:%02x:%02x:%02x", part(24), part(16), part(8), part(0));
  return R"({"hostname":)" + quoted(device_id) + R"(,"local_ipv4":")" + address.data() + R"(","mac":")" + mac.data() +
         R"("})";
}

std::string config_body(const settings& common) {
  const auto& gateway = common.gateway_url;
  const auto or_below_gateway = [&](const std::string& given, std::string_view path) {
    return quoted(given.empty() ? gateway + std::string{path} : given);
  };
  const bool shared = common.provisioning == provisioning_mode::shared_credentials;
  const bool ostree = common.pacman == package_manager::ostree;
  // Who lives once leaves the reboot to others.
  const bool completes = common.reboots && common.mode == run_mode::daemon;
  const auto poll = std::chrono::duration_cast<std::chrono::seconds>(common.polling_interval).count();
  const std::string none = R"("")";
  std::string text = config_section("logger", {{"loglevel", "1"}});
  text += config_section("p11", {{"module", none},
                                 {"pass", none},
                                 {"uptane_key_id", none},
                                 {"tls_ca_id", none},
                                 {"tls_pkey_id", none},
                                 {"tls_clientcert_id", none}});
  text += config_section("tls", {{"server", quoted(gateway)},
                                 {"server_url_path", none},
                                 {"ca_source", R"("file")"},
                                 {"pkey_source", R"("file")"},
                                 {"cert_source", R"("file")"}});
  text += config_section(
      "provision",
      {{"server", quoted(gateway)},
       {"p12_password", none},
       {"expiry_days", quoted(common.certificate_ttl_days)},
       {"provision_path", shared ? R"("/var/sota/sota_provisioning_credentials.zip")" : none},
       {"device_id", quoted(common.device_id)},
       {"primary_ecu_serial", quoted(common.primary.serial)},
       {"primary_ecu_hardware_id", quoted(common.primary.hardware_id)},
       {"ecu_registration_endpoint",
        or_below_gateway(common.director_url.empty() ? "" : common.director_url + "/ecus", "/director/ecus")},
       {"mode", shared ? R"("SharedCredReuse")" : R"("DeviceCred")"}});
  text += config_section("uptane",
                         {{"polling_sec", std::to_string(poll)},
                          {"director_server", or_below_gateway(common.director_url, "/director")},
                          {"repo_server", or_below_gateway(common.repo_url, "/repo")},
                          {"key_source", R"("file")"},
                          {"key_type", quoted(config_name(common.primary.uptane_key))},
                          {"force_install_completion", completes ? "true" : "false"},
                          {"secondary_config_file", common.secondaries.empty() ? none : R"("/var/sota/ecus.json")"},
                          {"secondary_preinstall_wait_sec", "600"}});
  text += config_section("pacman", {{"type", ostree ? R"("ostree")" : R"("none")"},
                                    {"os", none},
                                    {"sysroot", none},
                                    {"ostree_server", or_below_gateway(common.treehub_url, "/treehub")},
                                    {"images_path", R"("/var/sota/images")"},
                                    {"packages_file", R"("/usr/package.manifest")"},
                                    {"fake_need_reboot", common.reboots ? "true" : "false"},
                                    {"booted", R"("booted")"}});
  text += config_section("storage", {{"type", R"("sqlite")"},
                                     {"path", R"("/var/sota")"},
                                     {"sqldb_path", R"("sql.db")"},
                                     {"uptane_metadata_path", R"("metadata")"},
                                     {"uptane_private_key_path", R"("ecukey.der")"},
                                     {"uptane_public_key_path", R"("ecukey.pub")"},
                                     {"tls_cacert_path", R"("root.crt")"},
                                     {"tls_pkey_path", R"("pkey.pem")"},
                                     {"tls_clientcert_path", R"("client.pem")"}});
  text += config_section("import", {{"base_path", R"("/var/sota/import")"},
                                    {"uptane_private_key_path", none},
                                    {"uptane_public_key_path", none},
                                    {"tls_cacert_path", none},
                                    {"tls_pkey_path", none},
                                    {"tls_clientcert_path", none}});
  text += config_section("telemetry", {{"report_network", "true"}, {"report_config", "true"}});
  text += config_section("bootloader", {{"rollback_mode", R"("none")"},
                                        {"reboot_sentinel_dir", R"("/var/run/aktualizr-session")"},
                                        {"reboot_sentinel_name", R"("need_reboot")"},
                                        {"reboot_command", R"("/sbin/reboot")"}});
  return text;
}

// -- the calls ----------------------------------------------------------------

// Failures never stop the cycle; what was not accepted is sent again at the next opportunity.
task<> client::send_device_data() {
  const std::string_view json = "application/json";
  // The real client sends what lshw says once and never again, whatever changes.
  if (set_.has_system_info && store_.sent_system_info == 0)
    co_await send_data(endpoint::system_info, http_method::put, "/system_info", json,
                       system_info_body(set_, store_.device_id), store_.sent_system_info);
  co_await send_data(endpoint::installed, http_method::put, "/core/installed", json, installed_body(),
                     store_.sent_installed);
  co_await send_network_info();
  if (set_.reports_config)
    co_await send_data(endpoint::config, http_method::post, "/system_info/config", "application/toml",
                       config_body(set_), store_.sent_config);
}

task<> client::send_network_info() {
  if (set_.reports_network)
    co_await send_data(endpoint::network, http_method::put, "/system_info/network", "application/json",
                       network_body(store_.device_id, seed_), store_.sent_network);
}

/// Only what is not what the server took last.
task<> client::send_data(endpoint to, http_method method, std::string_view path, std::string_view content_type,
                         std::string body, std::uint64_t& sent) {
  const auto mark = fingerprint(body);
  if (sent == mark)
    co_return;
  send_request data;
  data.to = to;
  data.method = method;
  data.as = credential_use::own;
  data.url = set_.gateway_url + std::string{path};
  data.content_type = content_type;
  data.body = std::move(body);
  auto sending = io_.send(std::move(data));
  const auto reply = co_await sending;
  if (is_ok(reply))
    sent = mark;
}

} // namespace otafleet::device
