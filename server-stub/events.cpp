#include "server-stub/events.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

std::uint64_t hash_of(std::string_view id) {
  const auto digest = pki::sha256(as_bytes(id));
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, digest.data(), sizeof beginning);
  return beginning;
}

std::uint8_t type_index(std::string_view name) {
  const auto found = std::find(event_types.begin(), event_types.end() - 1, name);
  return static_cast<std::uint8_t>(found - event_types.begin());
}

refusal invalid(std::size_t index, std::string_view what) {
  return {400, "invalid_entity", "event " + std::to_string(index) + " has no " + std::string{what}};
}

} // namespace

tl::expected<std::vector<event_notice>, refusal> read_events(std::string_view body) {
  const auto document = parse_json(body);
  if (!document || !document->is_array())
    return tl::unexpected(refusal{400, "invalid_entity", "events come as a JSON array"});
  if (document->size() > max_events_per_request)
    return tl::unexpected(refusal{413, "payload_too_large",
                                  "at most " + std::to_string(max_events_per_request) + " events fit one request"});
  std::vector<event_notice> events;
  events.reserve(document->size());
  for (const auto& one : *document) {
    const auto index = events.size();
    const auto* id = text_member(one, "id");
    if (id == nullptr || id->empty())
      return tl::unexpected(invalid(index, "id"));
    if (text_member(one, "deviceTime") == nullptr)
      return tl::unexpected(invalid(index, "deviceTime"));
    const auto* type = member(one, "eventType");
    const auto* name = type == nullptr ? nullptr : text_member(*type, "id");
    const auto* version = type == nullptr ? nullptr : member(*type, "version");
    if (name == nullptr || version == nullptr || !version->is_number_integer())
      return tl::unexpected(invalid(index, "eventType with id and version"));
    const auto* content = member(one, "event");
    if (content == nullptr || !content->is_object())
      return tl::unexpected(invalid(index, "event"));
    event_notice read{type_index(*name), hash_of(*id)};
    if (campaign_answer_of(read))
      if (const auto* campaign = text_member(*content, "campaignId"); campaign != nullptr && is_uuid(*campaign))
        read.campaign_id = *campaign;
    events.push_back(std::move(read));
  }
  return events;
}

std::optional<campaign_answer> campaign_answer_of(const event_notice& event) noexcept {
  constexpr std::array<std::string_view, 3> names{"campaign_accepted", "campaign_declined", "campaign_postponed"};
  for (std::size_t at = 0; at < names.size(); ++at)
    if (event.type < event_types.size() && event_types[event.type] == names[at])
      return static_cast<campaign_answer>(at);
  return std::nullopt;
}

void event_ledger::record(const event_notice& event) {
  if (std::find(recent_.begin(), recent_.end(), event.id_hash) != recent_.end())
    return;
  if (recent_.size() < remembered_ids) {
    recent_.push_back(event.id_hash);
  } else {
    recent_[next_] = event.id_hash;
    next_ = (next_ + 1) % remembered_ids;
  }
  counts_.resize(event_types.size());
  ++counts_[event.type];
}

} // namespace otafleet::stub
