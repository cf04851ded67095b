// What the engine's tests have in common: a fleet with certificates, a server for it, and a way to wait for replies.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/engine.hpp"
#include "net/test_server.hpp"
#include "pki/certificate_authority.hpp"

namespace otafleet::net {

/// A fleet root, a gateway root, and identities by number; device 7's certificate says `device-7`.
class test_fleet {
public:
  [[nodiscard]] pki::credential server_credential(const std::string& name = "127.0.0.1") const {
    auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
    auto leaf =
        gateway_
            .issue(key.public_part(),
                   {.common_name = "gateway", .use = pki::certificate_use::server, .subject_alt_names = {name, "::1"}})
            .value();
    return {std::move(key), std::move(leaf), {fleet_.root()}};
  }

  [[nodiscard]] test_server_options over_tls() const {
    test_server_options options;
    options.tls = server_credential();
    return options;
  }

  [[nodiscard]] pki::credential device_credential(const std::string& name) const {
    auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
    auto leaf = fleet_.issue(key.public_part(), {.common_name = name}).value();
    return {std::move(key), std::move(leaf), {gateway_.root()}};
  }

  [[nodiscard]] std::shared_ptr<const identity> identity_named(const std::string& name,
                                                               sent_chain chain = sent_chain::leaf) const {
    auto content = device_credential(name);
    return std::make_shared<const identity>(std::move(content.key), content.leaf, trust_, chain);
  }

  [[nodiscard]] std::shared_ptr<const identity> device(std::uint32_t number) {
    auto& known = devices_[number];
    if (known == nullptr)
      known = identity_named("device-" + std::to_string(number));
    return known;
  }

  [[nodiscard]] const pki::certificate_authority& gateway() const noexcept { return gateway_; }

  [[nodiscard]] request to(const test_server& server, const std::string& path, std::uint32_t number = 0) {
    request what;
    what.device = device_index{number};
    what.as = device(number);
    what.url = server.url(path);
    return what;
  }

private:
  pki::certificate_authority fleet_ =
      pki::certificate_authority::create("Fleet Root", pki::certificate_use::client).value();
  pki::certificate_authority gateway_ =
      pki::certificate_authority::create("Gateway Root", pki::certificate_use::server).value();
  std::shared_ptr<const trust_store> trust_ = trust_store::make({gateway_.root()}).value();
  std::map<std::uint32_t, std::shared_ptr<const identity>> devices_;
};

inline std::future<reply> send(engine& through, request what) {
  auto promise = std::make_shared<std::promise<reply>>();
  auto result = promise->get_future();
  through.start(std::move(what), [promise](reply got) { promise->set_value(std::move(got)); });
  return result;
}

inline reply fetch(engine& through, request what) {
  return send(through, std::move(what)).get();
}

} // namespace otafleet::net
