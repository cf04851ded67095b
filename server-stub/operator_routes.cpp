#include "server-stub/operator_routes.hpp"

#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include "server-stub/account_routes.hpp"
#include "server-stub/attack_routes.hpp"
#include "server-stub/delegation_routes.hpp"
#include "server-stub/gateway_paths.hpp"
#include "server-stub/json_input.hpp"
#include "server-stub/operator_paths.hpp"
#include "server-stub/operator_views.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/publishing.hpp"
#include "server-stub/treehub_routes.hpp"
#include "server-stub/unmanaged_target.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

constexpr std::string_view operator_actor = "operator";
constexpr std::size_t default_page = 50;
constexpr std::size_t max_page = 1'000;

refusal missing(std::string_view what) {
  return {404, "missing_entity", "there is no such " + std::string{what}};
}

refusal invalid(std::string description) {
  return {400, "invalid_entity", std::move(description)};
}

/// A query's number, `fallback` when it is not there, nothing when it is no number up to `most`.
std::optional<std::uint64_t> number(std::string_view query, std::string_view name, std::uint64_t fallback,
                                    std::uint64_t most) {
  const auto text = query_value(query, name);
  if (!text)
    return fallback;
  std::uint64_t value = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end || value > most)
    return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> items;
  std::size_t at = 0;
  while (at <= list.size()) {
    const auto end = std::min(list.find(',', at), list.size());
    if (end > at)
      items.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return items;
}

} // namespace

std::optional<peer> operator_routes::identify(X509*) {
  return std::nullopt; // plain HTTP shows no certificate
}

bool operator_routes::is_authorized(std::string_view authorization) const noexcept {
  constexpr std::string_view scheme = "Bearer ";
  if (!authorization.starts_with(scheme))
    return false;
  const auto token = authorization.substr(scheme.size());
  return token.size() == token_.size() && CRYPTO_memcmp(token.data(), token_.data(), token_.size()) == 0;
}

http_handler::admission operator_routes::admit(request& head, const peer&) {
  const auto door = publishing_door_of(accounts_, head.target);
  if (door) {
    head.target = door->target;
    head.account = door->owner->name();
  }
  const auto path = path_of(head.target);
  const auto known = operator_path_of(head.method, path);
  head.route = static_cast<std::uint8_t>(known.which);
  const auto refused = [&](const refusal& why) {
    counts_.count_request(known.which, why.status);
    return admission{0, to_answer(why)};
  };
  if (!door && !is_authorized(head.authorization)) {
    audit_.record(head.account, "unknown", "authorize", without_secret(path), "refused");
    auto unauthorized = refused({401, "unauthorized", "send the operators' token as Authorization: Bearer <token>"});
    unauthorized.refusal->headers.emplace_back("WWW-Authenticate", "Bearer");
    return unauthorized;
  }
  if (known.which == endpoint::unknown)
    return refused(missing("path"));
  if (!known.is_allowed) {
    auto wrong_verb = refused({405, "method_not_allowed", "this path does not take this method"});
    wrong_verb.refusal->headers.emplace_back("Allow", known.allow);
    return wrong_verb;
  }
  return {known.max_body_bytes, std::nullopt};
}

answer operator_routes::handle(request& complete, const peer&) {
  auto result = route(complete);
  result.without_body = complete.method == verb::head;
  counts_.count_request(static_cast<endpoint>(complete.route), result.status);
  return result;
}

answer operator_routes::route(request& complete) {
  const auto path = path_of(complete.target);
  const bool is_treehub = static_cast<endpoint>(complete.route) == endpoint::treehub;
  const auto api = after(path, "/api/v1");
  if (!api && !is_treehub)
    return own(complete, path);
  const auto owner = accounts_.find(complete.account.empty() ? std::string_view{"default"} : complete.account);
  if (owner == accounts_.end())
    return to_answer(missing("account"));
  return is_treehub ? treehub(complete, *owner->second) : route_account(complete, *owner->second, *api);
}

answer operator_routes::route_account(request& complete, account& owner, std::string_view path) {
  switch (static_cast<endpoint>(complete.route)) {
  case endpoint::delegation:
    return delegation_request(complete, owner, *after(path, "/user_repo/"), audit_);
  case endpoint::upload:
    if (path.starts_with("/user_repo/uploads/"))
      return delegation_request(complete, owner, *after(path, "/user_repo/"), audit_);
    [[fallthrough]];
  case endpoint::image_download:
    return image(complete, owner, *after(path, "/user_repo/targets/"));
  case endpoint::image_targets:
    return metadata(owner, *after(path, "/user_repo/"));
  case endpoint::update:
    return create_update(complete, owner);
  case endpoint::assignment:
    if (complete.method == verb::post)
      return assign(complete, owner);
    break;
  case endpoint::deletion: {
    audit_.record(owner.name(), operator_actor, "delete", path, "deletion_refused");
    auto refused = to_answer({405, "deletion_refused",
                              "devices and images are kept for auditability; archive them instead of deleting them"});
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  default:
    if (path == "/devices" && (complete.method == verb::put || complete.method == verb::post))
      return register_device(complete, owner, audit_);
    if (path == "/devices")
      return registry(complete, owner);
    break;
  }
  // What is left are two views of one device.
  const bool of_assignments = static_cast<endpoint>(complete.route) == endpoint::assignment;
  const auto id = percent_decoded(*after(path, of_assignments ? "/assignments/" : "/admin/devices/"));
  const auto found = id ? owner.devices().find(*id) : device_page{};
  if (found.empty())
    return to_answer(missing("device"));
  const auto& device = found.front().second;
  return answer::json(200, of_assignments ? open_assignments(device) : director_ecus(device));
}

answer operator_routes::image(request& complete, account& owner, std::string_view encoded_name) {
  const auto filename = percent_decoded(encoded_name);
  if (!filename)
    return to_answer(invalid("the file name is not percent-encoded properly"));
  if (complete.method == verb::post) {
    auto target = read_unmanaged_target(*filename, complete.body);
    const auto added = target ? owner.images().add(std::move(target->details), std::move(target->content))
                              : tl::expected<void, refusal>{tl::unexpect, target.error()};
    audit_.record(owner.name(), operator_actor, "add-target", *filename, added ? "added" : added.error().code);
    return added ? answer::empty(200) : to_answer(added.error());
  }
  if (complete.method != verb::put) {
    auto content = owner.images().content(*filename);
    if (!content)
      return to_answer(missing("image"));
    auto result = answer::shared(std::move(content));
    result.content_type = "application/octet-stream";
    return result;
  }
  if (complete.content_type.starts_with("multipart/"))
    return to_answer({415, "unsupported_media_type", "send the image itself as the body, not as multipart"});
  const auto query = query_of(complete.target);
  image_details details{*filename, query_value(query, "name").value_or(""), query_value(query, "version").value_or(""),
                        split(query_value(query, "hardwareIds").value_or("")),
                        query_value(query, "targetFormat").value_or("BINARY")};
  const auto added = owner.images().add(std::move(details), std::move(complete.body));
  audit_.record(owner.name(), operator_actor, "upload", *filename, added ? "added" : added.error().code);
  return added ? answer::empty(204) : to_answer(added.error());
}

answer operator_routes::metadata(account& owner, std::string_view name) {
  auto& images = owner.images();
  answer result;
  if (const auto version = root_version_of(name)) {
    auto root = images.root(*version);
    if (!root)
      return to_answer(root.error());
    result = answer::shared(std::move(*root));
  } else {
    const auto documents = images.documents();
    if (!documents)
      return to_answer(documents.error());
    const auto& set = **documents;
    const auto text = name == "targets.json"     ? set.targets
                      : name == "snapshot.json"  ? set.snapshot
                      : name == "timestamp.json" ? set.timestamp
                                                 : nullptr;
    if (!text)
      return to_answer(missing("metadata"));
    result = answer::shared(text);
    if (name == "targets.json")
      result.headers.emplace_back("x-ats-role-checksum", set.targets_checksum);
  }
  result.headers.emplace_back("x-ats-tuf-repo-id", images.id());
  return result;
}

answer operator_routes::create_update(const request& complete, account& owner) {
  auto update = read_update(complete.body);
  if (!update)
    return to_answer(update.error());
  const auto id = owner.devices().create_update(std::move(*update));
  audit_.record(owner.name(), operator_actor, "create-update", id.value_or(""), id ? "created" : id.error().code);
  return id ? answer::json(201, compact(*id)) : to_answer(id.error());
}

answer operator_routes::assign(const request& complete, account& owner) {
  const auto order = read_assignment(complete.body);
  if (!order)
    return to_answer(order.error());
  const auto affected = owner.devices().assign(*order);
  if (!order->dry_run)
    audit_.record(owner.name(), operator_actor, "assign", order->correlation_id,
                  affected ? std::to_string(affected->size()) + " devices" : std::string{affected.error().code});
  if (!affected)
    return to_answer(affected.error());
  return answer::json(affected->empty() || order->dry_run ? 200 : 201, compact(*affected));
}

answer operator_routes::treehub(request& complete, account& owner) {
  const auto below = *treehub_below(path_of(complete.target));
  const bool reads = complete.method == verb::get || complete.method == verb::head;
  auto result = reads ? read_treehub(owner.treehub(), below) : write_treehub(owner.treehub(), below, complete);
  return result ? std::move(*result) : to_answer(result.error());
}

answer operator_routes::registry(const request& complete, account& owner) {
  const auto query = query_of(complete.target);
  const auto offset = number(query, "offset", 0, UINT32_MAX);
  const auto limit = number(query, "limit", default_page, max_page);
  if (!offset || !limit)
    return to_answer(invalid("offset is a number, and limit one up to 1000"));
  auto& devices = owner.devices();
  if (const auto id = query_value(query, "deviceId")) {
    const auto found = devices.find(*id);
    return answer::json(200, registry_devices(owner.name(), found, found.size(), 0, *limit));
  }
  return answer::json(
      200, registry_devices(owner.name(), devices.page_at(*offset, *limit), devices.size(), *offset, *limit));
}

answer operator_routes::own(const request& complete, std::string_view path) {
  const auto query = query_of(complete.target);
  switch (static_cast<endpoint>(complete.route)) {
  case endpoint::status:
    return answer::json(200, status(counts_, attacks()));
  case endpoint::metrics: {
    auto result = answer::json(200, counts_.prometheus_text());
    result.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return result;
  }
  case endpoint::audit: {
    const auto after_number = number(query, "after", 0, UINT64_MAX);
    const auto limit = number(query, "limit", max_page, max_page);
    if (!after_number || !limit || *limit == 0)
      return to_answer(invalid("after is a number, and limit one from 1 to 1000"));
    return answer::json(200, audit_page(audit_.page(*after_number, *limit), *limit));
  }
  case endpoint::devices: {
    const auto owner = accounts_.find(query_value(query, "account").value_or("default"));
    const auto limit = number(query, "limit", max_page, max_page);
    if (owner == accounts_.end())
      return to_answer(missing("account"));
    if (!limit || *limit == 0)
      return to_answer(invalid("limit is a number from 1 to 1000"));
    const auto page = owner->second->devices().page_after(query_value(query, "after").value_or(""), *limit);
    return answer::json(200, otafleet_devices(page, *limit));
  }
  default:
    break;
  }
  return of_account(complete, after(path, "/otafleet/v1/accounts/").value_or(""));
}

attacks_by_account operator_routes::attacks() const {
  attacks_by_account all;
  for (const auto& [name, one] : accounts_)
    all.emplace(name, one->attack().counts());
  return all;
}

answer operator_routes::of_account(const request& complete, std::string_view path) {
  const auto slash = path.find('/');
  const auto what = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  const bool is_archive = what == "/autoprov_credentials.p12";
  if (!is_archive && what != "/device-cas" && what != "/campaigns" && what != "/attack" && what != "/rotations")
    return to_answer(missing("path"));
  const auto owner = accounts_.find(percent_decoded(path.substr(0, slash)).value_or(""));
  if (owner == accounts_.end())
    return to_answer(missing("account"));
  if (what == "/attack")
    return put_attack(complete, *owner->second, audit_);
  if (what == "/rotations")
    return post_rotation(complete, *owner->second, audit_);
  if (what == "/device-cas")
    return device_cas(complete, *owner->second, trust_, audit_);
  if (what == "/campaigns")
    return campaigns(complete, *owner->second, audit_);
  if (complete.method == verb::post)
    return no_such_route(405, "GET, HEAD", error_form::object);
  audit_.record(owner->first, operator_actor, "read-credential", owner->first, "handed out");
  answer result;
  result.content_type = "application/x-pkcs12";
  result.body = std::string{as_text(owner->second->issuer().credential())};
  return result;
}

answer operator_routes::refuse(unsigned status_code, std::uint8_t route_code) {
  counts_.count_request(static_cast<endpoint>(route_code), status_code);
  return to_answer(connection_refusal(status_code));
}

void operator_routes::handshake_ended(bool) {}

} // namespace otafleet::stub
