#include "server-stub/delegation_routes.hpp"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

constexpr std::string_view suffix = ".json";

answer not_found() {
  return to_answer({404, "missing_entity", "there is no such path"});
}

tl::expected<void, refusal> put_keys(image_repository& images, std::string_view body) {
  auto keys = read_trusted_keys(body);
  return keys ? images.trust_keys(std::move(*keys)) : tl::unexpected(std::move(keys.error()));
}

tl::expected<void, refusal> put_roles(image_repository& images, std::string_view body) {
  auto roles = read_trusted_roles(body);
  return roles ? images.trust_roles(std::move(*roles)) : tl::unexpected(std::move(roles.error()));
}

answer show_trusted(const delegations& trusted, bool keys) {
  const auto object = delegations_json(trusted);
  if (!keys)
    return answer::json(200, compact(object["roles"]));
  auto list = nlohmann::json::array();
  for (const auto& [id, key] : object["keys"].items())
    list.push_back(key);
  return answer::json(200, compact(list));
}

} // namespace

answer delegation_request(request& complete, account& owner, std::string_view path, audit_log& audit) {
  auto& images = owner.images();
  const auto done = [&](std::string_view action, std::string_view subject, const tl::expected<void, refusal>& result) {
    audit.record(owner.name(), "operator", action, subject, result ? "done" : result.error().code);
    return result ? answer::empty(204) : to_answer(result.error());
  };
  const bool puts = complete.method == verb::put;
  const bool of_keys = path == "trusted-delegations/keys";
  if (of_keys || path == "trusted-delegations") {
    if (!puts)
      return show_trusted(images.trusted(), of_keys);
    return of_keys ? done("trust-keys", "delegations", put_keys(images, complete.body))
                   : done("trust-delegations", "delegations", put_roles(images, complete.body));
  }
  if (const auto encoded = after(path, "uploads/")) {
    auto filename = percent_decoded(*encoded);
    if (!filename)
      return to_answer({400, "invalid_entity", "the file name is not percent-encoded properly"});
    return done("upload-unlisted", *filename, images.upload(*filename, std::move(complete.body)));
  }
  const auto document = percent_decoded(after(path, "delegations/").value_or("")).value_or("");
  if (!document.ends_with(suffix))
    return not_found();
  if (!puts) {
    auto text = images.delegation(document);
    return text ? answer::shared(std::move(*text)) : to_answer(text.error());
  }
  const auto name = document.substr(0, document.size() - suffix.size());
  return done("put-delegation", name, images.put_delegation(name, complete.body));
}

} // namespace otafleet::stub
