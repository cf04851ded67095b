#include "server-stub/gateway_routes.hpp"

#include <algorithm>
#include <utility>

#include <openssl/x509.h>

#include "pki/certificate.hpp"
#include "server-stub/device_config.hpp"
#include "server-stub/device_reports.hpp"
#include "server-stub/events.hpp"
#include "server-stub/gateway_paths.hpp"
#include "server-stub/image_answer.hpp"
#include "server-stub/treehub_routes.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

std::optional<peer> gateway_routes::identify(X509* leaf) {
  auto* const owner = trust_.owner_of(leaf);
  if (owner == nullptr)
    return std::nullopt;
  X509_up_ref(leaf);
  const auto presented = pki::certificate::adopt(pki::certificate_handle{leaf});
  peer from{owner, presented.common_name(), false};
  // Only the credential itself has its fingerprint; a device of the same name is still a device.
  from.is_provisioning_credential = presented.fingerprint() == owner->issuer().credential_fingerprint();
  const bool is_id = is_device_id(from.common_name);
  switch (like_.admission) {
  case admission_rule::any_certificate:
    if (!is_id)
      return std::nullopt;
    if (!from.is_provisioning_credential)
      owner->devices().see(from.common_name);
    break;
  case admission_rule::uuid:
    if (is_uuid(from.common_name))
      owner->devices().see(from.common_name);
    break;
  case admission_rule::provisioned:
    break;
  }
  return from;
}

http_handler::admission gateway_routes::admit(request& head, const peer& from) {
  auto below = path_below(like_.base_path, path_of(head.target));
  const auto path = below ? gateway_path_of(head.method, *below, like_) : gateway_path{};
  head.route = static_cast<std::uint8_t>(path.which);
  head.path = std::move(below).value_or("");
  const auto refusing = [&](answer why) {
    counts_.count_request(path.which, why.status);
    return admission{0, std::move(why)};
  };
  // With the provisioning credential the claim is about a device in the body, so that `provision` compares.
  if (head.claimed_device && !(from.is_provisioning_credential && path.which == endpoint::provision))
    if (auto objection = objection_to_identity(*from.owner, from.common_name, *head.claimed_device))
      return refusing(refused(*objection));
  const bool has_no_id = like_.admission == admission_rule::uuid && !is_uuid(from.common_name);
  if (path.which == endpoint::unknown || (has_no_id && is_of_one_device(path.which)))
    return refusing(no_such_route(404, {}, like_.errors));
  if (!path.is_allowed)
    return refusing(no_such_route(405, path.allow, like_.errors));
  if (auto objection = objection_to_peer(path.which, from)) {
    audit_.record(from.owner->name(), from.common_name, "use-credential", path_of(head.target), "refused");
    return refusing(refused(*objection));
  }
  return {path.max_body_bytes, std::nullopt};
}

std::optional<refusal> gateway_routes::objection_to_peer(endpoint which, const peer& from) {
  const bool provisions = which == endpoint::provision;
  if (like_.admission == admission_rule::provisioned) {
    if (provisions && !from.is_provisioning_credential)
      return refusal{500, "unknown_provisioning_credential", {}};
    if (!provisions && (from.is_provisioning_credential || !from.owner->devices().is_entered(from.common_name)))
      return refusal{400, "unknown_robot", "could not verify robot"};
  } else if (from.is_provisioning_credential != provisions && like_.provisions) {
    return refusal{403, "credential_not_allowed",
                   from.is_provisioning_credential ? "the provisioning credential may only POST /devices"
                                                   : "a device's certificate may not provision devices"};
  }
  return std::nullopt;
}

std::optional<refusal> gateway_routes::objection_to_identity(const account& owner, std::string_view proven,
                                                             std::string_view claimed) {
  counts_.requests_checked.fetch_add(1, std::memory_order_relaxed);
  if (claimed == proven)
    return std::nullopt;
  counts_.mismatches.fetch_add(1, std::memory_order_relaxed);
  audit_.record(owner.name(), proven, "identity-check", claimed, "identity_mismatch");
  return refusal{403, "identity_mismatch", "the request is for another device than the connection belongs to"};
}

answer gateway_routes::handle(request& complete, const peer& from) {
  auto result = route(complete, from);
  result.without_body = complete.method == verb::head;
  counts_.count_request(static_cast<endpoint>(complete.route), result.status);
  return result;
}

answer gateway_routes::route(request& complete, const peer& from) {
  switch (static_cast<endpoint>(complete.route)) {
  case endpoint::provision:
    return provision(complete, from);
  case endpoint::ecus:
    return register_ecus(complete, from);
  case endpoint::manifest:
    return take_manifest(complete, from);
  case endpoint::image_download:
    return download(complete, from);
  case endpoint::system_info:
  case endpoint::network_info:
  case endpoint::packages:
  case endpoint::config:
  case endpoint::events:
    return take_report(complete, from);
  case endpoint::campaigns:
    return answer::json(200, from.owner->campaigns().for_device(from.common_name, like_.campaigns));
  case endpoint::director_root:
  case endpoint::image_root:
    return root(complete, from);
  case endpoint::treehub: {
    auto content = read_treehub(from.owner->treehub(), *after(complete.path, "/treehub/"));
    return content ? std::move(*content) : refused(content.error());
  }
  default:
    return metadata(complete, from);
  }
}

answer gateway_routes::provision(const request& asked, const peer& from) {
  auto wanted = read_provisioning(asked.body);
  if (asked.claimed_device) {
    const std::string_view in_body = wanted ? std::string_view{wanted->device_id} : std::string_view{};
    if (auto objection = objection_to_identity(*from.owner, in_body, *asked.claimed_device))
      return refused(*objection);
  }
  if (!wanted)
    return refused(wanted.error());
  const auto& name = from.owner->name();
  const auto turn = line_.join(issue_line::clock::now());
  if (!turn)
    return refused({429, "too_many_requests", "a minute's worth of certificate requests is waiting already"});
  if (!from.owner->devices().enroll(wanted->device_id)) {
    audit_.record(name, from.common_name, "provision", wanted->device_id, "device_already_registered");
    return refused({like_.taken_id_status, "device_already_registered", "the device id is taken"});
  }
  if (like_.device_days != 0)
    wanted->ttl = std::chrono::days{like_.device_days};
  const auto archive = from.owner->issuer().issue(*wanted);
  if (!archive)
    return refused({500, "internal_server_error", archive.error()});
  counts_.devices_provisioned.fetch_add(1, std::memory_order_relaxed);
  counts_.certificates_issued.fetch_add(1, std::memory_order_relaxed);
  audit_.record(name, from.common_name, "provision", wanted->device_id, "issued");
  answer issued;
  issued.content_type = "application/x-pkcs12";
  issued.body = std::string{as_text(*archive)};
  issued.not_before = std::max(*turn, issue_line::clock::now() + like_.issue_time);
  return issued;
}

answer gateway_routes::register_ecus(const request& asked, const peer& from) {
  const auto first = from.owner->devices().register_ecus(from.common_name, asked.body);
  if (first)
    return answer::empty(*first ? like_.registered_status : 200);
  audit_.record(from.owner->name(), from.common_name, "register-ecus", from.common_name, first.error().code);
  return refused(first.error());
}

answer gateway_routes::take_manifest(const request& asked, const peer& from) {
  const auto accepted = from.owner->devices().accept_manifest(from.common_name, asked.body);
  counts_.count_manifest(accepted ? std::string_view{} : accepted.error().code);
  if (accepted)
    return like_.strict_manifests ? answer::json(200, R"({"message":"accepted robot manifest"})") : answer::empty(200);
  audit_.record(from.owner->name(), from.common_name, "manifest", from.common_name, accepted.error().code);
  return refused(accepted.error());
}

answer gateway_routes::take_report(const request& asked, const peer& from) {
  auto& devices = from.owner->devices();
  const auto which = static_cast<endpoint>(asked.route);
  if (like_.separate_registry && which != endpoint::packages && !devices.is_entered(from.common_name))
    return refused({404, "missing_device", "the registry does not know this device"});
  if (which == endpoint::events) {
    const auto events = read_events(asked.body);
    if (!events)
      return refused(events.error());
    devices.record_events(from.common_name, *events);
    for (const auto& event : *events)
      if (const auto answered = campaign_answer_of(event); answered && !event.campaign_id.empty())
        from.owner->campaigns().record(from.common_name, event.campaign_id, *answered);
  } else {
    const auto kind = report_kind(which);
    auto objection = objection_to_report(kind, asked.content_type, asked.body);
    if (!objection && kind == info_kind::config && like_.reads_config)
      objection = objection_to_config(asked.body);
    if (objection)
      return refused(*objection);
    devices.record_info(from.common_name, kind, asked.body);
  }
  return answer::empty(status_of_report(like_.reports, which, asked.method));
}

answer gateway_routes::root(const request& asked, const peer& from) {
  const auto version = gateway_path_of(asked.method, asked.path, like_).root_version;
  const bool of_images = static_cast<endpoint>(asked.route) == endpoint::image_root;
  auto document = of_images ? from.owner->images().root(version) : from.owner->devices().root(version);
  if (!document && document.error().code == "root_role_not_found")
    document.error().status = like_.missing_root_status;
  auto result = answer_with(document);
  if (of_images)
    result.headers.emplace_back("x-ats-tuf-repo-id", from.owner->images().id());
  return result;
}

answer gateway_routes::metadata(const request& asked, const peer& from) {
  const auto which = static_cast<endpoint>(asked.route);
  auto& devices = from.owner->devices();
  if (which == endpoint::director_targets)
    return answer_with(devices.targets(from.common_name));
  if (which == endpoint::director_timestamp)
    return answer_with(devices.timestamp(from.common_name));
  if (which == endpoint::director_snapshot)
    return answer_with(devices.snapshot(from.common_name));
  auto& images = from.owner->images();
  answer result;
  if (which == endpoint::image_delegation) {
    const auto name = percent_decoded(after(asked.path, "/repo/delegations/").value_or(""));
    result = answer_with(images.delegation(name.value_or("")));
  } else {
    const auto documents = images.documents();
    if (!documents)
      return refused(documents.error());
    const auto& set = **documents;
    result = answer::shared(which == endpoint::image_timestamp  ? set.timestamp
                            : which == endpoint::image_snapshot ? set.snapshot
                                                                : set.targets);
    if (which == endpoint::image_targets)
      result.headers.emplace_back("x-ats-role-checksum", set.targets_checksum);
  }
  result.headers.emplace_back("x-ats-tuf-repo-id", images.id());
  return result;
}

answer gateway_routes::download(const request& asked, const peer& from) {
  const auto filename = percent_decoded(*after(asked.path, "/repo/targets/"));
  auto content = filename ? from.owner->images().content(*filename) : nullptr;
  if (const auto elsewhere = filename ? from.owner->images().uri_of(*filename) : std::nullopt)
    return moved(*elsewhere);
  if (!content)
    return refused({404, "missing_entity", "there is no such image"});
  return image_answer(std::move(content), asked);
}

answer gateway_routes::moved(const std::string& uri) const {
  if (uri.empty())
    return refused({417, "no_uri_for_unmanaged_target", "the image is kept elsewhere, and nobody said where"});
  auto there = answer::empty(302);
  there.headers.emplace_back("Location", uri);
  return there;
}

answer gateway_routes::refuse(unsigned status, std::uint8_t route) {
  counts_.count_request(static_cast<endpoint>(route), status);
  return refused(connection_refusal(status));
}

void gateway_routes::handshake_ended(bool ok) {
  (ok ? counts_.handshakes_ok : counts_.handshakes_failed).fetch_add(1, std::memory_order_relaxed);
}

} // namespace otafleet::stub
