// Why a request is refused, and the JSON that says so (protocol.md section 0.5).
#pragma once

#include <string>
#include <string_view>

#include "server-stub/message.hpp"

namespace otafleet::stub {

struct refusal {
  unsigned status = 400;
  /// Of static storage: `invalid_entity`, `ecu_not_primary`, ...
  std::string_view code;
  /// For a person.
  std::string description;
};

/// `{"cause":null,"code":...,"description":...,"errorId":<random UUID>}` with the refusal's status.
[[nodiscard]] answer to_answer(const refusal& why);

/// What a connection says to a request that it cannot even read: 400, 408, 413 or 431, and 500 when memory is short.
[[nodiscard]] refusal connection_refusal(unsigned status);

/// A random UUID of version 4, lower case.
[[nodiscard]] std::string random_uuid();

/// 8-4-4-4-12 hexadecimal digits of either case.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;

} // namespace otafleet::stub
