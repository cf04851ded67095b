// A backend for one device on a virtual clock: right answers by default, others where a test says so.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "device/events.hpp"
#include "pki/certificate_authority.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet::device {

[[nodiscard]] http_reply answered(int status, std::string body = {});
[[nodiscard]] http_reply failed(std::string transport_failure);

/// Hands out real certificates, serves `documents` and `images`, says 200 to everything else that the real backend has.
class scripted_backend {
public:
  scripted_backend();

  [[nodiscard]] http_reply operator()(const send_request& request);

  /// Answers the next request to `where` with these, in turn, before it goes back to the right answers.
  void next(endpoint where, std::vector<http_reply> answers);

  /// Metadata by path, as in `/director/1.root.json`; what is not there is answered with 404.
  std::map<std::string, std::string> documents;
  /// Images by path below `/repo/targets/`.
  std::map<std::string, std::string> images;

private:
  [[nodiscard]] http_reply right_answer(const send_request& request) const;
  [[nodiscard]] http_reply certificate_for(const send_request& request) const;

  pki::certificate_authority device_ca_;
  pki::certificate_authority gateway_ca_;
  std::map<endpoint, std::vector<http_reply>> scripted_;
};

} // namespace otafleet::device
