// What goes wrong without the engine's precautions, and that the backend's check sees it: two devices on one curl
// handle.
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "actors/operator_api.hpp"
#include "net/engine.hpp"
#include "pki/pkcs12.hpp"
#include "server-stub/stub.hpp"

namespace otafleet {
namespace {

[[nodiscard]] net::reply ask(net::transport& transport, net::request request) {
  std::promise<net::reply> answered;
  auto answer = answered.get_future();
  transport.start(std::move(request), [&](net::reply reply) { answered.set_value(std::move(reply)); });
  return answer.get();
}

CURLcode install(CURL*, void* context, void* user) {
  const auto& as = *static_cast<const net::identity*>(user);
  auto* tls = static_cast<SSL_CTX*>(context);
  SSL_CTX_use_certificate(tls, pki::certificate::from_der(as.leaf_der())->native());
  SSL_CTX_use_PrivateKey(tls, as.key().native());
  SSL_CTX_set1_cert_store(tls, as.trust().native());
  return CURLE_OK;
}

size_t discard(char*, size_t size, size_t count, void*) {
  return size * count;
}

class identity_bleed : public testing::Test {
protected:
  void SetUp() override {
    stub::stub_options options;
    options.accounts = {{"development", pki::key_type::ed25519}};
    auto started = stub::server::start(options);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
    access = {server->operator_url(), server->operator_token()};
    provisioning = identity_from(server->provisioning_p12("development"));
  }

  [[nodiscard]] static std::shared_ptr<const net::identity> identity_from(byte_view p12) {
    auto credential = pki::from_pkcs12(p12, "").value();
    auto trust = net::trust_store::make(credential.authorities).value();
    return std::make_shared<const net::identity>(std::move(credential.key), std::move(credential.leaf),
                                                 std::move(trust));
  }

  [[nodiscard]] std::shared_ptr<const net::identity> provision(const std::string& id) {
    net::request request;
    request.as = provisioning;
    request.verb = net::method::post;
    request.url = server->gateway_url() + "/devices";
    request.content_type = "application/json";
    request.body = R"({"deviceId":")" + id + R"(","ttl":"365"})";
    const auto answer = ask(engine, std::move(request));
    EXPECT_EQ(answer.status, 200) << answer.detail;
    return identity_from(as_bytes(answer.body));
  }

  /// One poll's worth of a request on a handle that the caller keeps.
  void get_targets(CURL* handle, const std::string& id, const net::identity& as) {
    auto* headers = curl_slist_append(nullptr, ("X-Otafleet-Device: " + id).c_str());
    const auto url = server->gateway_url() + "/director/1.root.json";
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    // A machine without ca-certificates has no bundle to load, and the trust comes with the identity.
    curl_easy_setopt(handle, CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    curl_easy_setopt(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, install);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, const_cast<net::identity*>(&as));
    EXPECT_EQ(curl_easy_perform(handle), CURLE_OK);
    curl_slist_free_all(headers);
  }

  [[nodiscard]] actors::backend_status status() {
    return actors::read_status(ask(engine, actors::status_request(access))).value();
  }

  net::engine engine{net::engine_options{}};
  std::unique_ptr<stub::server> server;
  actors::operator_access access;
  std::shared_ptr<const net::identity> provisioning;
};

TEST_F(identity_bleed, is_seen_when_two_devices_share_a_handle) {
  const auto first = provision("first");
  const auto second = provision("second");
  CURL* shared = curl_easy_init();
  get_targets(shared, "first", *first);
  EXPECT_EQ(status().mismatches, 0u);
  get_targets(shared, "second", *second);
  curl_easy_cleanup(shared);
  EXPECT_EQ(status().mismatches, 1u);
}

TEST_F(identity_bleed, is_seen_when_a_pooled_handle_resumes_another_devices_tls_session) {
  const auto first = provision("first");
  const auto second = provision("second");
  CURL* pooled = curl_easy_init();
  get_targets(pooled, "first", *first);
  curl_easy_reset(pooled);
  // A new connection is not enough: the ticket in the handle's session cache speaks for the first device.
  curl_easy_setopt(pooled, CURLOPT_FRESH_CONNECT, 1L);
  get_targets(pooled, "second", *second);
  curl_easy_cleanup(pooled);
  EXPECT_EQ(status().mismatches, 1u);
}

TEST_F(identity_bleed, does_not_happen_through_the_engine) {
  for (const auto policy : {net::connection_policy::fresh, net::connection_policy::keep_alive}) {
    const std::string prefix = policy == net::connection_policy::fresh ? "fresh-" : "kept-";
    for (std::uint32_t i = 0; i != 20; ++i) {
      const auto id = prefix + std::to_string(i);
      const auto identity = provision(id);
      for (int again = 0; again != 3; ++again) {
        net::request request;
        request.device = net::device_index{i + (policy == net::connection_policy::fresh ? 0 : 100)};
        request.as = identity;
        request.connection = policy;
        request.url = server->gateway_url() + "/director/1.root.json";
        request.headers.push_back("X-Otafleet-Device: " + id);
        EXPECT_EQ(ask(engine, std::move(request)).status, 200);
      }
    }
  }
  EXPECT_EQ(status().mismatches, 0u);
  EXPECT_EQ(status().requests_checked, 120u);
  EXPECT_EQ(engine.counters().identity_mismatches, 0u);
}

} // namespace
} // namespace otafleet
