// POST /user_repo/targets/<file>: an image that the backend vouches for and somebody else keeps (protocol.md section
// 10.2), such as an OSTree commit.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "server-stub/image_repository.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

struct unmanaged_target {
  image_details details;
  content_elsewhere content;
};

/// Reads the body for the target `filename`: `checksum` (of method sha256), `length`, `name`, `version`, `hardwareIds`
/// and, if they are there, `uri` (http or https) and `targetFormat`. Fails with 400 `invalid_entity`.
[[nodiscard]] tl::expected<unmanaged_target, refusal> read_unmanaged_target(std::string filename,
                                                                            std::string_view body);

} // namespace otafleet::stub
