// The answer that carries an image: whole, or the part that a client asks for to resume its download.
#pragma once

#include "server-stub/message.hpp"

namespace otafleet::stub {

/// 200 with everything, 206 with the bytes of `asked.range`, or 416. `content` must not be null.
[[nodiscard]] answer image_answer(shared_text content, const request& asked);

} // namespace otafleet::stub
