#include "net/transfer.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <strings.h>
#include <utility>

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/outcome.hpp"

namespace otafleet::net {
namespace {

constexpr std::size_t max_header_bytes = 64 * 1024;
constexpr long max_redirects = 10;                   // protocol.md section 0.4
constexpr long low_speed_bytes = 5000;               // the same
constexpr long practically_never = 10 * 86'400'000L; // milliseconds; 0 would mean libcurl's own default
constexpr long longest_idle_seconds = 24 * 3600;

static_assert(CURL_ERROR_SIZE == 256);

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  // Only two things can go wrong here: want of memory, and an option that this libcurl was built without.
  if (curl_easy_setopt(easy, option, value) != CURLE_OK)
    throw std::bad_alloc{};
}

void append(list_handle& list, const std::string& line) {
  auto* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr)
    throw std::bad_alloc{};
  static_cast<void>(list.release()); // the same list, or the empty one
  list.reset(longer);
}

bool has_line_break(std::string_view text) noexcept {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) != text.npos;
}

long milliseconds_of(std::chrono::milliseconds limit) noexcept {
  return limit.count() <= 0 ? practically_never : std::min<long>(limit.count(), practically_never);
}

std::chrono::microseconds clock_of(CURL* easy, CURLINFO which) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, which, &value);
  return std::chrono::microseconds{value};
}

/// The three digits of a status line, or 0.
int status_in(std::string_view line) noexcept {
  const auto space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == line.npos || line.size() < space + 4)
    return 0;
  int status = 0;
  for (const char digit : line.substr(space + 1, 3)) {
    if (digit < '0' || digit > '9')
      return 0;
    status = status * 10 + (digit - '0');
  }
  return status;
}

} // namespace

transfer::transfer(request what, reply_handler done) : request_(std::move(what)), done_(std::move(done)) {}

speaker transfer::who() const noexcept {
  return {request_.device, request_.as == nullptr ? 0 : request_.as->serial()};
}

std::string transfer::what() const {
  return std::to_string(static_cast<int>(request_.verb)) + ' ' + request_.url;
}

// -- setting up -----------------------------------------------------------------

bool transfer::prepare(connection_book& book, workbench bench) {
  started_ = std::chrono::steady_clock::now();
  if (objection_ = unsound(); !objection_.empty())
    return false;
  easy_.reset(curl_easy_init());
  if (easy_ == nullptr)
    throw std::bad_alloc{};
  book_ = &book;
  bench_.emplace(bench);
  set_options();
  set_body();
  set_limits();
  set_connection(book);
  set_callbacks(book);
  return true;
}

std::string_view transfer::unsound() const {
  if (has_line_break(request_.user_agent) || has_line_break(request_.content_type) ||
      std::ranges::any_of(request_.headers, has_line_break))
    return "a header of the request has a line break in it";
  // Of a PUT or POST libcurl would leave out the first part of the body.
  if (request_.resume_from > 0 && request_.verb != method::get)
    return "only a GET can be resumed";
  return {};
}

void transfer::set_options() {
  auto* const easy = easy_.get();
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_ERRORBUFFER, words_.data());
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L); // a slow resolver must not hold up the other devices of this thread
  set(easy, CURLOPT_URL, request_.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 1L);
  set(easy, CURLOPT_MAXREDIRS, max_redirects);
  set(easy, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_301));
  set(easy, CURLOPT_PROXY, ""); // whatever the environment says: the load goes where the scenario says
  if (!request_.user_agent.empty())
    set(easy, CURLOPT_USERAGENT, request_.user_agent.c_str());
}

void transfer::set_body() {
  auto* const easy = easy_.get();
  for (const auto& line : request_.headers)
    append(headers_, line);
  if (request_.verb != method::get) {
    // An empty value takes out the Content-Type that libcurl would make up.
    append(headers_, request_.content_type.empty() ? "Content-Type:" : "Content-Type: " + request_.content_type);
    append(headers_, "Expect:");
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request_.body.data()); // not copied: the request lives as long as the handle
    if (request_.verb == method::put)
      set(easy, CURLOPT_CUSTOMREQUEST, "PUT");
  }
  if (headers_ != nullptr)
    set(easy, CURLOPT_HTTPHEADER, headers_.get());
}

void transfer::set_limits() {
  auto* const easy = easy_.get();
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<curl_off_t>::max());
  if (request_.resume_from > 0)
    set(easy, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(std::min(request_.resume_from, largest)));
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(std::min(request_.max_reply_bytes, largest)));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(request_.connect_timeout));
  set(easy, CURLOPT_TIMEOUT_MS, milliseconds_of(request_.total_timeout));
  if (request_.low_speed_window.count() > 0) {
    set(easy, CURLOPT_LOW_SPEED_LIMIT, low_speed_bytes);
    set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.low_speed_window.count()));
  }
}

void transfer::set_connection(connection_book& book) {
  auto* const easy = easy_.get();
  const bool keeps = request_.connection == connection_policy::keep_alive;
  scope_ = keeps ? book.scope_of(who()) : request_.is_retry ? book.scope_of_retry(who(), what()) : book.new_scope();
  set(easy, CURLOPT_ADDRESS_SCOPE, static_cast<long>(scope_));
  set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  if (keeps) {
    set(easy, CURLOPT_MAXAGE_CONN, longest_idle_seconds); // how long the server keeps it is the server's to say
  } else {
    set(easy, CURLOPT_FRESH_CONNECT, request_.is_retry ? 0L : 1L);
    set(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  if (request_.as != nullptr) {
    // The trust store comes with the identity; the system's bundle would cost 858 KiB and 17 ms a connection.
    set(easy, CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
}

struct transfer::address {
  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* where) {
    auto& owner = *static_cast<transfer*>(self);
    const int made = socket(where->family, where->socktype | SOCK_CLOEXEC, where->protocol);
    if (made >= 0)
      owner.book_->opened(made, owner.device());
    return made < 0 ? CURL_SOCKET_BAD : made;
  }
};

void transfer::set_callbacks(connection_book& book) {
  auto* const easy = easy_.get();
  set(easy, CURLOPT_HEADERFUNCTION, &transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &address::open);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  set(easy, CURLOPT_CLOSESOCKETFUNCTION, &transfer::on_socket_closed);
  set(easy, CURLOPT_CLOSESOCKETDATA, &book); // the connection may outlive this transfer
  set(easy, CURLOPT_PREREQFUNCTION, &transfer::on_request);
  set(easy, CURLOPT_PREREQDATA, this);
  if (request_.as != nullptr) {
    set(easy, CURLOPT_SSL_CTX_FUNCTION, &transfer::on_ssl_context);
    set(easy, CURLOPT_SSL_CTX_DATA, this);
  }
}

// -- libcurl's callbacks --------------------------------------------------------

int transfer::on_socket_closed(void* book, int socket) {
  static_cast<connection_book*>(book)->closed(socket);
  return ::close(socket);
}

int transfer::on_ssl_context(CURL*, void* context, void* self) {
  auto& me = *static_cast<transfer*>(self);
  const auto& who = *me.request_.as;
  X509* const leaf = who.has_certificate() ? me.bench_->leaves.find(who) : nullptr;
  if ((leaf != nullptr || !who.has_certificate()) && install(static_cast<SSL_CTX*>(context), who, leaf, me.who()))
    return CURLE_OK;
  const std::string reason = pki::last_openssl_error();
  me.objection_ = "the client certificate or its key cannot be used" + (reason.empty() ? "" : ": " + reason);
  return CURLE_SSL_CERTPROBLEM;
}

int transfer::on_request(void* self, char*, char*, int, int) {
  auto& me = *static_cast<transfer*>(self);
  const char* scheme = nullptr;
  curl_easy_getinfo(me.easy(), CURLINFO_SCHEME, &scheme);
  const bool with_tls = scheme == nullptr || strcasecmp(scheme, "http") != 0;
  if (with_tls && me.request_.as != nullptr && owner_of(me.easy()) != me.who()) {
    ++me.bench_->identity_mismatches;
    me.objection_ = "the connection belongs to another device; the request was not sent";
    return CURL_PREREQFUNC_ABORT;
  }
  me.book_->reused(me.scope_);
  return CURL_PREREQFUNC_OK;
}

std::size_t transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<transfer*>(self)->take_header({data, size * count});
}

std::size_t transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<transfer*>(self)->take_body(as_bytes({data, size * count}));
}

std::size_t transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes) {
    stopped_ = failure::too_large;
    return 0;
  }
  const int status = status_in(line);
  if (status != 0)
    last_status_ = status;
  if (status != 0 && request_.connection == connection_policy::fresh) {
    // libcurl decides at the end of the transfer, so what the last status line says holds.
    survives_ = status >= 500;
    curl_easy_setopt(easy(), CURLOPT_FORBID_REUSE, survives_ ? 0L : 1L);
  }
  if (constexpr std::string_view name = "location:";
      request_.redirects != nullptr && last_status_ / 100 == 3 && line.size() > name.size() &&
      strncasecmp(line.data(), name.data(), name.size()) == 0 && !may_follow(line.substr(name.size()))) {
    stopped_ = failure::forbidden;
    objection_ = "the server redirects to a host that must not be reached";
    return 0;
  }
  return line.size();
}

bool transfer::may_follow(std::string_view location) {
  constexpr std::string_view spaces = " \t\r\n";
  const auto begin = location.find_first_not_of(spaces);
  if (begin == location.npos)
    return true; // libcurl follows nothing
  location = location.substr(begin, location.find_last_not_of(spaces) + 1 - begin);
  const char* here = nullptr;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url{curl_url(), &curl_url_cleanup};
  if (url == nullptr)
    throw std::bad_alloc{};
  char* text = nullptr;
  // The flags are those that libcurl itself follows by.
  const bool is_resolved = curl_easy_getinfo(easy(), CURLINFO_EFFECTIVE_URL, &here) == CURLE_OK && here != nullptr &&
                           curl_url_set(url.get(), CURLUPART_URL, here, 0) == CURLUE_OK &&
                           curl_url_set(url.get(), CURLUPART_URL, std::string{location}.c_str(),
                                        CURLU_URLENCODE | CURLU_ALLOW_SPACE) == CURLUE_OK &&
                           curl_url_get(url.get(), CURLUPART_URL, &text, 0) == CURLUE_OK;
  const std::unique_ptr<char, decltype(&curl_free)> owned{text, &curl_free};
  return is_resolved && request_.redirects->may_follow(text);
}

std::size_t transfer::take_body(byte_view piece) {
  if (piece.size() > request_.max_reply_bytes - reply_.body_bytes) {
    stopped_ = failure::too_large;
    return CURL_WRITEFUNC_ERROR;
  }
  if (request_.sink == nullptr) {
    reply_.body.append(as_text(piece));
  } else if (!request_.sink->write(piece)) {
    stopped_ = failure::sink;
    objection_ = "what the body was to go to took no more";
    return CURL_WRITEFUNC_ERROR;
  }
  reply_.body_bytes += piece.size();
  return piece.size();
}

// -- the end --------------------------------------------------------------------

reply transfer::finish(int curl_code) {
  const std::string_view words{words_.data()};
  reply_.why = stopped_ != failure::none ? stopped_ : failure_of(curl_code, words);
  if (reply_.why != failure::none)
    reply_.detail = !objection_.empty() ? objection_
                    : !words.empty()    ? std::string{words}
                                        : curl_easy_strerror(static_cast<CURLcode>(curl_code));
  const auto queued = std::chrono::duration_cast<std::chrono::microseconds>(started_ - accepted_);
  if (easy_ == nullptr) {
    reply_.why = failure::other;
    reply_.detail = objection_;
    reply_.timings.queued = reply_.timings.total = queued;
    return std::move(reply_);
  }
  long status = 0;
  long connections = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy(), CURLINFO_NUM_CONNECTS, &connections);
  reply_.status = static_cast<int>(status);
  reply_.opened_connection = connections > 0;
  long redirects = 0;
  curl_easy_getinfo(easy(), CURLINFO_REDIRECT_COUNT, &redirects);
  reply_.redirects = static_cast<int>(redirects);
  const curl_clocks clocks{.name_lookup = clock_of(easy(), CURLINFO_NAMELOOKUP_TIME_T),
                           .connected = clock_of(easy(), CURLINFO_CONNECT_TIME_T),
                           .tls_done = clock_of(easy(), CURLINFO_APPCONNECT_TIME_T),
                           .first_byte = clock_of(easy(), CURLINFO_STARTTRANSFER_TIME_T),
                           .total = clock_of(easy(), CURLINFO_TOTAL_TIME_T)};
  const bool with_tls = request_.url.size() > 5 && (request_.url[4] == 's' || request_.url[4] == 'S');
  reply_.timings = phases_of(clocks, with_tls, reply_.opened_connection, queued);
  return std::move(reply_);
}

reply transfer::refuse(failure why, std::string detail) const {
  reply result;
  result.why = why;
  result.detail = std::move(detail);
  result.body_bytes = reply_.body_bytes;
  const auto begun = started_ == decltype(started_){} ? std::chrono::steady_clock::now() : started_;
  const auto queued = std::chrono::duration_cast<std::chrono::microseconds>(begun - accepted_);
  result.timings.queued = result.timings.total = queued;
  return result;
}

std::optional<int> transfer::surviving_socket() const {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (!survives_ || easy_ == nullptr || curl_easy_getinfo(easy(), CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK ||
      socket == CURL_SOCKET_BAD)
    return std::nullopt;
  return socket;
}

} // namespace otafleet::net
