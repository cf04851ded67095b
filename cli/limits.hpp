// The limits that the system puts on this process.
#pragma once

namespace otafleet::cli {

/// Raises the number of open descriptors to what the system allows: every connection is one.
void raise_descriptor_limit() noexcept;

} // namespace otafleet::cli
