// What a request costs the client in CPU time: a fresh mTLS connection against a bare OpenSSL loop, and a kept
// connection with 100 and with 5,000 devices on one host. Prints microseconds per request and the two ratios; exits 1
// when one is above its limit.
//
//   net_bench [fresh requests] [kept requests]
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/engine.hpp"
#include "pki/certificate_authority.hpp"
#include "tests/bench/tls_server.hpp"

namespace otafleet {
namespace {

constexpr double max_fresh_ratio = 1.6;
constexpr double max_kept_ratio = 1.5;

/// A poll that finds nothing new: manifest, next root, Director targets.
constexpr int poll_requests = 3;

double cpu_microseconds() {
  rusage now{};
  getrusage(RUSAGE_SELF, &now);
  const auto sum = [](timeval t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return sum(now.ru_utime) + sum(now.ru_stime);
}

long resident_kib() {
  long pages = 0;
  long resident = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "r"); file != nullptr) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2)
      resident = 0;
    std::fclose(file);
  }
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "net_bench: %s\n", why.c_str());
  std::exit(2);
}

// -- bare OpenSSL -----------------------------------------------------------------

/// One connection after another with a shared SSL_CTX: the least that a client can do.
double bare_microseconds(std::uint16_t port, const pki::credential& device, int requests) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_use_certificate(context, device.leaf.native());
  SSL_CTX_use_PrivateKey(context, device.key.native());
  for (const auto& authority : device.authorities)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.native());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET /director/targets.json HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                              "\r\nUser-Agent: Aktualizr/2020.10\r\nAccept: */*\r\n\r\n";
  const double before = cpu_microseconds();
  for (int i = 0; i < requests; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
      give_up("the bare client cannot connect");
    SSL* const tls = SSL_new(context);
    SSL_set_fd(tls, socket);
    std::array<char, 4096> reply;
    if (SSL_connect(tls) != 1 || SSL_write(tls, request.data(), static_cast<int>(request.size())) <= 0 ||
        SSL_read(tls, reply.data(), static_cast<int>(reply.size())) <= 0)
      give_up("the bare client gets no answer");
    SSL_shutdown(tls);
    SSL_free(tls);
    close(socket);
  }
  const double spent = cpu_microseconds() - before;
  SSL_CTX_free(context);
  return spent / requests;
}

// -- the engine -------------------------------------------------------------------

using identities = std::vector<std::shared_ptr<const net::identity>>;

/// Sends `requests` requests, `width` at a time, `in_a_row` from each device in turn; returns CPU microseconds per
/// request.
double engine_microseconds(net::engine& engine, std::uint16_t port, const identities& devices,
                           net::connection_policy policy, int requests, int width, int in_a_row) {
  struct progress {
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    std::promise<void> all;
  } now;
  const std::string url = "https://127.0.0.1:" + std::to_string(port) + "/director/targets.json";
  std::function<void()> next = [&] {
    const int number = now.begun++;
    if (number >= requests)
      return;
    const auto device = static_cast<std::uint32_t>(number / in_a_row) % devices.size();
    net::request what;
    what.device = static_cast<net::device_index>(device);
    what.as = devices[device];
    what.connection = policy;
    what.url = url;
    what.user_agent = "Aktualizr/2020.10";
    engine.start(std::move(what), [&](net::reply got) {
      if (got.status != 200)
        give_up("a request failed: " + got.detail);
      next();
      if (++now.ended == requests)
        now.all.set_value();
    });
  };
  const double before = cpu_microseconds();
  for (int i = 0; i < width; ++i)
    next();
  now.all.get_future().wait();
  return (cpu_microseconds() - before) / requests;
}

/// An engine in which every one of `devices` has its connection open.
class kept_fleet {
public:
  kept_fleet(std::uint16_t port, const identities& devices) : port_(port), devices_(devices) {
    const auto count = static_cast<int>(devices.size());
    const long before = resident_kib();
    engine_microseconds(engine_, port, devices, net::connection_policy::keep_alive, count, 64, 1);
    std::printf("%d connections opened, %.1f KiB resident each\n", count,
                static_cast<double>(resident_kib() - before) / count);
  }

  double microseconds(int requests) {
    const double each =
        engine_microseconds(engine_, port_, devices_, net::connection_policy::keep_alive, requests, 32, 1);
    const auto counters = engine_.counters();
    if (counters.connections_opened != devices_.size() || counters.identity_mismatches != 0)
      give_up("the devices did not keep one connection each");
    return each;
  }

private:
  net::engine engine_{{.threads = 1, .max_in_flight = 64}};
  std::uint16_t port_;
  const identities& devices_;
};

identities make_identities(const pki::certificate_authority& fleet, const pki::certificate& anchor, std::size_t count) {
  const auto trust = net::trust_store::make({anchor}).value();
  identities result;
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
    const auto leaf = fleet.issue(key.public_part(), {.common_name = "device-" + std::to_string(i)}).value();
    result.push_back(std::make_shared<const net::identity>(std::move(key), leaf, trust));
  }
  return result;
}

int run(int fresh_requests, int kept_requests) {
  const auto fleet = pki::certificate_authority::create("Fleet Root", pki::certificate_use::client).value();
  const auto gateway = pki::certificate_authority::create("Gateway Root", pki::certificate_use::server).value();
  auto server_key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto server_leaf =
      gateway
          .issue(server_key.public_part(),
                 {.common_name = "127.0.0.1", .use = pki::certificate_use::server, .subject_alt_names = {"127.0.0.1"}})
          .value();
  const bench::tls_server server{{std::move(server_key), std::move(server_leaf), {fleet.root()}}};

  const long before = resident_kib();
  const auto many = make_identities(fleet, gateway.root(), 5000);
  std::printf("identity: %.1f KiB resident each\n",
              static_cast<double>(resident_kib() - before) / static_cast<double>(many.size()));
  const identities few{many.begin(), many.begin() + 100};

  auto bare_key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto bare_leaf = fleet.issue(bare_key.public_part(), {.common_name = "bare"}).value();
  const pki::credential bare_device{std::move(bare_key), std::move(bare_leaf), {gateway.root()}};

  // In turns and the best of several: another process on the machine must not decide the ratio.
  double bare = 1e9;
  double fresh = 1e9;
  for (int round = 0; round < 3; ++round) {
    bare = std::min(bare, bare_microseconds(server.port(), bare_device, fresh_requests));
    net::engine engine{{.threads = 1, .max_in_flight = 32}};
    fresh = std::min(fresh, engine_microseconds(engine, server.port(), many, net::connection_policy::fresh,
                                                fresh_requests, 32, poll_requests));
  }
  const double fresh_ratio = fresh / bare;
  std::printf("fresh mTLS connection: bare OpenSSL %.0f us, engine %.0f us, ratio %.2f (limit %.1f)\n", bare, fresh,
              fresh_ratio, max_fresh_ratio);

  kept_fleet small{server.port(), few};
  kept_fleet large{server.port(), many};
  double at_100 = 1e9;
  double at_5000 = 1e9;
  for (int round = 0; round < 5; ++round) {
    at_100 = std::min(at_100, small.microseconds(kept_requests));
    at_5000 = std::min(at_5000, large.microseconds(kept_requests));
  }
  const double kept_ratio = at_5000 / at_100;
  std::printf("kept connection: %.1f us with 100 devices, %.1f us with 5,000, ratio %.2f (limit %.1f)\n", at_100,
              at_5000, kept_ratio, max_kept_ratio);
  return fresh_ratio <= max_fresh_ratio && kept_ratio <= max_kept_ratio ? 0 : 1;
}

} // namespace
} // namespace otafleet

int main(int count, char** arguments) {
  const auto number = [&](int position, int otherwise) {
    return count > position ? std::atoi(arguments[position]) : otherwise;
  };
  return otafleet::run(number(1, 2000), number(2, 20'000));
}
