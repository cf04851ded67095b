#include "server-stub/gateway_routes.hpp"

#include <algorithm>
#include <utility>

#include <openssl/x509.h>

#include "pki/certificate.hpp"
#include "server-stub/byte_range.hpp"
#include "server-stub/device_reports.hpp"
#include "server-stub/events.hpp"
#include "server-stub/gateway_paths.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

template <class Value>
answer answer_with(const tl::expected<Value, refusal>& result) {
  return result ? answer::shared(*result) : to_answer(result.error());
}

bool same_name(const X509_NAME* a, const X509_NAME* b) {
  return X509_NAME_cmp(a, b) == 0;
}

answer range_refused(std::uint64_t size) {
  auto refused = answer::empty(416);
  refused.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
  return refused;
}

} // namespace

std::optional<peer> gateway_routes::identify(X509* leaf) {
  // The chain was verified by the handshake; every account's CA has its own name, so the issuer's name tells which.
  const auto* issuer = X509_get_issuer_name(leaf);
  const auto owner = std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& entry) {
    return same_name(issuer, X509_get_subject_name(entry.second->issuer().device_root().native()));
  });
  if (owner == accounts_.end())
    return std::nullopt;
  X509_up_ref(leaf);
  const auto presented = pki::certificate::adopt(pki::certificate_handle{leaf});
  peer from{owner->second.get(), presented.common_name(), false};
  // Only the credential itself has its fingerprint; a device of the same name is still a device.
  from.is_provisioning_credential = presented.fingerprint() == from.owner->issuer().credential_fingerprint();
  if (!is_device_id(from.common_name))
    return std::nullopt;
  if (!from.is_provisioning_credential)
    from.owner->devices().see(from.common_name);
  return from;
}

http_handler::admission gateway_routes::admit(request& head, const peer& from) {
  const auto path = gateway_path_of(head.method, path_of(head.target));
  head.route = static_cast<std::uint8_t>(path.which);
  const auto refused = [&](const refusal& why) {
    counts_.count_request(path.which, why.status);
    return admission{0, to_answer(why)};
  };
  // With the provisioning credential the claim is about a device in the body, so that `provision` compares.
  if (head.claimed_device && !(from.is_provisioning_credential && path.which == endpoint::provision))
    if (auto objection = objection_to_identity(*from.owner, from.common_name, *head.claimed_device))
      return refused(*objection);
  if (path.which == endpoint::unknown)
    return refused({404, "missing_entity", "there is no such path"});
  if (!path.is_allowed) {
    auto wrong_verb = refused({405, "method_not_allowed", "this path does not take this method"});
    wrong_verb.refusal->headers.emplace_back("Allow", path.allow);
    return wrong_verb;
  }
  if (from.is_provisioning_credential != (path.which == endpoint::provision)) {
    audit_.record(from.owner->name(), from.common_name, "use-credential", path_of(head.target), "refused");
    return refused({403, "credential_not_allowed",
                    from.is_provisioning_credential ? "the provisioning credential may only POST /devices"
                                                    : "a device's certificate may not provision devices"});
  }
  return {path.max_body_bytes, std::nullopt};
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
    return answer::json(200, R"({"campaigns":[]})");
  default:
    return metadata(complete, from);
  }
}

answer gateway_routes::provision(const request& asked, const peer& from) {
  const auto wanted = read_provisioning(asked.body);
  if (asked.claimed_device) {
    const std::string_view in_body = wanted ? std::string_view{wanted->device_id} : std::string_view{};
    if (auto objection = objection_to_identity(*from.owner, in_body, *asked.claimed_device))
      return to_answer(*objection);
  }
  if (!wanted)
    return to_answer(wanted.error());
  const auto& name = from.owner->name();
  const auto turn = line_.join(issue_line::clock::now());
  if (!turn)
    return to_answer({429, "too_many_requests", "a minute's worth of certificate requests is waiting already"});
  if (!from.owner->devices().enroll(wanted->device_id)) {
    audit_.record(name, from.common_name, "provision", wanted->device_id, "device_already_registered");
    return to_answer({409, "device_already_registered", "the device id is taken"});
  }
  const auto archive = from.owner->issuer().issue(*wanted);
  if (!archive)
    return to_answer({500, "internal_server_error", archive.error()});
  counts_.devices_provisioned.fetch_add(1, std::memory_order_relaxed);
  counts_.certificates_issued.fetch_add(1, std::memory_order_relaxed);
  audit_.record(name, from.common_name, "provision", wanted->device_id, "issued");
  answer issued;
  issued.content_type = "application/x-pkcs12";
  issued.body = std::string{as_text(*archive)};
  issued.not_before = *turn;
  return issued;
}

answer gateway_routes::register_ecus(const request& asked, const peer& from) {
  const auto first = from.owner->devices().register_ecus(from.common_name, asked.body);
  if (first)
    return answer::empty(*first ? 201 : 200);
  audit_.record(from.owner->name(), from.common_name, "register-ecus", from.common_name, first.error().code);
  return to_answer(first.error());
}

answer gateway_routes::take_manifest(const request& asked, const peer& from) {
  const auto accepted = from.owner->devices().accept_manifest(from.common_name, asked.body);
  counts_.count_manifest(accepted ? std::string_view{} : accepted.error().code);
  if (accepted)
    return answer::empty(200);
  audit_.record(from.owner->name(), from.common_name, "manifest", from.common_name, accepted.error().code);
  return to_answer(accepted.error());
}

answer gateway_routes::take_report(const request& asked, const peer& from) {
  auto& devices = from.owner->devices();
  const auto which = static_cast<endpoint>(asked.route);
  if (which == endpoint::events) {
    const auto events = read_events(asked.body);
    if (!events)
      return to_answer(events.error());
    devices.record_events(from.common_name, *events);
    return answer::empty(204);
  }
  const auto kind = report_kind(which);
  if (const auto objection = objection_to_report(kind, asked.content_type, asked.body))
    return to_answer(*objection);
  devices.record_info(from.common_name, kind, asked.body);
  return answer::empty(kind == info_kind::hardware ? 200 : 204);
}

answer gateway_routes::metadata(const request& asked, const peer& from) {
  const auto which = static_cast<endpoint>(asked.route);
  if (which == endpoint::director_targets)
    return answer_with(from.owner->devices().targets(from.common_name));
  auto& images = from.owner->images();
  answer result;
  if (which == endpoint::director_root || which == endpoint::image_root) {
    const auto version = gateway_path_of(asked.method, path_of(asked.target)).root_version;
    if (which == endpoint::director_root)
      return answer_with(from.owner->devices().root(version));
    result = answer_with(images.root(version));
  } else {
    const auto documents = images.documents();
    if (!documents)
      return to_answer(documents.error());
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
  const auto filename = percent_decoded(*after(path_of(asked.target), "/repo/targets/"));
  auto content = filename ? from.owner->images().content(*filename) : nullptr;
  if (!content)
    return to_answer({404, "missing_entity", "there is no such image"});
  auto result = answer::shared(std::move(content));
  result.content_type = "application/octet-stream";
  result.headers.emplace_back("Accept-Ranges", "bytes");
  if (!asked.range || asked.method == verb::head)
    return result;
  const auto size = result.length;
  const auto range = read_range(*asked.range, size);
  if (range.what == byte_range::kind::unsatisfiable)
    return range_refused(size);
  if (range.what == byte_range::kind::part) {
    result.status = 206;
    result.offset = range.offset;
    result.length = range.length;
    result.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                                     std::to_string(range.offset + range.length - 1) + "/" +
                                                     std::to_string(size));
  }
  return result;
}

answer gateway_routes::refuse(unsigned status, std::uint8_t route) {
  counts_.count_request(static_cast<endpoint>(route), status);
  return to_answer(connection_refusal(status));
}

void gateway_routes::handshake_ended(bool ok) {
  (ok ? counts_.handshakes_ok : counts_.handshakes_failed).fetch_add(1, std::memory_order_relaxed);
}

} // namespace otafleet::stub
