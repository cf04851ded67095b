// A scenario as the rest of the program sees it: checked, complete, in units of the standard library.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace otafleet::scenarios {

using duration = std::chrono::nanoseconds;

// -- backend ------------------------------------------------------------------

/// Whose peculiarities a gateway has (docs/live-backends.md).
enum class likeness { here, ota_ce, airbotics };

/// The embedded backend and how it behaves.
struct stub_backend {
  likeness like = likeness::here;
  /// Added to every answer.
  duration latency{0};
  /// Device certificates a second; 0 means as fast as the machine allows.
  double issue_rate = 0;
  /// Worker threads; 0 lets the stub choose.
  std::uint32_t workers = 0;
};

/// A credentials.zip (protocol.md section 1.1): what devices trade for certificates of their own.
struct credentials_archive {
  std::filesystem::path file;
};
/// What one pre-loaded device holds: root.crt, client.pem, pkey.pem, gateway.url (protocol.md section 2.1).
struct import_directory {
  std::filesystem::path directory;
};
/// The authority that vouches for pre-loaded devices, to make their certificates with.
struct device_ca_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
  /// Whom the devices trust at the gateway.
  std::filesystem::path server_ca;
};

struct live_operator {
  std::string url;
  /// A secret; empty for an API that asks for none.
  std::string token;
};

/// How one account of a live backend is reached.
struct live_account {
  likeness like = likeness::here;
  /// Without a trailing slash; empty when it comes with the credentials.
  std::string gateway;
  /// Appended to a gateway URL that has no path of its own.
  std::string base_path;
  /// Empty for the gateway's own paths (protocol.md section 0.2).
  std::string director_url;
  std::string repo_url;
  std::string treehub_url;
  std::variant<credentials_archive, import_directory, device_ca_files> access;
  std::optional<live_operator> operators;
  bool uuid_device_ids = false;
};

/// A backend that somebody else runs.
struct live_backend {
  /// Requests and device starts a second at most; none without a limit, which only loopback may have.
  std::optional<double> max_rate;
  std::map<std::string, live_account> accounts;
};

// -- accounts -----------------------------------------------------------------

enum class signing_key_type { ed25519, rsa_2048 };

/// Whose authority vouches for devices: the backend's, or one that the run makes and registers.
enum class device_authority { generated, own };

struct account {
  std::string name;
  /// Of the roots and roles of both repositories.
  signing_key_type metadata_keys = signing_key_type::ed25519;
  /// None: what the account's fleets need.
  std::optional<device_authority> device_ca{};
};

// -- fleets -------------------------------------------------------------------

enum class provisioning { shared_credentials, device_credentials };
enum class package_manager { none, ostree };
enum class uptane_key_type { ed25519, rsa_2048, rsa_3072, rsa_4096 };

struct start_at_once {};
/// Evenly over `over`.
struct start_ramp {
  duration over{};
};
/// `per_second` devices a second.
struct start_rate {
  double per_second = 0;
};
using start_plan = std::variant<start_at_once, start_ramp, start_rate>;

/// A virtual secondary of each device.
struct secondary {
  std::string hardware;
  uptane_key_type key = uptane_key_type::rsa_2048;
  /// Share of its installations that fail.
  double install_fails = 0;
};

struct fleet {
  std::string name;
  std::string account;
  std::uint32_t devices = 0;
  std::string hardware;
  /// Name of a client profile.
  std::string client = "aktualizr";
  provisioning provisioned_by = provisioning::shared_credentials;
  package_manager pacman = package_manager::none;
  uptane_key_type uptane_key = uptane_key_type::rsa_2048;
  start_plan start;
  duration poll_every = std::chrono::seconds{10};
  /// 0.2 for 20%.
  double poll_jitter = 0;
  duration install_p50{0};
  duration install_p99{0};
  /// Share of the primary's installations that fail.
  double install_fails = 0;
  bool reboots = false;
  std::vector<secondary> secondaries;
};

// -- operations ---------------------------------------------------------------

/// When an operation starts: at a time after the start of the run, once the one before it has ended.
struct at_time {
  duration after_start{};
};
/// Once this share of the fleet of the operation (of the account's fleets for a fault, of all where none is named) is
/// provisioned or updated.
struct when_share {
  double share = 1;
  enum class of { provisioned, updated } what = of::provisioned;
};
/// Once the last of the scenario's faults has ended.
struct when_faults_over {};
/// Without either: as soon as the one before it has ended.
using moment = std::variant<std::monostate, at_time, when_share, when_faults_over>;

struct upload {
  std::string image;
  std::uint64_t size_bytes = 0;
  std::string account;
  std::vector<std::string> hardware;
};

struct assign {
  std::string image;
  std::string fleet;
  /// Growing shares of the fleet, the last one 1: {0.01, 0.1, 1}; one entry of 1 means all at once.
  std::vector<double> waves{1.0};
  /// Between two waves.
  duration wave_interval{0};
};

enum class repository { director, image };

/// New signing keys for a repository.
struct rotate {
  std::string account;
  repository of = repository::image;
  /// Names of roles: root, targets.
  std::vector<std::string> roles;
};

struct operation {
  moment when;
  std::variant<upload, assign, rotate> what;
};

// -- faults -------------------------------------------------------------------

/// The backend serves an account what its devices must refuse. Faults of one account follow each other: one begins at
/// its moment, but not before the one before it has ended.
struct attack {
  /// `rollback`, `freeze`, ...; the embedded backend knows them by these names.
  std::string kind;
  std::string account;
  moment when;
  /// None: until every device of the account has refused it.
  std::optional<duration> lasts;
};

// -- end and judgement --------------------------------------------------------

struct until {
  enum class goal { provisioned, updated, time } all = goal::updated;
  duration at_most = std::chrono::minutes{10};
};

/// `provisioning.response: p99 < 2s` and the like.
struct threshold {
  /// `provisioning.response`, `updates.success`, ...: what is measured.
  std::string name;
  /// As the user wrote it: `p99 < 2s`.
  std::string expression;
  /// `p50`, `p90`, `p99`, `p99.9`, `avg`, `max`, or empty for a value that is one number.
  std::string statistic;
  enum class comparison { less, less_equal, greater, greater_equal, equal } compare = comparison::less;
  /// Seconds for a time, 0..1 for a share, else a plain number.
  double bound = 0;
};

struct scenario {
  std::string name;
  std::string description;
  std::uint64_t seed = 1;
  /// What the embedded backend is like; without meaning when there is a live one.
  stub_backend backend;
  std::optional<live_backend> live;
  std::map<std::string, account> accounts;
  /// In the order of the file.
  std::vector<fleet> fleets;
  std::vector<operation> operations;
  std::vector<attack> attacks;
  until end;
  std::vector<threshold> thresholds;
  /// The generator's own limit: the run is invalid when the p99 of the schedule lag is above it.
  duration max_schedule_lag = std::chrono::seconds{1};
};

} // namespace otafleet::scenarios
