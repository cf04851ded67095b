#include "net/outcome.hpp"

#include <curl/curl.h>
#include <gtest/gtest.h>

namespace otafleet::net {
namespace {

using namespace std::chrono_literals;

TEST(phases, of_a_complete_https_request_add_up) {
  const curl_clocks clocks{
      .name_lookup = 10us, .connected = 30us, .tls_done = 100us, .first_byte = 250us, .total = 300us};
  const auto phases = phases_of(clocks, true, true, 7us);
  EXPECT_EQ(phases.queued, 7us);
  EXPECT_EQ(phases.resolve, 10us);
  EXPECT_EQ(phases.connect, 20us);
  EXPECT_EQ(phases.tls, 70us);
  EXPECT_EQ(phases.first_byte, 150us);
  EXPECT_EQ(phases.body, 50us);
  EXPECT_EQ(phases.total, 307us);
}

TEST(phases, of_plain_http_have_no_tls) {
  const curl_clocks clocks{.name_lookup = 10us, .connected = 30us, .tls_done = 0us, .first_byte = 90us, .total = 100us};
  const auto phases = phases_of(clocks, false, true, 0us);
  EXPECT_EQ(phases.tls, 0us);
  EXPECT_EQ(phases.first_byte, 60us);
}

TEST(phases, of_a_kept_connection_are_first_byte_and_body_only) {
  const curl_clocks clocks{.name_lookup = 5us, .connected = 5us, .tls_done = 5us, .first_byte = 40us, .total = 50us};
  const auto phases = phases_of(clocks, true, false, 0us);
  EXPECT_EQ(phases.resolve + phases.connect + phases.tls, 0us);
  EXPECT_EQ(phases.first_byte, 40us);
  EXPECT_EQ(phases.body, 10us);
}

TEST(phases, charge_a_failure_to_the_part_it_happened_in) {
  const curl_clocks clocks{.name_lookup = 10us, .connected = 30us, .tls_done = 0us, .first_byte = 0us, .total = 5030us};
  EXPECT_EQ(phases_of(clocks, true, true, 0us).tls, 5000us);
  EXPECT_EQ(phases_of(clocks, true, true, 0us).total, 5030us);
  EXPECT_EQ(phases_of(clocks, false, true, 0us).first_byte, 5000us);
}

TEST(phases, are_never_negative_when_a_clock_runs_behind) {
  const curl_clocks clocks{.name_lookup = 50us, .connected = 40us, .tls_done = 60us, .first_byte = 55us, .total = 58us};
  const auto phases = phases_of(clocks, true, true, -1us);
  for (const auto part : {phases.queued, phases.resolve, phases.connect, phases.tls, phases.first_byte, phases.body})
    EXPECT_GE(part, 0us);
  EXPECT_EQ(phases.queued + phases.resolve + phases.connect + phases.tls + phases.first_byte + phases.body,
            phases.total);
}

TEST(failures, tell_an_alert_about_our_certificate_from_a_lost_connection) {
  constexpr auto alert = "OpenSSL SSL_read: error:0A000412:SSL routines::sslv3 alert bad certificate, errno 0";
  EXPECT_EQ(failure_of(CURLE_RECV_ERROR, alert), failure::certificate_rejected);
  EXPECT_EQ(failure_of(CURLE_SSL_CONNECT_ERROR, alert), failure::certificate_rejected);
  EXPECT_EQ(failure_of(CURLE_RECV_ERROR, "Connection reset by peer"), failure::connection_lost);
  EXPECT_EQ(failure_of(CURLE_SSL_CONNECT_ERROR, "unexpected eof"), failure::tls_handshake);
}

TEST(failures, have_names_for_metrics) {
  EXPECT_STREQ(to_string(failure::tls_handshake), "tls-handshake");
  EXPECT_STREQ(to_string(failure::shed), "shed");
  EXPECT_STREQ(to_string(failure::range), "range");
  EXPECT_STREQ(to_string(failure::sink), "sink");
}

} // namespace
} // namespace otafleet::net
