// Owners of libcurl objects and file descriptors, without libcurl's header. Not for other rooms.
#pragma once

#include <memory>
#include <utility>

typedef void CURL;
typedef void CURLM;
struct curl_slist;

namespace otafleet::net {

struct curl_deleter {
  void operator()(CURL* easy) const noexcept;
  void operator()(curl_slist* list) const noexcept;
};

struct curl_multi_deleter {
  void operator()(CURLM* multi) const noexcept;
};

using easy_handle = std::unique_ptr<CURL, curl_deleter>;
using multi_handle = std::unique_ptr<CURLM, curl_multi_deleter>;
using list_handle = std::unique_ptr<curl_slist, curl_deleter>;

/// A file descriptor that is closed when it goes; -1 when there is none.
class descriptor {
public:
  explicit descriptor(int value = -1) noexcept : value_(value) {}
  descriptor(descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~descriptor();

  [[nodiscard]] int get() const noexcept { return value_; }

private:
  int value_;
};

} // namespace otafleet::net
