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
  explicit document_pool(keep_sources keep = keep_sources::no);
  ~document_pool();

  [[nodiscard]] tl::expected<root_ptr, failure> root(repository repo, std::string_view text);
  [[nodiscard]] tl::expected<targets_ptr, failure> targets(repository repo, std::string_view text);
  /// `name` is only for failures: a document does not know its own, and the same text is the same document.
  [[nodiscard]] tl::expected<targets_ptr, failure> delegation(std::string_view name, std::string_view text);
  [[nodiscard]] tl::expected<snapshot_ptr, failure> snapshot(repository repo, std::string_view text);
  [[nodiscard]] tl::expected<timestamp_ptr, failure> timestamp(repository repo, std::string_view text);

  /// How many documents it looks for by their bytes; at most about twice as many as are alive, and 256.
  [[nodiscard]] std::size_t remembered() const;

private:
  struct shelves;
  keep_sources keep_;
  std::unique_ptr<shelves> shelves_;
};

} // namespace otafleet::uptane
