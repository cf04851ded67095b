// Asking for campaigns that wait for consent (protocol.md section 8.3).
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "device/client.hpp"

namespace otafleet::device {

namespace {

constexpr std::uint64_t max_campaigns_bytes = 1024 * 1024;

/// Metadata of one kind at most, and durations that are numbers: else the real client rejects the campaign.
[[nodiscard]] bool has_sound_metadata(const simdjson::dom::element& campaign) {
  simdjson::dom::array list;
  if (campaign["metadata"].get(list) != simdjson::SUCCESS)
    return true;
  std::set<std::string_view> seen;
  for (const auto item : list) {
    std::string_view type;
    std::string_view value;
    if (item["type"].get(type) != simdjson::SUCCESS || item["value"].get(value) != simdjson::SUCCESS ||
        !seen.insert(type).second)
      return false;
    const bool is_duration = type == "ESTIMATED_INSTALLATION_DURATION" || type == "ESTIMATED_PREPARATION_DURATION";
    if (is_duration && (value.empty() || value.find_first_not_of("0123456789") != value.npos))
      return false;
  }
  return true;
}

} // namespace

task<bool> client::check_campaigns() {
  state_ = life_state::checking;
  send_request get;
  get.to = endpoint::campaigns;
  get.method = http_method::get;
  get.as = credential_use::own;
  get.url = set_.gateway_url + "/campaigner/campaigns";
  get.max_reply_bytes = max_campaigns_bytes;
  auto sending = io_.send(std::move(get));
  const auto reply = co_await sending;
  if (!is_ok(reply)) {
    tell(milestone::campaigns_failed, failure_label(reply), "GET /campaigner/campaigns");
    co_return false;
  }
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(reply.body)["campaigns"].get(list) != simdjson::SUCCESS) {
    tell(milestone::campaigns_failed, "malformed-campaigns", "the answer holds no list `campaigns`");
    co_return false;
  }
  for (const auto campaign : list) {
    std::string_view id;
    std::string_view name;
    if (campaign["id"].get(id) == simdjson::SUCCESS && campaign["name"].get(name) == simdjson::SUCCESS &&
        has_sound_metadata(campaign))
      tell(milestone::campaign_found, {}, std::string{id}.append(" ").append(name));
  }
  co_return true;
}

} // namespace otafleet::device
