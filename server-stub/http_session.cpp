#include "server-stub/http_session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "server-stub/message.hpp"

namespace otafleet::stub {

namespace {

// -- between Beast's heads and ours -----------------------------------------------

using beast_request = boost::beast::http::request<boost::beast::http::string_body>;

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

template <class Name>
std::optional<std::string_view> field(const beast_request& head, Name name) {
  const auto found = head.find(name);
  if (found == head.end())
    return std::nullopt;
  return view(found->value());
}

verb verb_of(http::verb method) noexcept {
  switch (method) {
  case http::verb::get:
    return verb::get;
  case http::verb::head:
    return verb::head;
  case http::verb::put:
    return verb::put;
  case http::verb::post:
    return verb::post;
  case http::verb::patch:
    return verb::patch;
  case http::verb::delete_:
    return verb::erase;
  default:
    return verb::other;
  }
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

/// Views into `head`; the body stays where it is.
request request_head(const beast_request& head) {
  request asked;
  asked.method = verb_of(head.method());
  asked.target = view(head.target());
  asked.content_type = field(head, http::field::content_type).value_or("");
  asked.range = field(head, http::field::range);
  asked.authorization = field(head, http::field::authorization).value_or("");
  asked.account = field(head, "x-ats-namespace").value_or("");
  asked.claimed_device = field(head, "X-Otafleet-Device");
  asked.force = field(head, "x-ats-ostree-force") == "true";
  return asked;
}

/// The client waits for a 100 before it sends its body.
bool expects_continue(const beast_request& head) {
  const auto expected = head.find(http::field::expect);
  return expected != head.end() && boost::beast::iequals(expected->value(), "100-continue");
}

/// Status line and fields, up to the empty line.
std::string response_head(const answer& what, bool keep_alive) {
  std::string head;
  head.reserve(256);
  const auto reason = http::obsolete_reason(http::int_to_status(what.status));
  head.append("HTTP/1.1 ").append(std::to_string(what.status)).append(" ").append(view(reason)).append("\r\n");
  if (!what.content_type.empty())
    append_field(head, "Content-Type", what.content_type);
  if (what.is_endless)
    append_field(head, "Transfer-Encoding", "chunked");
  else if (what.status != 204)
    append_field(head, "Content-Length", std::to_string(what.body_size()));
  for (const auto& [name, value] : what.headers)
    append_field(head, name, value);
  append_field(head, "Connection", keep_alive ? "keep-alive" : "close");
  head.append("\r\n");
  return head;
}

// -- the connection ---------------------------------------------------------------

using plain_stream = boost::beast::tcp_stream;
using tls_stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

/// Runs on one thread, its worker's. Each step has a deadline: a peer that is slow or silent loses its connection and
/// nothing else.
template <class Stream>
class http_session final : public connection, public std::enable_shared_from_this<http_session<Stream>> {
  static constexpr bool is_tls = std::is_same_v<Stream, tls_stream>;

public:
  template <class... Arguments>
  explicit http_session(session_host& host, Arguments&&... for_stream)
      : host_(host), stream_(std::forward<Arguments>(for_stream)...) {
    host_.entered(*this);
  }

  ~http_session() override { host_.left(*this); }

  void start() {
    if constexpr (is_tls) {
      is_idle_ = true;
      tcp().expires_after(handshake_limit);
      stream_.async_handshake(boost::asio::ssl::stream_base::server,
                              boost::beast::bind_front_handler(&http_session::on_handshake, this->shared_from_this()));
    } else {
      read_head(first_request_limit);
    }
  }

  void finish() override {
    finishing_ = true;
    if (is_idle_)
      tcp().cancel();
  }

private:
  using error_code = boost::beast::error_code;

  // The longest that each step may take.
  static constexpr std::chrono::seconds handshake_limit{15};
  static constexpr std::chrono::seconds first_request_limit{15};
  static constexpr std::chrono::seconds idle_limit{120};
  static constexpr std::chrono::seconds body_limit{30};
  static constexpr std::chrono::seconds piece_limit{60};
  static constexpr std::chrono::seconds closing_limit{2};

  static constexpr std::uint32_t max_head_bytes = 16 * 1024;
  static constexpr std::size_t max_buffer_bytes = 64 * 1024;
  static constexpr std::size_t record_bytes = 16 * 1024;
  static constexpr std::size_t piece_bytes = 256 * 1024;
  /// A body may take a second more for each of these.
  static constexpr std::uint64_t slowest_bytes_per_second = 64 * 1024;

  boost::beast::tcp_stream& tcp() { return boost::beast::get_lowest_layer(stream_); }

  // -- handshake --------------------------------------------------------------

  void on_handshake(error_code error) {
    if constexpr (is_tls) {
      auto* const leaf = error ? nullptr : SSL_get0_peer_certificate(stream_.native_handle());
      auto from = leaf == nullptr ? std::nullopt : host_.handler->identify(leaf);
      host_.handler->handshake_ended(from.has_value());
      if (!from)
        return;
      peer_ = std::move(*from);
      read_head(first_request_limit);
    }
  }

  // -- request ----------------------------------------------------------------

  void read_head(std::chrono::seconds limit) {
    namespace http = boost::beast::http;
    parser_.emplace();
    parser_->header_limit(max_head_bytes);
    // Beast compares an announced length before `admit` can say what is allowed; on_head does it after.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    is_idle_ = true;
    tcp().expires_after(limit);
    http::async_read_header(stream_, buffer_, *parser_,
                            boost::beast::bind_front_handler(&http_session::on_head, this->shared_from_this()));
  }

  void on_head(error_code error, std::size_t) {
    is_idle_ = false;
    if (error)
      return on_broken_request(error);
    asked_ = request_head(parser_->get());
    auto admission = host_.handler->admit(asked_, peer_);
    if (admission.refusal)
      return send(std::move(*admission.refusal));
    const auto announced = parser_->content_length();
    if (announced && *announced > admission.max_body_bytes)
      return send(host_.handler->refuse(413, asked_.route));
    parser_->body_limit(admission.max_body_bytes);
    if (parser_->is_done())
      return answer_request();
    await_body(body_limit + std::chrono::seconds{announced.value_or(0) / slowest_bytes_per_second});
    if (expects_continue(parser_->get()))
      return invite_body();
    read_body();
  }

  /// A body that comes too slowly is answered, unlike everything else that does: its client is there, and would take a
  /// lost connection for a reason to send all of it again.
  void await_body(std::chrono::seconds limit) {
    tcp().expires_never();
    if (!deadline_)
      deadline_.emplace(stream_.get_executor());
    awaits_body_ = true;
    is_too_slow_ = false;
    deadline_->expires_after(limit);
    deadline_->async_wait([self = this->shared_from_this()](error_code error) {
      if (error || !self->awaits_body_)
        return;
      self->is_too_slow_ = true;
      self->tcp().cancel();
    });
  }

  void body_is_over() {
    awaits_body_ = false;
    deadline_->cancel();
  }

  void invite_body() {
    static constexpr std::string_view invitation = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(stream_, boost::asio::buffer(invitation),
                             [self = this->shared_from_this()](error_code error, std::size_t) {
                               if (!error)
                                 return self->read_body();
                               self->body_is_over();
                             });
  }

  void read_body() {
    boost::beast::http::async_read(stream_, buffer_, *parser_,
                                   boost::beast::bind_front_handler(&http_session::on_body, this->shared_from_this()));
  }

  void on_body(error_code error, std::size_t) {
    body_is_over();
    if (error && std::exchange(is_too_slow_, false))
      return send(host_.handler->refuse(408, asked_.route));
    if (error)
      return on_broken_request(error);
    answer_request();
  }

  /// Answers what was not HTTP or too much; what ended or came too slowly just goes.
  void on_broken_request(error_code error) {
    namespace http = boost::beast::http;
    if (error == http::error::header_limit)
      return send(host_.handler->refuse(431, no_route));
    if (error == http::error::body_limit)
      return send(host_.handler->refuse(413, asked_.route));
    const bool is_http_error = error.category() == http::make_error_code(http::error::bad_method).category();
    if (is_http_error && error != http::error::end_of_stream && error != http::error::partial_message)
      return send(host_.handler->refuse(400, no_route));
  }

  void answer_request() {
    asked_.body = std::move(parser_->get().body());
    try {
      send(host_.handler->handle(asked_, peer_));
    } catch (const std::bad_alloc&) {
      send(host_.handler->refuse(500, asked_.route));
    }
  }

  // -- answer -----------------------------------------------------------------

  void send(answer what) {
    answer_ = std::move(what);
    is_complete_request_ = parser_->is_done();
    keep_ = is_complete_request_ && parser_->get().keep_alive() && !finishing_ && !answer_.is_endless;
    head_ = response_head(answer_, keep_);
    const auto now = std::chrono::steady_clock::now();
    const auto due = std::max(answer_.not_before, now + host_.latency);
    if (due <= now)
      return write_first();
    tcp().expires_never();
    if (!timer_)
      timer_.emplace(stream_.get_executor());
    timer_->expires_at(due);
    timer_->async_wait([self = this->shared_from_this()](error_code error) {
      if (!error)
        self->write_first();
    });
  }

  /// The head, and the body with it when both fit one TLS record. A sequence of two buffers would do the same, but
  /// Beast's flat_stream ends such a write early once the first buffer is used up and the second is longer than a
  /// record.
  void write_first() {
    if (head_.size() + answer_.body_size() <= record_bytes) {
      const auto body = next_piece();
      head_.append(static_cast<const char*>(body.data()), body.size());
    }
    write(boost::asio::buffer(head_));
  }

  void write(boost::asio::const_buffer piece) {
    tcp().expires_after(piece_limit);
    boost::asio::async_write(stream_, piece,
                             boost::beast::bind_front_handler(&http_session::on_written, this->shared_from_this()));
  }

  void on_written(error_code error, std::size_t) {
    if (error)
      return;
    if (const auto body = next_piece(); body.size() != 0)
      return write(body);
    sent_ = 0;
    answer_ = {};
    if (keep_ && !finishing_)
      return read_head(idle_limit);
    if (!is_complete_request_)
      return linger();
    close();
  }

  boost::asio::const_buffer next_piece() {
    if (answer_.without_body)
      return {};
    const auto* const bytes = answer_.shared_body ? answer_.shared_body->data() + answer_.offset : answer_.body.data();
    const auto size = std::min<std::uint64_t>(piece_bytes, answer_.body_size() - sent_);
    const boost::asio::const_buffer piece{bytes + sent_, size};
    sent_ += size;
    return piece;
  }

  // -- end --------------------------------------------------------------------

  void close() {
    tcp().expires_after(closing_limit);
    if constexpr (is_tls) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      linger();
    }
  }

  /// Closing with a request unread would reset the connection, and the answer might be lost with it: the rest is read
  /// and dropped for a moment.
  void linger() {
    error_code ignored;
    tcp().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    tcp().expires_after(closing_limit);
    drain();
  }

  void drain() {
    tcp().async_read_some(boost::asio::buffer(dropped_),
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                            if (!error)
                              self->drain();
                          });
  }

  static constexpr auto no_route = std::numeric_limits<std::uint8_t>::max();

  session_host& host_;
  Stream stream_;
  peer peer_;
  boost::beast::flat_buffer buffer_{max_buffer_bytes};
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  request asked_;
  answer answer_;
  std::string head_;
  std::uint64_t sent_ = 0;
  std::optional<boost::asio::steady_timer> timer_;
  std::optional<boost::asio::steady_timer> deadline_;
  std::array<char, 512> dropped_{};
  bool keep_ = false;
  bool is_complete_request_ = false;
  bool is_idle_ = false;
  bool finishing_ = false;
  bool awaits_body_ = false;
  bool is_too_slow_ = false;
};

} // namespace

void start_session(session_host& host, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls) {
  if (tls != nullptr)
    std::make_shared<http_session<tls_stream>>(host, std::move(socket), *tls)->start();
  else
    std::make_shared<http_session<plain_stream>>(host, std::move(socket))->start();
}

} // namespace otafleet::stub
