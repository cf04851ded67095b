// Reads JSON that somebody sent us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace otafleet::stub {

/// Parses one JSON document in UTF-8; nothing when it is not one, or is nested more than 32 deep.
[[nodiscard]] std::optional<nlohmann::json> parse_json(std::string_view text);

/// The member of an object, or null when `value` is no object or has no such member.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& value, const char* name);

/// The member when it is a string, else null.
[[nodiscard]] const std::string* text_member(const nlohmann::json& value, const char* name);

/// The member when it is an integer not below 0.
[[nodiscard]] std::optional<std::uint64_t> count_member(const nlohmann::json& value, const char* name);

/// Compact, keys sorted, pure ASCII: the canonical form as long as the texts hold no DEL character.
[[nodiscard]] std::string compact(const nlohmann::json& value);

} // namespace otafleet::stub
