// Reads what targets say about delegations. Private to this room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "uptane/document_reader.hpp"

namespace otafleet::uptane {

/// The member `delegations` of `content`, which may be absent. As `document_reader`'s functions: false is a failure.
[[nodiscard]] bool read_delegations(document_reader& reader, const document_reader::object& content,
                                    std::map<std::string, pki::public_key>& keys, std::vector<delegation>& roles);

} // namespace otafleet::uptane
