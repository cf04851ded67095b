// What a Prometheus server gets when it scrapes a run.
#include "telemetry/metrics_server.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "telemetry/families.hpp"
#include "telemetry/fleet_metrics.hpp"

namespace otafleet::telemetry {
namespace {

using namespace std::chrono_literals;

/// The body of `GET /metrics` on the loopback; empty when nobody answers with 200.
[[nodiscard]] std::string scrape(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0) {
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::array<char, 16'384> part{};
    for (ssize_t got = 0; (got = ::recv(fd, part.data(), part.size(), 0)) > 0;)
      reply.append(part.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  if (!reply.starts_with("HTTP/1.1 200"))
    return {};
  return reply.substr(reply.find("\r\n\r\n") + 4);
}

/// Records something in every family.
void record_everything(fleet_metrics& metrics) {
  metrics.device_moved("pilot", "", "provisioning");
  metrics.provisioned(3s, 1s);
  metrics.provisioning_failed("connect");
  metrics.device_moved("pilot", "provisioning", "idle");
  metrics.signature_checked("root", "ed25519", true, 60us);
  metrics.metadata_verified("director", true, 400us);
  http_sample sample;
  sample.endpoint = "manifest";
  sample.code = "200";
  sample.queued = sample.resolve = sample.connect = sample.tls = sample.first_byte = sample.body = 1ms;
  sample.total = 6ms;
  sample.body_bytes = 1'000;
  metrics.http_exchange(sample);
  metrics.polled();
  metrics.update_succeeded(5s);
  metrics.update_failed("TargetHashMismatch");
  metrics.started_late_by(2ms);
  metrics.attack_refused("rollback");
  metrics.identity_mismatches(2);
  metrics.identity_mismatches(3); // the total so far, not another three
}

/// From names to kinds, of all families that do not belong to the HTTP server itself.
[[nodiscard]] std::map<std::string, std::string> families_in(const std::string& text) {
  std::map<std::string, std::string> found;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string hash;
    std::string type;
    std::string name;
    std::string kind;
    words >> hash >> type >> name >> kind;
    if (hash == "#" && type == "TYPE" && !name.starts_with("exposer_"))
      found.emplace(name, kind);
  }
  return found;
}

[[nodiscard]] std::string word(metric_kind kind) {
  switch (kind) {
  case metric_kind::counter:
    return "counter";
  case metric_kind::gauge:
    return "gauge";
  default:
    return "histogram";
  }
}

TEST(a_scrape, shows_every_family_of_the_fleet_and_nothing_else) {
  fleet_metrics metrics;
  const auto port = metrics.serve("127.0.0.1:0");
  ASSERT_NE(port, 0);
  record_everything(metrics);
  std::map<std::string, std::string> listed;
  for (const auto& family : all_families())
    if (family.owner == metric_owner::fleet)
      listed.emplace(family.name, word(family.kind));
  EXPECT_EQ(families_in(scrape(port)), listed);
}

TEST(a_scrape, shows_the_figures_that_were_recorded) {
  fleet_metrics metrics;
  record_everything(metrics);
  const auto text = scrape(metrics.serve("127.0.0.1:0"));
  for (const auto* line : {
           "\notafleet_provisioning_total{result=\"ok\"} 1\n",
           "\notafleet_provisioning_total{result=\"failed\"} 1\n",
           "\notafleet_provisioning_duration_seconds_sum 3\n",
           "\notafleet_provisioning_service_seconds_sum 1\n",
           "\notafleet_devices{fleet=\"pilot\",state=\"idle\"} 1\n",
           "\notafleet_devices{fleet=\"pilot\",state=\"provisioning\"} 0\n",
           "\notafleet_signature_check_duration_seconds_count{key_type=\"ed25519\",result=\"ok\",role=\"root\"} 1\n",
           "\notafleet_http_request_duration_seconds_count{code=\"200\",endpoint=\"manifest\"} 1\n",
           "\notafleet_http_phase_seconds_count{phase=\"tls\"} 1\n",
           "\notafleet_downloaded_bytes_total 1000\n",
           "\notafleet_step_failures_total{reason=\"TargetHashMismatch\"} 1\n",
           "\notafleet_identity_mismatches_total 3\n",
       })
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(a_scrape, has_rates_that_begin_at_zero) {
  fleet_metrics metrics;
  const auto text = scrape(metrics.serve("127.0.0.1:0"));
  EXPECT_NE(text.find("\notafleet_updates_total{result=\"failed\"} 0\n"), std::string::npos) << text;
}

TEST(a_scrape, is_what_promtool_likes) {
  if (::access("/usr/bin/promtool", X_OK) != 0)
    FAIL() << "promtool is missing; it is in Debian's package prometheus";
  fleet_metrics metrics;
  record_everything(metrics);
  const auto file = testing::TempDir() + "otafleet-scrape-" + std::to_string(::getpid());
  std::ofstream{file} << scrape(metrics.serve("127.0.0.1:0"));
  auto* check = ::popen(("/usr/bin/promtool check metrics < '" + file + "' 2>&1").c_str(), "r");
  ASSERT_NE(check, nullptr);
  std::string objections;
  std::array<char, 4'096> part{};
  while (std::fgets(part.data(), part.size(), check) != nullptr)
    objections += part.data();
  const auto status = ::pclose(check);
  EXPECT_EQ(WEXITSTATUS(status), 0) << objections;
  EXPECT_EQ(objections, "");
  std::remove(file.c_str());
}

TEST(serving, stays_on_the_loopback_when_only_a_port_is_given) {
  fleet_metrics metrics;
  const auto port = metrics.serve("0");
  EXPECT_FALSE(scrape(port).empty());
  // The whole of 127/8 is this machine: who listens on all addresses would answer here, too.
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in elsewhere{};
  elsewhere.sin_family = AF_INET;
  elsewhere.sin_port = htons(port);
  ASSERT_EQ(::inet_pton(AF_INET, "127.0.0.2", &elsewhere.sin_addr), 1);
  EXPECT_NE(::connect(fd, reinterpret_cast<const sockaddr*>(&elsewhere), sizeof elsewhere), 0);
  ::close(fd);
}

TEST(serving, says_which_address_it_cannot_have) {
  fleet_metrics first;
  const auto taken = "127.0.0.1:" + std::to_string(first.serve("127.0.0.1:0"));
  fleet_metrics second;
  for (const auto& address :
       {taken, std::string{"192.0.2.1:0"}, std::string{"127.0.0.1:99999"}, std::string{"here:there"}}) {
    try {
      second.serve(address);
      ADD_FAILURE() << address << " was served";
    } catch (const std::runtime_error& refused) {
      EXPECT_NE(std::string{refused.what()}.find("cannot serve metrics on " + address), std::string::npos);
    }
  }
}

TEST(serving, ends_with_the_metrics_and_at_once) {
  std::uint16_t port = 0;
  const auto begin = std::chrono::steady_clock::now();
  {
    fleet_metrics metrics;
    port = metrics.serve("127.0.0.1:0");
    EXPECT_FALSE(scrape(port).empty());
  }
  EXPECT_TRUE(scrape(port).empty());
  // civetweb left alone takes two seconds to notice.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1500ms);
}

} // namespace
} // namespace otafleet::telemetry
