#include "server-stub/campaigns.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"
#include "server-stub/provisioning.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

constexpr std::size_t max_text = 4'096;
constexpr std::size_t max_name = 200;
constexpr std::size_t max_metadata = 16;

tl::unexpected<refusal> invalid(std::string why) {
  return tl::unexpected(refusal{400, "invalid_entity", std::move(why)});
}

bool is_number(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What is wrong with the metadata, or an empty string.
std::string read_metadata(const json& list, std::map<std::string, std::string>& into) {
  if (!list.is_array() || list.size() > max_metadata)
    return "metadata are a list of up to 16 objects with type and value";
  for (const auto& one : list) {
    const auto* type = text_member(one, "type");
    const auto* value = text_member(one, "value");
    if (type == nullptr || value == nullptr || type->empty() || type->size() > max_name || value->size() > max_text)
      return "metadata are objects with type and value, both texts";
    if ((*type == "ESTIMATED_INSTALLATION_DURATION" || *type == "ESTIMATED_PREPARATION_DURATION") && !is_number(*value))
      return "the value of " + *type + " is a number of seconds in a text";
    if (!into.emplace(*type, *value).second)
      return "the metadata type " + *type + " is there twice";
  }
  return {};
}

bool read_devices(const json& list, std::unordered_set<std::string>& into) {
  if (!list.is_array() || list.size() > max_campaign_devices)
    return false;
  for (const auto& one : list) {
    const auto* id = one.get_ptr<const std::string*>();
    if (id == nullptr || !is_device_id(*id))
      return false;
    into.insert(*id);
  }
  return true;
}

json shown(const campaign& one, bool with_auto_accept) {
  json value{{"id", one.id}, {"name", one.name}, {"size", one.size}, {"metadata", json::array()}};
  for (const auto& [type, text] : one.metadata)
    value["metadata"].push_back({{"type", type}, {"value", text}});
  if (with_auto_accept)
    value["autoAccept"] = one.auto_accept;
  return value;
}

} // namespace

tl::expected<campaign, refusal> read_campaign(std::string_view body) {
  const auto document = parse_json(body);
  const auto* name = document ? text_member(*document, "name") : nullptr;
  if (name == nullptr || name->empty() || name->size() > max_name)
    return invalid("a campaign has a name of 1 to 200 bytes");
  campaign made;
  made.name = *name;
  if (const auto* size = member(*document, "size"); size != nullptr && !size->is_null()) {
    if (!size->is_number_unsigned())
      return invalid("a size is a number of bytes");
    made.size = size->get<std::uint64_t>();
  }
  if (const auto* accept = member(*document, "autoAccept"); accept != nullptr) {
    if (!accept->is_boolean())
      return invalid("autoAccept is true or false");
    made.auto_accept = accept->get<bool>();
  }
  if (const auto* metadata = member(*document, "metadata"); metadata != nullptr)
    if (auto why = read_metadata(*metadata, made.metadata); !why.empty())
      return invalid(std::move(why));
  if (const auto* devices = member(*document, "devices"); devices != nullptr)
    if (!read_devices(*devices, made.devices) || made.devices.empty())
      return invalid("devices are a list of device ids, at least one; leave it out for all of the account");
  made.id = random_uuid();
  return made;
}

tl::expected<void, refusal> campaign_list::add(campaign added) {
  entry made{added.id, compact(shown(added, true)), compact(shown(added, false)), std::move(added.devices), {}, {}};
  const std::lock_guard lock{mutex_};
  if (text_size_ + made.text.size() + 1 > max_campaign_text ||
      made.devices.size() > max_campaign_devices - named_devices_)
    return tl::unexpected(refusal{409, "too_many_elements", "an account holds no more campaigns"});
  text_size_ += made.text.size() + 1;
  named_devices_ += made.devices.size();
  entries_.push_back(std::move(made));
  return {};
}

std::string campaign_list::for_device(std::string_view device, campaign_form form) const {
  const std::string id{device};
  const bool with_accept = form == campaign_form::with_auto_accept;
  std::string list;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& one : entries_) {
      const auto given = one.answers.find(id);
      const bool is_settled = given != one.answers.end() && given->second != campaign_answer::postponed;
      if (is_settled || (!one.devices.empty() && !one.devices.contains(id)))
        continue;
      list.append(list.empty() ? "" : ",").append(with_accept ? one.text : one.text_without_accept);
    }
  }
  std::string answer = R"({"campaigns":[)" + list + "]";
  if (form == campaign_form::with_device_id)
    answer.append(R"(,"deviceId":)").append(compact(id));
  return answer.append("}");
}

void campaign_list::record(std::string_view device, std::string_view campaign_id, campaign_answer answered) {
  const std::lock_guard lock{mutex_};
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const entry& one) { return one.id == campaign_id; });
  if (found == entries_.end())
    return;
  const auto count = [&](campaign_answer which) -> std::size_t& {
    return found->counts[static_cast<std::size_t>(which)];
  };
  if (const auto known = found->answers.find(std::string{device}); known != found->answers.end()) {
    --count(known->second);
    known->second = answered;
  } else if (answers_ < max_campaign_devices) {
    found->answers.emplace(device, answered);
    ++answers_;
  } else {
    return;
  }
  ++count(answered);
}

std::string campaign_list::overview() const {
  std::string values;
  const std::lock_guard lock{mutex_};
  for (const auto& one : entries_) {
    values.append(values.empty() ? "" : ",").append(one.text, 0, one.text.size() - 1);
    for (const auto& [name, which] : {std::pair{"accepted", campaign_answer::accepted},
                                      {"declined", campaign_answer::declined},
                                      {"postponed", campaign_answer::postponed}})
      values.append(",\"").append(name).append("\":").append(
          std::to_string(one.counts[static_cast<std::size_t>(which)]));
    values.append("}");
  }
  return R"({"values":[)" + values + "]}";
}

} // namespace otafleet::stub
