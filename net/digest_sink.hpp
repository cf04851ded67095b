// A sink that keeps no byte of what it takes, only how many there were and their digests.
#pragma once

#include <cstdint>
#include <string>

#include "net/body_sink.hpp"
#include "pki/handles.hpp"

namespace otafleet::net {

/// What a real client keeps as a file in its download folder is this much of it here: a transfer that breaks off is
/// resumed, and the digests go on from where they were. Ask it between transfers only; not thread safe.
class digest_sink final : public body_sink {
public:
  digest_sink();

  [[nodiscard]] bool write(byte_view piece) override;

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// The digests of everything so far, in lower-case hexadecimal; more may follow.
  [[nodiscard]] std::string sha256() const;
  [[nodiscard]] std::string sha512() const;

  /// Forgets everything, as if the file had been deleted.
  void restart();

private:
  pki::md_context_handle sha256_;
  pki::md_context_handle sha512_;
  std::uint64_t bytes_ = 0;
};

} // namespace otafleet::net
