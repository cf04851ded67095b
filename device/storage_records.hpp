// A device's memory as named texts, for whoever keeps it on disk.
#pragma once

#include <map>
#include <string>

#include <tl/expected.hpp>

#include "device/storage.hpp"
#include "uptane/judge.hpp"

namespace otafleet::device {

/// `state` holds the small things as one JSON object, `events` the waiting events; each metadata document is a record
/// of its own under its place: `director/1.root.json`, `image/targets.json`, `secondary-0/image/snapshot.json`. A step
/// changes few of them.
///
/// Documents are only in it when the machine's pool keeps sources.
[[nodiscard]] std::map<std::string, std::string> to_records(const storage& remembered);

/// The other way. Records under other names are passed over; none at all are a new device. Fails with one sentence that
/// names the record when one does not hold what `to_records` writes, or was written by a newer version. Signatures and
/// dates are not judged again: the machine does that before it uses a document.
[[nodiscard]] tl::expected<storage, std::string> from_records(const std::map<std::string, std::string>& found,
                                                              uptane::judge& by);

} // namespace otafleet::device
