#include "device/storage_records.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace otafleet::device {

namespace {

using nlohmann::json;
using records = std::map<std::string, std::string>;

constexpr int layout_version = 1;
/// More than any device has.
constexpr std::size_t max_secondaries = 1'000;

constexpr const char* state_name = "state";
constexpr const char* events_name = "events";

[[nodiscard]] std::string secondary_prefix(std::size_t index) {
  return "secondary-" + std::to_string(index) + "/";
}

// -- to JSON ----------------------------------------------------------------------

/// Never throws: what is not UTF-8 comes back as replacement characters.
[[nodiscard]] std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class T>
[[nodiscard]] json optional_json(const std::optional<T>& value);

[[nodiscard]] json to_json(const uptane::target& from) {
  return {{"filename", from.filename},         {"length", from.length}, {"sha256", from.hashes.sha256},
          {"sha512", from.hashes.sha512},      {"format", from.format}, {"uri", from.uri},
          {"hardware_ids", from.hardware_ids}, {"ecus", from.ecus}};
}

[[nodiscard]] json to_json(const uptane::installation_result& from) {
  return {{"success", from.success}, {"code", from.code}, {"description", from.description}};
}

[[nodiscard]] json to_json(const uptane::installation_report& from) {
  auto items = json::array();
  for (const auto& item : from.items)
    items.push_back({{"ecu", item.ecu_serial}, {"result", to_json(item.result)}});
  return {{"correlation_id", from.correlation_id},
          {"items", std::move(items)},
          {"raw_report", from.raw_report},
          {"result", to_json(from.result)}};
}

[[nodiscard]] json to_json(const pending_install& from) {
  return {{"what", to_json(from.what)}, {"correlation_id", from.correlation_id}};
}

[[nodiscard]] json to_json(const ecu_memory& from) {
  return {
      {"serial", from.serial}, {"installed", optional_json(from.installed)}, {"result", optional_json(from.result)}};
}

template <class T>
json optional_json(const std::optional<T>& value) {
  return value ? to_json(*value) : json{};
}

[[nodiscard]] std::string state_text(const storage& from) {
  auto secondaries = json::array();
  for (const auto& secondary : from.secondaries) {
    auto one = to_json(static_cast<const ecu_memory&>(secondary));
    one["attack_detected"] = secondary.attack_detected;
    secondaries.push_back(std::move(one));
  }
  return text_of({{"version", layout_version},
                  {"device_id", from.device_id},
                  {"has_certificate", from.has_certificate},
                  {"is_registered", from.is_registered},
                  {"registered_set", from.registered_set},
                  {"sent",
                   {{"system_info", from.sent_system_info},
                    {"installed", from.sent_installed},
                    {"network", from.sent_network},
                    {"config", from.sent_config}}},
                  {"primary", to_json(from.primary)},
                  {"secondaries", std::move(secondaries)},
                  {"pending", optional_json(from.pending)},
                  {"result", optional_json(from.result)},
                  {"report_counter", from.report_counter},
                  {"images", from.images},
                  {"commits", from.commits}});
}

template <class Trust>
void add_documents(records& into, const std::string& prefix, const Trust& trust) {
  for (auto& [name, text] : trust.stored_documents())
    into.emplace(prefix + name, text);
}

// -- from JSON --------------------------------------------------------------------

/// Carries a sentence to `from_records`, as nlohmann's own exceptions do; neither leaves this file.
class damage : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `at` and `get` throw when a member is missing or of another kind; `get` turns numbers into one another, though.
template <class T>
[[nodiscard]] T member(const json& from, const char* name) {
  const auto& found = from.at(name);
  if constexpr (std::is_same_v<T, std::uint64_t>) {
    if (!found.is_number_unsigned())
      throw damage("'" + std::string{name} + "' must be a number from 0 on");
  }
  return found.get<T>();
}

void read(const json& from, uptane::target& into) {
  into.filename = member<std::string>(from, "filename");
  into.length = member<std::uint64_t>(from, "length");
  into.hashes.sha256 = member<std::string>(from, "sha256");
  into.hashes.sha512 = member<std::string>(from, "sha512");
  into.format = member<std::string>(from, "format");
  into.uri = member<std::string>(from, "uri");
  into.hardware_ids = member<std::vector<std::string>>(from, "hardware_ids");
  into.ecus = member<std::map<std::string, std::string>>(from, "ecus");
}

void read(const json& from, uptane::installation_result& into) {
  into.success = member<bool>(from, "success");
  into.code = member<std::string>(from, "code");
  into.description = member<std::string>(from, "description");
}

void read(const json& from, uptane::installation_report& into) {
  into.correlation_id = member<std::string>(from, "correlation_id");
  for (const auto& item : from.at("items")) {
    uptane::ecu_installation_result one;
    one.ecu_serial = member<std::string>(item, "ecu");
    read(item.at("result"), one.result);
    into.items.push_back(std::move(one));
  }
  into.raw_report = member<std::string>(from, "raw_report");
  read(from.at("result"), into.result);
}

void read(const json& from, pending_install& into) {
  read(from.at("what"), into.what);
  into.correlation_id = member<std::string>(from, "correlation_id");
}

template <class T>
void read(const json& from, std::optional<T>& into) {
  into.reset();
  if (!from.is_null())
    read(from, into.emplace());
}

void read(const json& from, ecu_memory& into) {
  into.serial = member<std::string>(from, "serial");
  read(from.at("installed"), into.installed);
  read(from.at("result"), into.result);
}

void read(const json& from, storage& into) {
  if (const auto version = member<std::uint64_t>(from, "version"); version != layout_version)
    throw damage("version " + std::to_string(version) + " is not " + std::to_string(layout_version) +
                 ", the one that this otafleet knows");
  into.device_id = member<std::string>(from, "device_id");
  into.has_certificate = member<bool>(from, "has_certificate");
  into.is_registered = member<bool>(from, "is_registered");
  into.registered_set = member<std::uint64_t>(from, "registered_set");
  const auto& sent = from.at("sent");
  into.sent_system_info = member<std::uint64_t>(sent, "system_info");
  into.sent_installed = member<std::uint64_t>(sent, "installed");
  into.sent_network = member<std::uint64_t>(sent, "network");
  into.sent_config = member<std::uint64_t>(sent, "config");
  read(from.at("primary"), into.primary);
  const auto& secondaries = from.at("secondaries");
  if (!secondaries.is_array() || secondaries.size() > max_secondaries)
    throw damage("'secondaries' must be a list of at most " + std::to_string(max_secondaries));
  for (const auto& one : secondaries) {
    auto& secondary = into.secondaries.emplace_back();
    read(one, static_cast<ecu_memory&>(secondary));
    secondary.attack_detected = member<std::string>(one, "attack_detected");
  }
  read(from.at("pending"), into.pending);
  read(from.at("result"), into.result);
  into.report_counter = member<std::uint64_t>(from, "report_counter");
  into.images = member<std::vector<std::string>>(from, "images");
  into.commits = member<std::vector<std::string>>(from, "commits");
}

/// nlohmann's texts begin with `[json.exception.type_error.302] `.
[[nodiscard]] std::string without_prefix(std::string_view text) {
  const auto end = text.find("] ");
  return std::string{text.starts_with('[') && end != std::string_view::npos ? text.substr(end + 2) : text};
}

[[nodiscard]] std::string damaged(std::string_view record, std::string_view why) {
  return "the record '" + std::string{record} + "' is damaged: " + without_prefix(why);
}

template <class Trust>
[[nodiscard]] tl::expected<void, std::string> restore(const records& found, const std::string& prefix, Trust& into,
                                                      uptane::judge& by) {
  uptane::documents_by_name documents;
  for (auto at = found.lower_bound(prefix); at != found.end() && at->first.starts_with(prefix); ++at)
    documents.emplace(at->first.substr(prefix.size()), at->second);
  auto restored = Trust::restore(documents, by);
  if (!restored)
    return tl::unexpected(damaged(prefix + "...", restored.error().name() + ", " + restored.error().detail));
  into = std::move(*restored);
  return {};
}

} // namespace

records to_records(const storage& remembered) {
  records made;
  made.emplace(state_name, state_text(remembered));
  made.emplace(events_name, text_of(remembered.events));
  add_documents(made, "director/", remembered.director);
  add_documents(made, "image/", remembered.image);
  for (std::size_t index = 0; index < remembered.secondaries.size(); ++index) {
    const auto prefix = secondary_prefix(index);
    add_documents(made, prefix + "director/", remembered.secondaries[index].trust.director);
    add_documents(made, prefix + "image/", remembered.secondaries[index].trust.image);
  }
  return made;
}

tl::expected<storage, std::string> from_records(const records& found, uptane::judge& by) {
  storage made;
  const char* reading = state_name;
  try {
    if (const auto state = found.find(state_name); state != found.end())
      read(json::parse(state->second), made);
    reading = events_name;
    if (const auto events = found.find(events_name); events != found.end())
      made.events = json::parse(events->second).get<std::vector<std::string>>();
  } catch (const json::exception& wrong) {
    return tl::unexpected(damaged(reading, wrong.what()));
  } catch (const damage& wrong) {
    return tl::unexpected(damaged(reading, wrong.what()));
  }
  if (auto done = restore(found, "director/", made.director, by); !done)
    return tl::unexpected(std::move(done.error()));
  if (auto done = restore(found, "image/", made.image, by); !done)
    return tl::unexpected(std::move(done.error()));
  for (std::size_t index = 0; index < made.secondaries.size(); ++index) {
    auto& trust = made.secondaries[index].trust;
    const auto prefix = secondary_prefix(index);
    if (auto done = restore(found, prefix + "director/", trust.director, by); !done)
      return tl::unexpected(std::move(done.error()));
    if (auto done = restore(found, prefix + "image/", trust.image, by); !done)
      return tl::unexpected(std::move(done.error()));
  }
  return made;
}

} // namespace otafleet::device
