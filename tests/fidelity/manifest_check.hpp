// An independent judge of a vehicle's manifests: it shares no code with the device that makes them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pki/key.hpp"

namespace otafleet::fidelity {

/// The key id that the real client gives a public key: SHA-256 over it as a JSON string, without newlines at the end
/// (wire-trace.md, first facts).
[[nodiscard]] std::string key_id_of(std::string text);

/// The keys that a registration names, by ECU serial. Empty when it is none.
[[nodiscard]] std::map<std::string, pki::public_key> keys_in_registration(std::string_view body);

/// Each signature of a manifest that does not hold, as a sentence.
[[nodiscard]] std::vector<std::string> bad_signatures(std::string_view manifest,
                                                      const std::map<std::string, pki::public_key>& keys);

} // namespace otafleet::fidelity
