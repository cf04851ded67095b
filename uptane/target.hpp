// A target: one image, and which ECUs are to run it (Director) or may (Image repository).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "uptane/terms.hpp"

namespace otafleet::uptane {

struct target_hashes {
  /// Lower-case hexadecimal, empty when the metadata gives none; at least one is set.
  std::string sha256;
  std::string sha512;

  friend bool operator==(const target_hashes&, const target_hashes&) = default;
};

struct target {
  std::string filename;
  std::uint64_t length = 0;
  target_hashes hashes;
  /// `OSTREE`, `BINARY` or empty.
  std::string format;
  /// Where to fetch it from; empty means from the Image repository (`https://example.com/` counts as empty).
  std::string uri;
  /// Image repository: the hardware it may run on.
  std::vector<std::string> hardware_ids;
  /// Director: ECU serial to hardware id.
  std::map<std::string, std::string> ecus;

  /// Format OSTREE, or no format and length 0 (protocol.md section 4.7).
  [[nodiscard]] bool is_ostree() const noexcept;
};

/// aktualizr's `Target::MatchTarget` (protocol.md section 5.2): same filename and length, one common hash and no
/// contradicting one, and hardware that fits.
[[nodiscard]] bool matches(const target& a, const target& b);

/// The path below `REPO/targets/`: `A-Z a-z 0-9 - . _ ~ /` kept, everything else as %XX (protocol.md section 7.1).
[[nodiscard]] std::string url_encoded(std::string_view filename);

} // namespace otafleet::uptane
