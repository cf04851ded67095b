// The backend's operator API, as requests to build and answers to read (protocol.md sections 10.2 and 10.6, and the
// embedded backend's own /otafleet/v1). Pure: sending is the caller's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "net/transport.hpp"

namespace otafleet::actors {

/// Where the operator API is and by what right it is used. The token is a secret; empty where none is asked for.
struct operator_access {
  std::string url;
  std::string token;
};

struct image_facts {
  std::string filename;
  std::string sha256;
  std::uint64_t length = 0;
};

/// A reproducible image: the same seed and name give the same bytes.
[[nodiscard]] std::string make_image(std::uint64_t seed, std::string_view name, std::uint64_t size_bytes);

/// The operators' own place among the transport's devices; no device has it.
inline constexpr net::device_index operators_index{0xffff'fffe};

// -- requests -----------------------------------------------------------------

[[nodiscard]] net::request upload_request(const operator_access& access, std::string_view account,
                                          std::string_view filename, const std::vector<std::string>& hardware_ids,
                                          std::string content);
/// The image for every ECU of one of these hardware ids.
[[nodiscard]] net::request multi_target_update_request(const operator_access& access, std::string_view account,
                                                       const std::vector<std::string>& hardware_ids,
                                                       const image_facts& image);
[[nodiscard]] net::request assignment_request(const operator_access& access, std::string_view account,
                                              std::string_view update_id, std::string_view correlation_id,
                                              const std::vector<std::string>& device_ids);
/// The embedded backend's own: new keys for these roles of `director` or `image`.
[[nodiscard]] net::request rotation_request(const operator_access& access, std::string_view account,
                                            std::string_view repository, const std::vector<std::string>& roles);
/// The embedded backend's own: attack the account's devices, or none when `kind` is empty.
[[nodiscard]] net::request attack_request(const operator_access& access, std::string_view account,
                                          std::string_view kind);
/// The embedded backend's own: accept devices that this authority vouches for.
[[nodiscard]] net::request device_ca_request(const operator_access& access, std::string_view account,
                                             std::string certificate_pem);
[[nodiscard]] net::request status_request(const operator_access& access);
/// A page of at most 1,000 devices after `after` (empty for the first).
[[nodiscard]] net::request devices_request(const operator_access& access, std::string_view account,
                                           std::string_view after);

// -- answers ------------------------------------------------------------------

/// A sentence about a failed answer: what was asked, the status, the server's own words. Empty when it succeeded.
[[nodiscard]] std::string complaint(std::string_view what, const net::reply& answer);

/// A JSON string, as ids come back.
[[nodiscard]] tl::expected<std::string, std::string> read_id(const net::reply& answer);
/// A JSON array of strings.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> read_ids(const net::reply& answer);

/// What the embedded backend counted of one kind of attack on one account.
struct attack_counts {
  /// Answers with the attack in them.
  std::uint64_t served = 0;
  /// Devices that got one, and those that took it for good.
  std::uint64_t devices = 0;
  std::uint64_t accepted = 0;
};

struct backend_status {
  std::uint64_t requests_checked = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t manifests_accepted = 0;
  std::uint64_t manifests_refused = 0;
  double cpu_seconds = 0;
  std::uint64_t peak_rss_bytes = 0;
  /// By account and kind.
  std::map<std::string, std::map<std::string, attack_counts>> attacks;
};
[[nodiscard]] tl::expected<backend_status, std::string> read_status(const net::reply& answer);

/// What the backend believes of one device.
struct backend_device {
  std::string device_id;
  bool registered = false;
  /// Of the primary ECU's last accepted report; empty before the first.
  std::string filepath;
  std::string sha256;
  std::string assignment;
};
struct backend_page {
  std::vector<backend_device> devices;
  /// Empty on the last page.
  std::string next;
};
[[nodiscard]] tl::expected<backend_page, std::string> read_devices(const net::reply& answer);

} // namespace otafleet::actors
