#include "device/scripted_backend.fake.hpp"

#include <utility>

namespace otafleet::device {

namespace {

/// The JSON string after `"member":"`; the device writes canonical JSON.
[[nodiscard]] std::string text_member(const std::string& body, const std::string& member) {
  const auto begin = body.find("\"" + member + "\":\"") + member.size() + 4;
  return body.substr(begin, body.find('"', begin) - begin);
}

[[nodiscard]] std::string path_of(const std::string& url) {
  return url.substr(url.find('/', url.find("://") + 3));
}

} // namespace

http_reply answered(int status, std::string body) {
  http_reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

http_reply failed(std::string transport_failure) {
  http_reply reply;
  reply.transport_failure = std::move(transport_failure);
  return reply;
}

scripted_backend::scripted_backend()
    : device_ca_(pki::certificate_authority::create("device ca", pki::certificate_use::client).value()),
      gateway_ca_(pki::certificate_authority::create("gateway ca", pki::certificate_use::server).value()) {}

http_reply scripted_backend::operator()(const send_request& request) {
  if (auto& waiting = scripted_[request.to]; !waiting.empty()) {
    auto reply = std::move(waiting.front());
    waiting.erase(waiting.begin());
    return reply;
  }
  return right_answer(request);
}

void scripted_backend::next(endpoint where, std::vector<http_reply> answers) {
  scripted_[where] = std::move(answers);
}

http_reply scripted_backend::right_answer(const send_request& request) const {
  if (request.to == endpoint::devices)
    return certificate_for(request);
  if (request.to == endpoint::ecus)
    return answered(201);
  if (request.to == endpoint::events)
    return answered(204);
  if (request.method != http_method::get)
    return answered(200);
  const auto path = path_of(request.url);
  if (request.to == endpoint::image) {
    const auto found = images.find(path.substr(std::string_view{"/repo/targets/"}.size()));
    if (found == images.end())
      return answered(404);
    if (request.resume_from != 0)
      return answered(206, found->second.substr(request.resume_from));
    return answered(200, found->second);
  }
  const auto found = documents.find(path);
  return found == documents.end() ? answered(404, R"({"code":"missing_entity"})") : answered(200, found->second);
}

http_reply scripted_backend::certificate_for(const send_request& request) const {
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  pki::issue_request wanted;
  wanted.common_name = text_member(request.body, "deviceId");
  auto leaf = device_ca_.issue(key.public_part(), wanted).value();
  const auto p12 = pki::to_pkcs12({std::move(key), std::move(leaf), {gateway_ca_.root()}}, "", 1).value();
  return answered(200, std::string{as_text(p12)});
}

} // namespace otafleet::device
