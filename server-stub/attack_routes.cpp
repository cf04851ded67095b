#include "server-stub/attack_routes.hpp"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

constexpr std::string_view operator_actor = "operator";

answer invalid(std::string description) {
  return to_answer({400, "invalid_entity", std::move(description)});
}

std::optional<std::set<uptane::role>> read_roles(const nlohmann::json& list) {
  constexpr std::array all{uptane::role::root, uptane::role::targets, uptane::role::snapshot, uptane::role::timestamp};
  if (!list.is_array() || list.empty())
    return std::nullopt;
  std::set<uptane::role> roles;
  for (const auto& one : list) {
    const auto* name = one.get_ptr<const std::string*>();
    const auto before = roles.size();
    for (const auto of : all)
      if (name != nullptr && *name == uptane::to_string(of))
        roles.insert(of);
    if (roles.size() == before)
      return std::nullopt;
  }
  return roles;
}

} // namespace

answer put_attack(const request& complete, account& owner, audit_log& audit) {
  const auto document = parse_json(complete.body);
  const auto* kind = document ? member(*document, "kind") : nullptr;
  const auto* name = kind == nullptr ? nullptr : kind->get_ptr<const std::string*>();
  const auto wanted = name == nullptr ? std::nullopt : attack_kind_from(*name);
  if (kind == nullptr || (!kind->is_null() && !wanted))
    return invalid("the kind of an attack is null for none, or rollback, freeze, mix-and-match, arbitrary-software, "
                   "endless-data, wrong-role-key, repeated-ecu, wrong-hardware, replaced-payload or skipped-root");
  const auto root = owner.attack().set(wanted);
  const auto subject = wanted ? to_string(*wanted) : std::string_view{"none"};
  audit.record(owner.name(), operator_actor, "attack", subject, root ? "switched" : root.error().code);
  if (!root)
    return to_answer(root.error());
  if (*root)
    audit.record(owner.name(), operator_actor, "rotate", "director: root",
                 "root " + std::to_string(**root) + ", so that devices forget the attack");
  return answer::empty(204);
}

answer post_rotation(const request& complete, account& owner, audit_log& audit) {
  const auto document = parse_json(complete.body);
  const auto* repository = document ? text_member(*document, "repository") : nullptr;
  const auto* keys = document ? member(*document, "keys") : nullptr;
  const auto roles = keys == nullptr ? std::nullopt : read_roles(*keys);
  const bool of_images = repository != nullptr && *repository == "image";
  if (!roles || (!of_images && (repository == nullptr || *repository != "director")))
    return invalid("a rotation has a repository, director or image, and keys: one or more of root, targets, snapshot "
                   "and timestamp, each once");
  auto version = of_images ? owner.images().rotate(*roles) : owner.devices().rotate(*roles);
  std::string subject = *repository + ":";
  for (const auto of : *roles)
    subject.append(" ").append(uptane::to_string(of));
  audit.record(owner.name(), operator_actor, "rotate", subject,
               version ? "root " + std::to_string(*version) : std::string{version.error().code});
  if (!version)
    return to_answer(version.error());
  return answer::json(201, compact({{"repository", *repository}, {"root_version", *version}}));
}

} // namespace otafleet::stub
