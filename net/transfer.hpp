// One request on its way: a libcurl easy handle of its own, and what has arrived so far. Not for other rooms.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/connection_book.hpp"
#include "net/door.hpp"
#include "net/handles.hpp"
#include "net/leaf_cache.hpp"
#include "net/transport.hpp"
#include "pki/bytes.hpp"

namespace otafleet::net {

/// What transfers of one I/O thread use together.
struct workbench {
  leaf_cache& leaves;
  std::atomic<std::uint64_t>& identity_mismatches;
};

/// Made anew for every request: nothing of one device can be left in it for the next. Not thread safe; not movable,
/// because libcurl holds its address.
class transfer {
public:
  transfer(request what, reply_handler done);
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;
  ~transfer() = default;

  // -- life -------------------------------------------------------------------

  /// Makes the handle. False when the request cannot be sent, and `finish` then says why. `book` and `bench` must
  /// outlive this and every connection that it opens.
  [[nodiscard]] bool prepare(connection_book& book, workbench bench);

  /// Describes the end. Call once, with the CURLcode, while the handle still belongs to its multi.
  [[nodiscard]] reply finish(int curl_code);

  /// A reply for a request that never started or was stopped.
  [[nodiscard]] reply refuse(failure why, std::string detail) const;

  /// Hands the reply over; call once, last. The sink is let go first: whoever hears the reply has it to himself.
  void answer(reply with) {
    request_.sink.reset();
    done_(std::move(with));
  }

  // -- questions --------------------------------------------------------------

  [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
  [[nodiscard]] device_index device() const noexcept { return request_.device; }
  [[nodiscard]] connection_policy policy() const noexcept { return request_.connection; }
  /// The socket of a connection that outlived the transfer, for `fresh` only; call between `finish` and the handle's
  /// removal.
  [[nodiscard]] std::optional<int> surviving_socket() const;
  [[nodiscard]] speaker who() const noexcept;
  /// Method and URL: what a retry has in common with the first try.
  [[nodiscard]] std::string what() const;
  /// The number of its connection in the book.
  [[nodiscard]] std::uint32_t scope() const noexcept { return scope_; }

private:
  /// Empty when the request can be sent.
  [[nodiscard]] std::string_view unsound() const;
  void set_options();
  void set_body();
  void set_limits();
  void set_connection(connection_book& book);
  void set_callbacks(connection_book& book);

  // libcurl's callbacks
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_ssl_context(CURL* easy, void* context, void* self);
  static int on_request(void* self, char* remote, char* local, int remote_port, int local_port);
  static int on_socket_closed(void* book, int socket);
  struct address;

  std::size_t take_header(std::string_view line);
  /// Whether the place that a Location names may be gone to; libcurl's own parser resolves it.
  [[nodiscard]] bool may_follow(std::string_view location);
  std::size_t take_body(byte_view piece);

  request request_;
  reply_handler done_;
  std::chrono::steady_clock::time_point accepted_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point started_{};
  easy_handle easy_;
  list_handle headers_;
  connection_book* book_ = nullptr;
  std::optional<workbench> bench_;

  reply reply_;
  std::uint32_t scope_ = 0;
  std::size_t header_bytes_ = 0;
  /// Why one of the callbacks stopped the transfer; libcurl would only say that one did.
  failure stopped_ = failure::none;
  bool survives_ = false;
  /// Of the last status line.
  int last_status_ = 0;
  std::string objection_;
  std::array<char, 256> words_{}; // CURL_ERROR_SIZE
};

} // namespace otafleet::net
