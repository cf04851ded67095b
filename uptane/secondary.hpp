// What a virtual secondary verifies itself of the metadata that its primary sends (protocol.md sections 9.4 step 4 and
// 9.10).
#pragma once

#include <string_view>

#include "uptane/target.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {

/// A secondary's own view of both repositories.
struct secondary_trust {
  director_trust director;
  image_trust image;

  /// Judges what the primary holds against the secondary's own roots, completely, and then whether its target is in
  /// both lists: the Director's list has one for this ECU, and the Image repository's top-level targets have the same.
  /// What is accepted before something is rejected stays.
  [[nodiscard]] verdict put_metadata(const director_trust& from_director, const image_trust& from_image,
                                     std::string_view serial, std::string_view hardware_id, judge& by);

  /// The target that the Director's list gives to the ECU `serial`, or null. Lives as long as that list is stored.
  [[nodiscard]] const target* assigned(std::string_view serial) const;
};

} // namespace otafleet::uptane
