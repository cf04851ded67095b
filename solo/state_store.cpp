#include "solo/state_store.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace otafleet::solo {

namespace {

/// `OTFL`: what says that an SQLite file is a state of otafleet.
constexpr int application_id = 0x4F54464C;
constexpr int layout_version = 1;

/// Far beyond the longest record, an Image targets of 8 MiB.
constexpr int max_record_bytes = 64 * 1024 * 1024;

/// A process that was just killed may hold its lock for a moment.
constexpr int lock_patience_ms = 200;

[[nodiscard]] std::string words_of(int error) {
  return std::generic_category().message(error);
}

/// An existing directory keeps its mode: it is the user's, and the file in it is private by itself.
[[nodiscard]] tl::expected<void, std::string> make_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  if (std::filesystem::is_directory(directory, failed))
    return {};
  if (const auto parent = directory.parent_path(); !parent.empty())
    std::filesystem::create_directories(parent, failed);
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return tl::unexpected("cannot make the state directory " + directory.string() + ": " + words_of(errno) +
                          "; choose another one");
  return {};
}

/// SQLite would make it readable by everyone that the umask lets.
[[nodiscard]] tl::expected<void, std::string> make_private(const std::filesystem::path& file) {
  if (const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
      made >= 0) {
    ::close(made);
    return {};
  }
  if (errno != EEXIST)
    return tl::unexpected("cannot make " + file.string() + ": " + words_of(errno) + "; choose another state directory");
  struct stat found {};
  // Not opened to look at it: closing it would drop the locks that this process may hold on it (POSIX).
  if (::lstat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode))
    return tl::unexpected(file.string() + " is not a file; move it away or choose another state directory");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0)
    return tl::unexpected("cannot make " + file.string() + " private: " + words_of(errno) +
                          "; it holds keys, so make it yours (chmod 600) or choose another state directory");
  return {};
}

[[nodiscard]] std::string damaged(const std::filesystem::path& file, std::string_view why) {
  return file.string() + " is damaged (" + std::string{why} +
         "); restore it from a copy, or move it away to begin as a new device";
}

[[nodiscard]] statement_handle prepared(sqlite3* database, const char* sql) {
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(database, sql, -1, &made, nullptr);
  return statement_handle{made};
}

/// The number that a `PRAGMA name` says; -1 when it says nothing.
[[nodiscard]] int number(sqlite3* database, const char* pragma) {
  const auto asked = prepared(database, pragma);
  return asked != nullptr && sqlite3_step(asked.get()) == SQLITE_ROW ? sqlite3_column_int(asked.get(), 0) : -1;
}

[[nodiscard]] bool bind_text(sqlite3_stmt* statement, int place, const std::string& text) {
  return sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
}

[[nodiscard]] bool run_once(sqlite3_stmt* statement) {
  const bool done = sqlite3_step(statement) == SQLITE_DONE;
  return sqlite3_reset(statement) == SQLITE_OK && done;
}

} // namespace

void sqlite_deleter::operator()(sqlite3* database) const noexcept {
  // The variant that waits for statements which are still there.
  sqlite3_close_v2(database);
}

void sqlite_deleter::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

tl::expected<state_store, std::string> state_store::open(const std::filesystem::path& directory) {
  state_store made;
  made.file_ = directory / "state.db";
  if (auto ready = make_directory(directory); !ready)
    return tl::unexpected(std::move(ready.error()));
  if (auto ready = make_private(made.file_); !ready)
    return tl::unexpected(std::move(ready.error()));

  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(made.file_.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  made.database_.reset(opened);
  if (result != SQLITE_OK)
    return tl::unexpected(made.complaint());
  if (auto ready = made.prepare(); !ready)
    return tl::unexpected(std::move(ready.error()));
  if (auto ready = made.load(); !ready)
    return tl::unexpected(std::move(ready.error()));
  return made;
}

tl::expected<void, std::string> state_store::prepare() {
  auto* const database = database_.get();
  sqlite3_busy_timeout(database, lock_patience_ms);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, max_record_bytes);
  // Exclusive before the log is first used: no shared memory file, and the lock is never let go.
  if (!execute("PRAGMA locking_mode = EXCLUSIVE") || !execute("PRAGMA trusted_schema = OFF"))
    return tl::unexpected(complaint());

  // Asked before anything is written: the file may be somebody else's.
  const auto application = number(database, "PRAGMA application_id");
  const auto layout = number(database, "PRAGMA user_version");
  if (application < 0 || layout < 0)
    return tl::unexpected(complaint());
  const bool is_new = application == 0 && layout == 0 && number(database, "SELECT count(*) FROM sqlite_master") == 0;
  if (!is_new && application != application_id)
    return tl::unexpected(file_.string() + " is not a device's state; choose another state directory");
  if (layout > layout_version)
    return tl::unexpected(file_.string() + " was written by a newer version of otafleet (layout " +
                          std::to_string(layout) + ", this one knows " + std::to_string(layout_version) +
                          "); update otafleet or choose another state directory");

  // Keys that are replaced do not stay behind in free pages.
  if (!execute("PRAGMA journal_mode = WAL") || !execute("PRAGMA synchronous = FULL") ||
      !execute("PRAGMA secure_delete = ON") || !execute("BEGIN EXCLUSIVE"))
    return tl::unexpected(complaint());
  if (is_new && (!execute("CREATE TABLE record (name TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL)") ||
                 !execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str()) ||
                 !execute(("PRAGMA user_version = " + std::to_string(layout_version)).c_str())))
    return tl::unexpected(complaint());
  if (!execute("COMMIT"))
    return tl::unexpected(complaint());
  return {};
}

tl::expected<void, std::string> state_store::load() {
  const auto rows = prepared(database_.get(), "SELECT name, content FROM record");
  if (rows == nullptr)
    return tl::unexpected(damaged(file_, sqlite3_errmsg(database_.get())));
  int result = SQLITE_ROW;
  while ((result = sqlite3_step(rows.get())) == SQLITE_ROW) {
    const auto text = [&](int column) {
      const auto* const start = static_cast<const char*>(sqlite3_column_blob(rows.get(), column));
      const auto length = static_cast<std::size_t>(sqlite3_column_bytes(rows.get(), column));
      return start == nullptr ? std::string{} : std::string{start, length};
    };
    content_.emplace(text(0), text(1));
  }
  if (result != SQLITE_DONE)
    return tl::unexpected(complaint());
  put_ = prepared(database_.get(), "INSERT INTO record (name, content) VALUES (?1, ?2) "
                                   "ON CONFLICT (name) DO UPDATE SET content = excluded.content");
  remove_ = prepared(database_.get(), "DELETE FROM record WHERE name = ?1");
  if (put_ == nullptr || remove_ == nullptr)
    return tl::unexpected(damaged(file_, sqlite3_errmsg(database_.get())));
  return {};
}

tl::expected<void, std::string> state_store::save(records wanted) {
  if (wanted == content_)
    return {};
  if (!execute("BEGIN IMMEDIATE"))
    return tl::unexpected(complaint());
  if (!write(wanted) || !execute("COMMIT")) {
    auto why = complaint();
    static_cast<void>(execute("ROLLBACK"));
    return tl::unexpected(std::move(why));
  }
  content_ = std::move(wanted);
  return {};
}

bool state_store::write(const records& wanted) {
  for (const auto& [name, content] : wanted) {
    const auto old = content_.find(name);
    if (old != content_.end() && old->second == content)
      continue;
    if (!bind_text(put_.get(), 1, name) || !bind_text(put_.get(), 2, content) || !run_once(put_.get()))
      return false;
  }
  for (const auto& [name, content] : content_)
    if (!wanted.contains(name) && (!bind_text(remove_.get(), 1, name) || !run_once(remove_.get())))
      return false;
  return true;
}

bool state_store::execute(const char* sql) {
  return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::string state_store::complaint() const {
  if (database_ == nullptr)
    return "cannot open " + file_.string() + ": out of memory";
  const std::string words = sqlite3_errmsg(database_.get());
  switch (sqlite3_errcode(database_.get())) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return file_.string() +
           " is in use by another process; let that one end, or give this device a state directory of its own";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return damaged(file_, words);
  case SQLITE_FULL:
    return "cannot write " + file_.string() + ": the disk is full; free some space and start again";
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return "cannot write " + file_.string() + " (" + words +
           "); make it and its directory writable for this user, or choose another state directory";
  default:
    return "cannot use " + file_.string() + " (" + words + "); check the disk, or choose another state directory";
  }
}

} // namespace otafleet::solo
