// The words of Uptane that every file of this room uses.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace otafleet::uptane {

enum class repository { director, image };
enum class role { root, targets, snapshot, timestamp };

/// `director`, `image`: the metric label.
[[nodiscard]] std::string_view to_string(repository which) noexcept;
/// `root`, `targets`, ...: also the file name without `.json`.
[[nodiscard]] std::string_view to_string(role which) noexcept;

/// An instant as Uptane writes it: exactly `YYYY-MM-DDTHH:MM:SSZ` (protocol.md section 4.1). Compares like the text it
/// came from.
class utc_time {
public:
  /// Fails on any other length, separator, or a field out of range.
  [[nodiscard]] static tl::expected<utc_time, std::string> parse(std::string_view text);
  /// Clamped to the years 0000 to 9999, which is all that the text can say.
  [[nodiscard]] static utc_time from_unix_seconds(std::int64_t seconds) noexcept;

  [[nodiscard]] std::int64_t unix_seconds() const noexcept { return seconds_; }
  [[nodiscard]] std::string text() const;

  friend bool operator==(const utc_time&, const utc_time&) = default;
  friend std::strong_ordering operator<=>(const utc_time& a, const utc_time& b) noexcept {
    return a.seconds_ <=> b.seconds_;
  }

private:
  explicit utc_time(std::int64_t seconds) noexcept : seconds_(seconds) {}

  std::int64_t seconds_;
};

} // namespace otafleet::uptane
