#include "gateway.hpp"

#include <iterator>

#include <nlohmann/json.hpp>

namespace otafleet::fidelity {
namespace {

constexpr const char* no_campaigns = R"({"campaigns":[]})"; // 16 bytes, as in the trace
constexpr const char* missing = R"({"code":"missing_entity","description":"not there"})";

std::string reply(int status, std::string_view body) {
  auto text = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n";
  if (status != 204)
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return (text += "\r\n").append(body);
}

} // namespace

gateway::gateway()
    : device_ca_(pki::certificate_authority::create("device ca", pki::certificate_use::client).value()),
      gateway_ca_(pki::certificate_authority::create("gateway ca", pki::certificate_use::server).value()) {
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto leaf =
      gateway_ca_
          .issue(key.public_part(),
                 {.common_name = "gateway", .use = pki::certificate_use::server, .subject_alt_names = {"127.0.0.1"}})
          .value();
  net::test_server_options options;
  options.tls = {std::move(key), std::move(leaf), {device_ca_.root()}};
  options.respond = [this](const net::test_request& request) { return answer(request); };
  server_ = std::make_unique<net::test_server>(std::move(options));
}

pki::credential gateway::credential_for(const std::string& name) const {
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto leaf = device_ca_.issue(key.public_part(), {.common_name = name}).value();
  return {std::move(key), std::move(leaf), {gateway_ca_.root()}};
}

void gateway::write_archives_as(p12_flavour flavour) {
  const std::lock_guard lock{mutex_};
  flavour_ = flavour;
}

void gateway::serve(std::map<std::string, std::string> documents, std::map<std::string, std::string> images) {
  const std::lock_guard lock{mutex_};
  documents_ = std::move(documents);
  images_ = std::move(images);
}

void gateway::begin(const scene& what) {
  requests_before_ = server_->requests().size();
  failed_before_ = server_->failed_handshakes().size();
  connections_before_ = server_->connections();
  const std::lock_guard lock{mutex_};
  script_.clear();
  for (const auto& each : what.requests)
    script_[each.method + ' ' + each.path].push_back({each.status, each.answer});
}

recording gateway::end(const scene& what) {
  // The device knows of a failed handshake before the server does.
  static_cast<void>(
      server_->wait_for_failed_handshakes(failed_before_ + static_cast<std::size_t>(what.failed_handshakes)));
  recording made;
  const auto requests = server_->requests();
  const auto failed = server_->failed_handshakes();
  made.requests.assign(std::next(requests.begin(), static_cast<std::ptrdiff_t>(requests_before_)), requests.end());
  made.failed_handshakes.assign(std::next(failed.begin(), static_cast<std::ptrdiff_t>(failed_before_)), failed.end());
  made.connections = server_->connections() - connections_before_;
  return made;
}

std::optional<std::string> gateway::answer(const net::test_request& request) {
  const auto line = request.request_line.substr(0, request.request_line.rfind(' '));
  const std::lock_guard lock{mutex_};
  if (auto& next = script_[line]; !next.empty()) {
    const auto [status, body] = std::move(next.front());
    next.pop_front();
    if (status == 0)
      return std::nullopt;
    if (status >= 400)
      return reply(status, body);
  }
  return healthy_answer(line, request);
}

std::string gateway::healthy_answer(const std::string& line, const net::test_request& request) const {
  if (line == "POST /devices") {
    const auto asked = nlohmann::json::parse(request.body, nullptr, false);
    const auto archive = write_p12(credential_for(asked.value("deviceId", "")), flavour_);
    return reply(archive ? 200 : 500, archive ? as_text(*archive) : "");
  }
  if (line == "POST /director/ecus")
    return reply(201, "");
  if (line == "POST /events")
    return reply(204, "");
  if (line == "GET /campaigner/campaigns")
    return reply(200, no_campaigns);
  if (!line.starts_with("GET "))
    return reply(200, "");
  const auto path = line.substr(4);
  for (const auto* served : {&documents_, &images_})
    if (const auto found = served->find(path); found != served->end())
      return reply(200, found->second);
  return reply(404, missing);
}

} // namespace otafleet::fidelity
