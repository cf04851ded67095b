// Keeps one copy of a document that many devices hold.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <tl/expected.hpp>

#include "uptane/metadata.hpp"

namespace otafleet::uptane {

/// Parses documents, and answers the same bytes with the same object for as long as some device holds it. Only parsing
/// is shared: every device still checks every signature, hash and date itself. Thread safe.
class document_pool {
public:
  document_pool();
  ~document_pool();

  [[nodiscard]] tl::expected<root_ptr, failure> root(repository repo, std::string_view text);
  [[nodiscard]] tl::expected<targets_ptr, failure> targets(repository repo, std::string_view text);
  [[nodiscard]] tl::expected<snapshot_ptr, failure> snapshot(std::string_view text);
  [[nodiscard]] tl::expected<timestamp_ptr, failure> timestamp(std::string_view text);

  /// How many documents it looks for by their bytes; at most about twice as many as are alive, and 256.
  [[nodiscard]] std::size_t remembered() const;

private:
  struct shelves;
  std::unique_ptr<shelves> shelves_;
};

} // namespace otafleet::uptane
