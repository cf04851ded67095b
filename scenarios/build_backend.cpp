// The backend of a scenario, with the defaults that follow from whose gateway it is.
#include <utility>

#include "scenarios/address.hpp"
#include "scenarios/build.hpp"
#include "scenarios/reading.hpp"

namespace otafleet::scenarios {

namespace {

[[nodiscard]] likeness likeness_of(const node& from) {
  const auto& word = text_of(from, "like");
  if (word == "ota-ce")
    return likeness::ota_ce;
  return word == "airbotics" ? likeness::airbotics : likeness::here;
}

[[nodiscard]] std::string url_or_empty(const node& in, std::string_view key) {
  const auto* found = in.find(key);
  return found == nullptr ? std::string{} : read_url(found->text).value();
}

[[nodiscard]] stub_backend build_stub(const node& from) {
  stub_backend result;
  result.like = likeness_of(from);
  result.latency = duration_of(from, "latency");
  result.workers = static_cast<std::uint32_t>(number_of(from, "workers"));
  if (const auto* rate = from.find("issue_rate"))
    result.issue_rate = read_rate(rate->text).value();
  return result;
}

[[nodiscard]] live_account build_live_account(const node& from) {
  live_account result;
  result.like = likeness_of(from);
  result.gateway = url_or_empty(from, "gateway");
  // Where Airbotics' own gateway has its devices (protocol.md section 10.9).
  result.base_path = result.like == likeness::airbotics ? "/api/v0/robot" : "";
  if (const auto* path = from.find("base_path"))
    result.base_path = path->text;
  result.director_url = url_or_empty(from, "director");
  result.repo_url = url_or_empty(from, "repo");
  result.treehub_url = url_or_empty(from, "treehub");
  // ota-ce's routes match nothing but a UUID (protocol.md section 0.6).
  const auto* ids = from.find("device_ids");
  result.uuid_device_ids = ids == nullptr ? result.like == likeness::ota_ce : ids->text == "uuids";
  if (const auto* file = from.find("credentials"))
    result.access = credentials_archive{file->text};
  else if (const auto* directory = from.find("import"))
    result.access = import_directory{directory->text};
  else if (const auto* ca = from.find("device_ca"))
    result.access = device_ca_files{text_of(*ca, "certificate"), text_of(*ca, "key"), text_of(*ca, "server_ca")};
  if (const auto* operators = from.find("operator"))
    result.operators = live_operator{url_or_empty(*operators, "url"), text_or_empty(*operators, "token")};
  return result;
}

} // namespace

void build_backend(const node& from, scenario& into) {
  if (const auto* stub = from.find("stub")) {
    into.backend = build_stub(*stub);
    return;
  }
  const auto& live = *from.find("live");
  into.live.emplace();
  if (const auto* rate = live.find("max_rate"))
    into.live->max_rate = read_rate(rate->text).value();
  for (const auto& one : live.find("accounts")->members)
    into.live->accounts.emplace(one.key, build_live_account(one.value));
}

} // namespace otafleet::scenarios
