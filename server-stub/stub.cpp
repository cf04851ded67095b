#include "server-stub/stub.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <sys/resource.h>

#include "pki/certificate_authority.hpp"
#include "server-stub/account.hpp"
#include "server-stub/attack_gateway.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/credentials.hpp"
#include "server-stub/device_ca.hpp"
#include "server-stub/device_trust.hpp"
#include "server-stub/gateway_routes.hpp"
#include "server-stub/listener.hpp"
#include "server-stub/operator_routes.hpp"
#include "server-stub/secret.hpp"
#include "server-stub/statistics.hpp"
#include "server-stub/tls.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_workers = 256;
constexpr std::size_t max_account_name = 48;
constexpr std::size_t operator_connections = 64;
/// For the listeners, the event loops, files and whatever else the process has open.
constexpr std::size_t reserved_descriptors = 64;

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
  explicit state(const stub_options& chosen) : options(chosen), line(chosen.issue_rate), token(new_secret()) {}

  tl::expected<void, std::string> make_accounts(const pki::certificate& gateway_root) {
    for (const auto& wanted : options.accounts) {
      auto made = account::make(wanted.name, wanted.metadata_key, gateway_root, stores, system_utc_clock, like);
      if (!made)
        return tl::unexpected(std::move(made.error()));
      const auto entered = accounts.emplace(wanted.name, std::move(*made)).first;
      if (auto trusted = trust_devices_of(*entered->second, wanted.device_cas); !trusted)
        return trusted;
    }
    return {};
  }

  tl::expected<void, std::string> trust_devices_of(account& owner, const std::vector<std::string>& more) {
    const auto failed = [&](const std::string& why) {
      return tl::unexpected("a device CA of the account " + owner.name() + " is refused: " + why);
    };
    if (const auto own = trust.add(owner, owner.issuer().device_root()); !own)
      return failed(own.error().description);
    for (const auto& text : more) {
      const auto bundle = pki::certificate::bundle_from_pem(text);
      if (!bundle)
        return failed(bundle.error());
      for (const auto& one : *bundle) {
        const auto ca = read_device_ca(one.pem());
        const auto added = ca ? trust.add(owner, *ca) : tl::expected<bool, refusal>{tl::unexpect, ca.error()};
        if (!added)
          return failed(added.error().description);
      }
    }
    return {};
  }

  tl::expected<void, std::string> listen(const gateway_tls& tls) {
    auto for_devices = listener::start({"gateway", options.gateway_address, options.gateway_port, options.workers,
                                        connection_limit(), options.latency},
                                       attacked_gateway, &tls);
    if (!for_devices)
      return tl::unexpected(std::move(for_devices.error()));
    gateway = std::move(*for_devices);
    for (auto& [name, one] : accounts)
      one->devices().set_image_base(gateway_url() + "/repo/images/");
    auto for_operators =
        listener::start({"operator API", options.operator_address, options.operator_port, 1, operator_connections, {}},
                        operator_handler, nullptr);
    if (!for_operators)
      return tl::unexpected(std::move(for_operators.error()));
    operators = std::move(*for_operators);
    return {};
  }

  [[nodiscard]] std::string gateway_url() const {
    const auto& address = options.gateway_address;
    const bool is_every_address = address == "0.0.0.0" || address == "::";
    return url_of("https", is_every_address ? options.host_name : address, gateway->port()).append(like.base_path);
  }

  [[nodiscard]] std::string operator_url() const { return url_of("http", options.operator_address, operators->port()); }

  const stub_options options;
  const peculiarities& like{peculiarities_of(options.like)};
  issue_line line;
  const std::string token;
  statistics counts;
  audit_log audit{system_utc_clock};
  shared_stores stores;
  account_table accounts;
  device_trust trust;
  gateway_routes gateway_handler{trust, line, counts, audit, like};
  attack_gateway attacked_gateway{gateway_handler, counts};
  operator_routes operator_handler{accounts, trust, token, counts, audit};
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
  tls->clients = &inner->trust;
  if (auto listening = inner->listen(*tls); !listening)
    return tl::unexpected(std::move(listening.error()));
  return std::unique_ptr<server>{new server{std::move(inner)}};
}

void server::stop() {
  state_->gateway->stop();
  state_->operators->stop();
}

std::string server::gateway_url() const {
  return state_->gateway_url();
}

std::string server::operator_url() const {
  return state_->operator_url();
}

std::string server::operator_token() const {
  return state_->token;
}

bytes server::provisioning_p12(std::string_view account) const {
  const auto found = state_->accounts.find(account);
  return found == state_->accounts.end() ? bytes{} : found->second->issuer().credential();
}

tl::expected<bytes, std::string> server::credentials_zip(std::string_view account) const {
  const auto found = state_->accounts.find(account);
  if (found == state_->accounts.end())
    return tl::unexpected("there is no account named " + std::string{account});
  return credentials_archive(*found->second, gateway_url(), operator_url(), state_->like);
}

std::string server::gateway_ca() const {
  return state_->accounts.begin()->second->issuer().gateway_root().pem();
}

} // namespace otafleet::stub
