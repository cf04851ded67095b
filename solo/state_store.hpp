// What one device must not lose, in a file: named records that change together.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <tl/expected.hpp>

#include "solo/handles.hpp"

namespace otafleet::solo {

/// By name; the content is whatever its owner writes there.
using records = std::map<std::string, std::string>;

/// The SQLite database `state.db` in a state directory. Private keys are in it: readable by its owner alone.
///
/// A write-ahead log with `synchronous = FULL`: when `save` returns, the records are on the disk, so that neither a
/// killed process nor a power cut takes back what the backend has seen of them (a report counter, a root's version).
/// While it lives, no other process can open the same directory. Movable, not thread safe.
class state_store {
public:
  /// Makes directory (0700) and file (0600) when they are not there. Fails with a sentence that names the file and the
  /// remedy: in use, not a state of otafleet, written by a newer version, damaged, not writable.
  [[nodiscard]] static tl::expected<state_store, std::string> open(const std::filesystem::path& directory);

  /// What is on the disk.
  [[nodiscard]] const records& content() const noexcept { return content_; }

  /// Makes `wanted` the content, all of it or nothing: one transaction with the records that differ, none when none
  /// does.
  [[nodiscard]] tl::expected<void, std::string> save(records wanted);

  /// `.../state.db`, for error texts.
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

private:
  state_store() = default;

  [[nodiscard]] tl::expected<void, std::string> prepare();
  [[nodiscard]] tl::expected<void, std::string> load();
  [[nodiscard]] bool write(const records& wanted);
  [[nodiscard]] bool execute(const char* sql);
  [[nodiscard]] std::string complaint() const;

  std::filesystem::path file_;
  records content_;
  database_handle database_;
  // After the database: statements must go before it does.
  statement_handle put_;
  statement_handle remove_;
};

} // namespace otafleet::solo
