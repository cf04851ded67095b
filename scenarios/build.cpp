#include "scenarios/build.hpp"

#include <charconv>
#include <string_view>

#include "scenarios/bound.hpp"
#include "scenarios/units.hpp"

namespace otafleet::scenarios {

namespace {

// The document was checked, so these cannot fail.

[[nodiscard]] const std::string& text_of(const node& in, std::string_view key) {
  return in.find(key)->text;
}
[[nodiscard]] duration duration_of(const node& in, std::string_view key) {
  return read_duration(text_of(in, key)).value();
}

[[nodiscard]] std::uint64_t number_of(const node& in, std::string_view key) {
  const auto& text = text_of(in, key);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

[[nodiscard]] stub_backend build_backend(const node& from) {
  const auto& stub = *from.find("stub");
  stub_backend result;
  result.latency = duration_of(stub, "latency");
  result.workers = static_cast<std::uint32_t>(number_of(stub, "workers"));
  if (const auto* rate = stub.find("issue_rate"))
    result.issue_rate = read_rate(rate->text).value();
  return result;
}

[[nodiscard]] account build_account(const std::string& name, const node& from) {
  return {name, text_of(from, "metadata_keys") == "ed25519" ? signing_key_type::ed25519 : signing_key_type::rsa_2048};
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
  result.client = text_of(from, "client") == "keep-alive" ? client_profile::keep_alive : client_profile::aktualizr;
  result.uptane_key = key_type_of(text_of(*from.find("keys")->find("uptane"), "type"));
  result.start = build_start(*from.find("start"));
  const auto& poll = *from.find("poll");
  result.poll_every = duration_of(poll, "every");
  result.poll_jitter = read_share(text_of(poll, "jitter")).value();
  const auto& install = *from.find("install");
  const auto& takes = *install.find("takes");
  result.install_p50 = duration_of(takes, "p50");
  result.install_p99 = duration_of(takes, "p99");
  result.reboots = text_of(install, "reboots") == "true";
  return result;
}

[[nodiscard]] operation build_operation(const node& from) {
  operation result;
  if (const auto* at = from.find("at"))
    result.when = at_time{read_duration(at->text).value()};
  else if (const auto* when = from.find("when"))
    result.when = read_milestone(when->text).value();
  if (const auto* what = from.find("upload")) {
    upload image;
    image.image = text_of(*what, "image");
    image.size_bytes = read_size(text_of(*what, "size")).value();
    image.account = text_of(*what, "account");
    const auto& hardware = *what->find("hardware");
    if (hardware.is == node::kind::scalar)
      image.hardware.push_back(hardware.text);
    for (const auto& one : hardware.items)
      image.hardware.push_back(one.text);
    result.what = std::move(image);
  } else {
    const auto& from_assign = *from.find("assign");
    assign order;
    order.image = text_of(from_assign, "image");
    order.fleet = text_of(from_assign, "fleet");
    order.waves.clear();
    for (const auto& share : from_assign.find("waves")->items)
      order.waves.push_back(read_share(share.text).value());
    order.wave_interval = duration_of(from_assign, "every");
    result.what = std::move(order);
  }
  return result;
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
  result.backend = build_backend(*document.find("backend"));
  for (const auto& one : document.find("accounts")->members)
    result.accounts.emplace(one.key, build_account(one.key, one.value));
  for (const auto& one : document.find("fleets")->members)
    result.fleets.push_back(build_fleet(one.key, one.value));
  for (const auto& one : document.find("operations")->items)
    result.operations.push_back(build_operation(one));
  result.end = build_until(*document.find("until"));
  for (const auto& one : document.find("thresholds")->members)
    result.thresholds.push_back(read_threshold(one.key, one.value.text).value());
  result.max_schedule_lag = duration_of(*document.find("generator"), "max_schedule_lag");
  return result;
}

} // namespace otafleet::scenarios
