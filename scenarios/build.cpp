#include "scenarios/build.hpp"

#include <utility>

#include "scenarios/bound.hpp"
#include "scenarios/reading.hpp"

namespace otafleet::scenarios {

namespace {

[[nodiscard]] account build_account(const std::string& name, const node& from) {
  account result;
  result.name = name;
  result.metadata_keys =
      text_of(from, "metadata_keys") == "ed25519" ? signing_key_type::ed25519 : signing_key_type::rsa_2048;
  if (const auto* authority = from.find("device_ca"))
    result.device_ca = authority->text == "own" ? device_authority::own : device_authority::generated;
  return result;
}

[[nodiscard]] uptane_key_type key_type_of(std::string_view word) {
  if (word == "ed25519")
    return uptane_key_type::ed25519;
  if (word == "rsa-3072")
    return uptane_key_type::rsa_3072;
  if (word == "rsa-4096")
    return uptane_key_type::rsa_4096;
  return uptane_key_type::rsa_2048;
}

[[nodiscard]] start_plan build_start(const node& from) {
  if (const auto* ramp = from.find("ramp"))
    return start_ramp{read_duration(ramp->text).value()};
  if (const auto* rate = from.find("rate"))
    return start_rate{read_rate(rate->text).value()};
  return start_at_once{};
}

[[nodiscard]] fleet build_fleet(const std::string& name, const node& from) {
  fleet result;
  result.name = name;
  result.account = text_of(from, "account");
  result.devices = static_cast<std::uint32_t>(number_of(from, "devices"));
  result.hardware = text_of(from, "hardware");
  result.client = text_of(from, "client");
  if (text_of(from, "provisioning") == "device-credentials")
    result.provisioned_by = provisioning::device_credentials;
  if (text_of(from, "pacman") == "ostree")
    result.pacman = package_manager::ostree;
  result.uptane_key = key_type_of(text_of(*from.find("keys")->find("uptane"), "type"));
  result.start = build_start(*from.find("start"));
  const auto& poll = *from.find("poll");
  result.poll_every = duration_of(poll, "every");
  result.poll_jitter = share_of(poll, "jitter");
  const auto& install = *from.find("install");
  const auto& takes = *install.find("takes");
  result.install_p50 = duration_of(takes, "p50");
  result.install_p99 = duration_of(takes, "p99");
  result.install_fails = share_of(install, "fails");
  result.reboots = text_of(install, "reboots") == "true";
  for (const auto& one : from.find("secondaries")->items)
    result.secondaries.push_back({text_of(one, "hardware"), key_type_of(text_of(*one.find("key"), "type")),
                                  share_of(*one.find("install"), "fails")});
  return result;
}

/// At the time behind `time_key`, or at the milestone behind `when`.
[[nodiscard]] moment build_moment(const node& from, std::string_view time_key) {
  if (const auto* at = from.find(time_key))
    return at_time{read_duration(at->text).value()};
  if (const auto* when = from.find("when"))
    return read_moment(when->text).value();
  return {};
}

[[nodiscard]] upload build_upload(const node& from) {
  upload result;
  result.image = text_of(from, "image");
  result.size_bytes = read_size(text_of(from, "size")).value();
  result.account = text_of(from, "account");
  const auto& hardware = *from.find("hardware");
  if (hardware.is == node::kind::scalar)
    result.hardware.push_back(hardware.text);
  for (const auto& one : hardware.items)
    result.hardware.push_back(one.text);
  return result;
}

[[nodiscard]] assign build_assign(const node& from) {
  assign result;
  result.image = text_of(from, "image");
  result.fleet = text_of(from, "fleet");
  result.waves.clear();
  for (const auto& share : from.find("waves")->items)
    result.waves.push_back(read_share(share.text).value());
  result.wave_interval = duration_of(from, "every");
  return result;
}

[[nodiscard]] rotate build_rotate(const node& from) {
  rotate result;
  result.account = text_of(from, "account");
  result.of = text_of(from, "repository") == "director" ? repository::director : repository::image;
  for (const auto& role : from.find("keys")->items)
    result.roles.push_back(role.text);
  return result;
}

[[nodiscard]] operation build_operation(const node& from) {
  operation result;
  result.when = build_moment(from, "at");
  if (const auto* uploads = from.find("upload"))
    result.what = build_upload(*uploads);
  else if (const auto* assigns = from.find("assign"))
    result.what = build_assign(*assigns);
  else
    result.what = build_rotate(*from.find("rotate"));
  return result;
}

/// A fault of every account is one for each.
void build_fault(const node& from, scenario& into) {
  attack result;
  result.kind = text_of(from, "attack");
  result.when = build_moment(from, "from");
  if (const auto lasts = read_duration(text_of(from, "for")))
    result.lasts = *lasts;
  if (const auto* account = from.find("account")) {
    result.account = account->text;
    into.attacks.push_back(std::move(result));
    return;
  }
  for (const auto& [name, unused] : into.accounts) {
    result.account = name;
    into.attacks.push_back(result);
  }
}

[[nodiscard]] until build_until(const node& from) {
  until result;
  const auto& all = text_of(from, "all");
  result.all = all == "time"          ? until::goal::time
               : all == "provisioned" ? until::goal::provisioned
                                      : until::goal::updated;
  result.at_most = duration_of(from, "at_most");
  return result;
}

} // namespace

scenario build(const node& document) {
  scenario result;
  result.name = text_of(document, "name");
  if (const auto* description = document.find("description"))
    result.description = description->text;
  result.seed = number_of(document, "seed");
  build_backend(*document.find("backend"), result);
  for (const auto& one : document.find("accounts")->members)
    result.accounts.emplace(one.key, build_account(one.key, one.value));
  for (const auto& one : document.find("fleets")->members)
    result.fleets.push_back(build_fleet(one.key, one.value));
  for (const auto& one : document.find("operations")->items)
    result.operations.push_back(build_operation(one));
  for (const auto& one : document.find("faults")->items)
    build_fault(one, result);
  result.end = build_until(*document.find("until"));
  for (const auto& one : document.find("thresholds")->members)
    result.thresholds.push_back(read_threshold(one.key, one.value.text).value());
  result.max_schedule_lag = duration_of(*document.find("generator"), "max_schedule_lag");
  return result;
}

} // namespace otafleet::scenarios
