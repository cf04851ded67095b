// Which document something is said of. Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "uptane/failure.hpp"

namespace otafleet::uptane {

struct subject {
  repository repo;
  /// `targets` for a delegation's.
  role of;
  /// The delegation's name, else empty; must outlive the subject.
  std::string_view delegation = {};

  [[nodiscard]] std::string_view name() const noexcept { return delegation.empty() ? to_string(of) : delegation; }

  [[nodiscard]] failure wrong(failure_code code, std::string detail) const {
    return failure{code, repo, of, std::move(detail), std::string{delegation}};
  }
};

} // namespace otafleet::uptane
