// A request and its answer as the routes see them: no sockets, no HTTP library.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otafleet::stub {

enum class verb { get, head, put, post, patch, erase, other };

/// Text or content that many answers send from one place.
using shared_text = std::shared_ptr<const std::string>;

/// The views point into the connection's own buffers and last as long as the request is being answered.
struct request {
  verb method = verb::get;
  /// Path and query as they were sent, percent-encoded.
  std::string_view target;
  std::string_view content_type;
  std::optional<std::string_view> range;
  std::string_view authorization;
  /// `x-ats-namespace`: an operator's account.
  std::string_view account;
  /// `X-Otafleet-Device`: the device that the request claims to be for.
  std::optional<std::string_view> claimed_device;
  /// `x-ats-ostree-force: true`: a ref moves wherever it is told to.
  bool force = false;
  /// Owned, so that an uploaded image moves from here to where it stays.
  std::string body;
  /// What `http_handler::admit` found out, for `handle`: which route this is, and its path as the route knows it.
  std::uint8_t route = 0;
  std::string path;
};

struct answer {
  unsigned status = 200;
  /// Of static storage; empty for none.
  std::string_view content_type = "application/json";
  std::string body;
  /// When set, `length` bytes of it from `offset` are the body; never copied.
  shared_text shared_body;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// The body is already in HTTP's chunks, but the last one never comes: the connection ends instead.
  bool is_endless = false;
  /// HEAD: announce the body, do not send it.
  bool without_body = false;
  /// Names of static storage.
  std::vector<std::pair<std::string_view, std::string>> headers;
  /// The answer waits until then; no thread does.
  std::chrono::steady_clock::time_point not_before{};

  [[nodiscard]] static answer json(unsigned status, std::string text) {
    answer result;
    result.status = status;
    result.body = std::move(text);
    return result;
  }

  [[nodiscard]] static answer empty(unsigned status) {
    answer result;
    result.status = status;
    result.content_type = {};
    return result;
  }

  [[nodiscard]] static answer shared(shared_text text) {
    answer result;
    result.length = text->size();
    result.shared_body = std::move(text);
    return result;
  }

  [[nodiscard]] std::uint64_t body_size() const noexcept { return shared_body ? length : body.size(); }
};

} // namespace otafleet::stub
