// Owners of SQLite's objects; the only place of this room that names their free functions.
#pragma once

#include <memory>

struct sqlite3;
struct sqlite3_stmt;

namespace otafleet::solo {

struct sqlite_deleter {
  void operator()(sqlite3* database) const noexcept;
  void operator()(sqlite3_stmt* statement) const noexcept;
};

using database_handle = std::unique_ptr<sqlite3, sqlite_deleter>;
using statement_handle = std::unique_ptr<sqlite3_stmt, sqlite_deleter>;

} // namespace otafleet::solo
