// A scenario as the rest of the program sees it: checked, complete, in units of the standard library.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace otafleet::scenarios {

using duration = std::chrono::nanoseconds;

// -- backend ------------------------------------------------------------------

/// The embedded backend and how it behaves.
struct stub_backend {
  /// Added to every answer.
  duration latency{0};
  /// Device certificates a second; 0 means as fast as the machine allows.
  double issue_rate = 0;
  /// Worker threads; 0 lets the stub choose.
  std::uint32_t workers = 0;
};

// -- accounts -----------------------------------------------------------------

enum class signing_key_type { ed25519, rsa_2048 };

struct account {
  std::string name;
  /// Of the roots and roles of both repositories.
  signing_key_type metadata_keys = signing_key_type::ed25519;
};

// -- fleets -------------------------------------------------------------------

enum class client_profile { aktualizr, keep_alive };
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

struct fleet {
  std::string name;
  std::string account;
  std::uint32_t devices = 0;
  std::string hardware;
  client_profile client = client_profile::aktualizr;
  uptane_key_type uptane_key = uptane_key_type::rsa_2048;
  start_plan start;
  duration poll_every = std::chrono::seconds{10};
  /// 0.2 for 20%.
  double poll_jitter = 0;
  duration install_p50{0};
  duration install_p99{0};
  bool reboots = false;
};

// -- operations ---------------------------------------------------------------

/// When an operation starts: at a time after the start of the run, once the one before it has ended.
struct at_time {
  duration after_start{};
};
/// Once this share of the fleet of the operation (all fleets where it names none) is provisioned or updated.
struct when_share {
  double share = 1;
  enum class of { provisioned, updated } what = of::provisioned;
};
/// Without either: as soon as the one before it has ended.
using moment = std::variant<std::monostate, at_time, when_share>;

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

struct operation {
  moment when;
  std::variant<upload, assign> what;
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
  stub_backend backend;
  std::map<std::string, account> accounts;
  /// In the order of the file.
  std::vector<fleet> fleets;
  std::vector<operation> operations;
  until end;
  std::vector<threshold> thresholds;
  /// The generator's own limit: the run is invalid when the p99 of the schedule lag is above it.
  duration max_schedule_lag = std::chrono::seconds{1};
};

} // namespace otafleet::scenarios
