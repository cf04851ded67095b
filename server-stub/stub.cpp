#include "server-stub/stub.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <openssl/rand.h>
#include <sys/resource.h>

#include "pki/certificate_authority.hpp"
#include "pki/encoding.hpp"
#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/gateway_routes.hpp"
#include "server-stub/listener.hpp"
#include "server-stub/operator_routes.hpp"
#include "server-stub/statistics.hpp"
#include "server-stub/tls.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_workers = 256;
constexpr std::size_t max_account_name = 48;
constexpr std::size_t operator_connections = 64;
/// For the listeners, the event loops, files and whatever else the process has open.
constexpr std::size_t reserved_descriptors = 64;

std::string new_token() {
  std::array<std::byte, 32> raw{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(raw.size())) != 1)
    return {};
  return pki::to_hex(raw);
}

/// How many device connections the descriptor limit allows.
std::size_t connection_limit() noexcept {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  constexpr std::size_t set_aside = reserved_descriptors + operator_connections;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  return descriptors > 2 * set_aside ? descriptors - set_aside : std::max<std::size_t>(descriptors / 2, 1);
}

bool is_account_name(std::string_view name) noexcept {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return !name.empty() && name.size() <= max_account_name && name.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_loopback(std::string_view address) noexcept {
  return address == "::1" || (address.starts_with("127.") && address.find_first_not_of("0123456789.") == address.npos);
}

/// What is wrong with the options, or an empty string.
std::string objection_to(const stub_options& options) {
  if (options.accounts.empty())
    return "a backend needs at least one account";
  for (auto one = options.accounts.begin(); one != options.accounts.end(); ++one) {
    if (!is_account_name(one->name))
      return "\"" + one->name + "\" is no account name: 1 to 48 letters, digits, -, _ and . make one";
    if (std::any_of(options.accounts.begin(), one, [&](const auto& other) { return other.name == one->name; }))
      return "there are two accounts named " + one->name;
  }
  if (options.workers == 0 || options.workers > max_workers)
    return "a backend has 1 to 256 workers, not " + std::to_string(options.workers);
  if (!is_loopback(options.operator_address))
    return "the operator API is plain HTTP and listens on a loopback address only, not on " + options.operator_address +
           "; use 127.0.0.1";
  if (options.latency < std::chrono::nanoseconds::zero())
    return "a latency cannot be negative";
  if (!std::isfinite(options.issue_rate) || options.issue_rate < 0)
    return "an issue rate is a number of certificates a second, or 0 for no limit";
  return {};
}

std::string url_of(std::string_view scheme, const std::string& address, std::uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  std::string url{scheme};
  url.append("://").append(is_v6 ? "[" + address + "]" : address);
  return url.append(":").append(std::to_string(port));
}

} // namespace

struct server::state {
  explicit state(const stub_options& chosen) : options(chosen), line(chosen.issue_rate), token(new_token()) {}

  tl::expected<void, std::string> make_accounts(const pki::certificate& gateway_root) {
    for (const auto& wanted : options.accounts) {
      auto made = account::make(wanted.name, wanted.metadata_key, gateway_root, images, system_utc_clock);
      if (!made)
        return tl::unexpected(std::move(made.error()));
      accounts.emplace(wanted.name, std::move(*made));
    }
    return {};
  }

  tl::expected<void, std::string> listen(const gateway_tls& tls) {
    auto for_devices = listener::start({"gateway", options.gateway_address, options.gateway_port, options.workers,
                                        connection_limit(), options.latency},
                                       gateway_handler, &tls);
    if (!for_devices)
      return tl::unexpected(std::move(for_devices.error()));
    gateway = std::move(*for_devices);
    auto for_operators =
        listener::start({"operator API", options.operator_address, options.operator_port, 1, operator_connections, {}},
                        operator_handler, nullptr);
    if (!for_operators)
      return tl::unexpected(std::move(for_operators.error()));
    operators = std::move(*for_operators);
    return {};
  }

  const stub_options options;
  issue_line line;
  const std::string token;
  statistics counts;
  audit_log audit{system_utc_clock};
  image_store images;
  account_table accounts;
  gateway_routes gateway_handler{accounts, line, counts, audit};
  operator_routes operator_handler{accounts, token, counts, audit};
  // Last, so that they are gone before what they call.
  std::unique_ptr<listener> gateway;
  std::unique_ptr<listener> operators;
};

server::server(std::unique_ptr<state> inner) : state_(std::move(inner)) {}

server::~server() = default;

tl::expected<std::unique_ptr<server>, std::string> server::start(const stub_options& options) {
  if (auto objection = objection_to(options); !objection.empty())
    return tl::unexpected(std::move(objection));
  auto inner = std::make_unique<state>(options);
  if (inner->token.empty())
    return tl::unexpected(std::string{"no random token could be made for the operators"});
  const auto authority =
      pki::certificate_authority::create("otafleet gateway CA " + random_uuid(), pki::certificate_use::server);
  if (!authority)
    return tl::unexpected("the gateway's CA could not be made: " + authority.error());
  if (auto made = inner->make_accounts(authority->root()); !made)
    return tl::unexpected(std::move(made.error()));
  auto tls = make_gateway_tls(*authority, {options.host_name, options.gateway_address});
  if (!tls)
    return tl::unexpected("the gateway's certificate could not be made: " + tls.error());
  tls->tickets = options.tls_tickets;
  for (const auto& [name, one] : inner->accounts)
    tls->device_roots.push_back(one->issuer().device_root());
  if (auto listening = inner->listen(*tls); !listening)
    return tl::unexpected(std::move(listening.error()));
  return std::unique_ptr<server>{new server{std::move(inner)}};
}

void server::stop() {
  state_->gateway->stop();
  state_->operators->stop();
}

std::string server::gateway_url() const {
  const auto& address = state_->options.gateway_address;
  const bool is_every_address = address == "0.0.0.0" || address == "::";
  return url_of("https", is_every_address ? state_->options.host_name : address, state_->gateway->port());
}

std::string server::operator_url() const {
  return url_of("http", state_->options.operator_address, state_->operators->port());
}

std::string server::operator_token() const {
  return state_->token;
}

bytes server::provisioning_p12(std::string_view account) const {
  const auto found = state_->accounts.find(account);
  return found == state_->accounts.end() ? bytes{} : found->second->issuer().credential();
}

} // namespace otafleet::stub
