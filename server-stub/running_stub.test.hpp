// A running backend for tests, with shorthands for a device's connection and an operator's request.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pki/pkcs12.hpp"
#include "server-stub/stub.hpp"
#include "server-stub/tls_client.test.hpp"

namespace otafleet::stub::testing {

struct running_stub {
  std::unique_ptr<stub::server> server;

  static stub_options defaults() {
    stub_options options;
    options.accounts = {{"qa", pki::key_type::ed25519}, {"production", pki::key_type::ed25519}};
    return options;
  }

  explicit running_stub(const stub_options& options = defaults()) : server(server::start(options).value()) {}

  [[nodiscard]] pki::credential provisioning(std::string_view account = "qa") const {
    return pki::from_pkcs12(server->provisioning_p12(account), "").value();
  }

  [[nodiscard]] static tls_client_options options_for(const pki::credential& credential) {
    tls_client_options options;
    options.identity = &credential;
    if (!credential.authorities.empty())
      options.trusted = &credential.authorities.front();
    return options;
  }

  [[nodiscard]] tls_client connect(const pki::credential& credential) const {
    return tls_client{port_of(server->gateway_url()), options_for(credential)};
  }

  /// A new device's credential by POST /devices.
  [[nodiscard]] pki::credential provision(const std::string& id, std::string_view account = "qa") const {
    auto shared = connect(provisioning(account));
    const auto answer = shared.request("POST", "/devices", nlohmann::json{{"deviceId", id}, {"ttl", "36000"}}.dump(),
                                       {"X-Otafleet-Device: " + id});
    EXPECT_EQ(answer->status, 200) << answer->body;
    return pki::from_pkcs12(as_bytes(answer->body), "").value();
  }

  /// A request to the operator port with the right token.
  [[nodiscard]] std::optional<response> operate(std::string_view method, std::string_view target,
                                                std::string_view body = {}, std::string_view account = "qa") const {
    return operate_as("Bearer " + server->operator_token(), method, target, body, account);
  }

  [[nodiscard]] std::optional<response> operate_as(const std::string& authorization, std::string_view method,
                                                   std::string_view target, std::string_view body = {},
                                                   std::string_view account = "qa") const {
    const raw_client client{port_of(server->operator_url())};
    std::string text{method};
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    text.append("x-ats-namespace: ").append(account).append("\r\nContent-Length: ").append(std::to_string(body.size()));
    if (!authorization.empty())
      text.append("\r\nAuthorization: ").append(authorization);
    text.append("\r\n\r\n").append(body);
    if (!client.send(text))
      return std::nullopt;
    const auto answer = client.read_all();
    const auto end = answer.find("\r\n\r\n");
    if (end == std::string::npos)
      return std::nullopt;
    response result;
    result.status = std::stoi(answer.substr(9, 3));
    result.body = answer.substr(end + 4);
    return result;
  }

  [[nodiscard]] nlohmann::json status() const {
    return nlohmann::json::parse(operate("GET", "/otafleet/v1/status")->body);
  }

  [[nodiscard]] nlohmann::json device(const std::string& id, const std::string& account = "qa") const {
    const auto page = operate("GET", "/otafleet/v1/devices?account=" + account);
    const auto body = nlohmann::json::parse(page->body);
    for (const auto& one : body["values"])
      if (one["device_id"] == id)
        return one;
    return nullptr;
  }
};

} // namespace otafleet::stub::testing
