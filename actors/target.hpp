// What a run talks to: the way into each account of the backend, and how far requests may go.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "actors/device_mint.hpp"
#include "actors/operator_api.hpp"
#include "pki/bytes.hpp"
#include "pki/certificate.hpp"
#include "scenarios/model.hpp"

namespace otafleet::actors {

/// What devices are called that nobody named.
enum class device_naming {
  /// `vans-000007`: unique in a run, the same in the next one.
  by_fleet,
  /// `anxious-apfelstrudel-417`, as the real client does; when a backend knows one already the device makes up another.
  made_up,
  uuids,
};

/// How the devices and operators of one account reach their backend. Holds secrets.
struct account_access {
  /// Without a trailing slash.
  std::string gateway_url{};
  /// Empty for the gateway's own paths.
  std::string director_url{};
  std::string repo_url{};
  std::string treehub_url{};
  device_naming names = device_naming::by_fleet;
  /// What devices trade for certificates of their own; none where they are delivered with one.
  std::optional<pki::credential> shared{};
  /// Makes what devices are delivered with; null where they are not.
  std::shared_ptr<const device_mint> mint{};
  /// None: nothing is uploaded or assigned.
  std::optional<operator_access> operators{};
};

struct target {
  std::map<std::string, account_access> accounts;
  /// Our own backend, started for this run: requests carry the device they are for, so that it can check each one, and
  /// it is asked in the end what it believes of every device.
  bool is_embedded_stub = true;
  /// Requests and device starts a second at most.
  std::optional<double> max_rate;
  /// Hosts beside this machine that requests may go to, in lower case.
  std::vector<std::string> allowed_hosts;
};

/// What our own backend tells whoever started it. Holds secrets.
struct backend_access {
  std::string gateway_url;
  operator_access operators;
  /// The provisioning credential of each account, as PKCS#12 with an empty password.
  std::map<std::string, bytes> provisioning_p12;
};

/// The way into our own backend. Makes an authority for each account of `plan` whose devices are delivered with
/// certificates; the run registers it before they start.
[[nodiscard]] tl::expected<target, std::string> embedded_target(const backend_access& stub,
                                                                const scenarios::scenario& plan);

/// The way into the backend of `plan.live`, whose files are read. Fails with a sentence that names the file.
[[nodiscard]] tl::expected<target, std::string> live_target(const scenarios::scenario& plan,
                                                            const std::vector<std::string>& allowed_hosts);

/// What forbids sending load there (design section 3, rule 9): a host that is not this machine and was not allowed by
/// name, or no stated maximum rate. A sentence that says what to add; empty when nothing does.
[[nodiscard]] std::string objection_to(const target& where);

} // namespace otafleet::actors
