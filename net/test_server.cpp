#include "net/test_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/test_http2.hpp"

namespace otafleet::net {

struct test_server::context {
  SSL_CTX* tls = nullptr;

  context() = default;
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context() { SSL_CTX_free(tls); }
};

// -- one connection ---------------------------------------------------------------

class test_server::conversation {
public:
  conversation(int socket, SSL_CTX* context, std::string_view takes) : socket_(socket), takes_(takes) {
    if (context != nullptr) {
      tls_ = SSL_new(context);
      SSL_set_fd(tls_, socket);
      SSL_set_app_data(tls_, this);
    }
  }
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  ~conversation() { SSL_free(tls_); }

  /// A refused client still gets to read the alert: closing at once would reset the connection and may overtake it.
  bool open() {
    ERR_clear_error();
    if (tls_ == nullptr || SSL_accept(tls_) == 1)
      return true;
    const char* const words = ERR_reason_error_string(ERR_peek_last_error());
    why_not_ = words == nullptr ? "the client went away" : words;
    shutdown(socket_, SHUT_WR);
    std::array<char, 4096> unread;
    while (recv(socket_, unread.data(), unread.size(), 0) > 0) {
    }
    return false;
  }
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

  /// Notes what the client offers, and takes what the options say if it is among it.
  static int on_alpn(SSL* tls, const unsigned char** taken, unsigned char* taken_size, const unsigned char* list,
                     unsigned size, void*) {
    auto& me = *static_cast<conversation*>(SSL_get_app_data(tls));
    for (unsigned at = 0; at < size; at += list[at] + 1U) {
      const std::string_view name{reinterpret_cast<const char*>(list + at + 1), list[at]};
      me.offered_ += (me.offered_.empty() ? "" : ",") + std::string{name};
      if (name == me.takes_) {
        *taken = list + at + 1;
        *taken_size = list[at];
      }
    }
    return *taken == nullptr ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
  }

  [[nodiscard]] bool speaks_http2() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    if (tls_ != nullptr)
      SSL_get0_alpn_selected(tls_, &name, &size);
    return std::string_view{reinterpret_cast<const char*>(name), size} == "h2";
  }

  bool read_exactly(char* into, std::size_t size) {
    while (received_.size() < size)
      if (!receive())
        return false;
    std::copy_n(received_.begin(), size, into);
    received_.erase(0, size);
    return true;
  }

  void close() {
    if (tls_ != nullptr)
      SSL_shutdown(tls_);
  }

  bool write(std::string_view text) {
    while (!text.empty()) {
      const auto sent = tls_ != nullptr ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                                        : static_cast<int>(send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
      if (sent <= 0)
        return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// The next request; nothing when the client has gone.
  std::optional<served> read() {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive() || !could_be_http())
        return std::nullopt;
    served request;
    std::size_t length = 0;
    std::string_view head{received_.data(), end + 2};
    for (bool first = true; !head.empty(); first = false) {
      const auto line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      if (first)
        request.request_line = line;
      else
        request.headers.emplace_back(line);
      if (line.starts_with("Content-Length: "))
        length = std::stoul(std::string{line.substr(16)});
    }
    received_.erase(0, end + 4);
    while (received_.size() < length)
      if (!receive())
        return std::nullopt;
    request.body = received_.substr(0, length);
    received_.erase(0, length);
    describe(request);
    return request;
  }

  void describe(served& request) const {
    if (tls_ == nullptr)
      return;
    request.offered = offered_;
    request.resumed = SSL_session_reused(tls_) != 0;
    if (pki::certificate_handle peer{SSL_get1_peer_certificate(tls_)}; peer != nullptr)
      request.client = pki::certificate::adopt(std::move(peer)).common_name();
  }

private:
  /// A plain server that is spoken to in TLS says so, as real ones do.
  bool could_be_http() {
    return (received_[0] >= 'A' && received_[0] <= 'Z') || (write("HTTP/1.1 400 Bad Request\r\n\r\n") && false);
  }

  bool receive() {
    std::array<char, 8192> buffer;
    const auto size = tls_ != nullptr ? SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()))
                                      : static_cast<int>(recv(socket_, buffer.data(), buffer.size(), 0));
    if (size <= 0)
      return false;
    received_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string_view takes_;
  SSL* tls_ = nullptr;
  std::string received_;
  std::string offered_;
  std::string why_not_;
};

// -- the server -------------------------------------------------------------------

namespace {

SSL_CTX* make_context(const pki::credential& who, bool only_tls_1_2) {
  SSL_CTX* made = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(made, who.leaf.native());
  SSL_CTX_use_PrivateKey(made, who.key.native());
  for (const auto& authority : who.authorities)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(made), authority.native());
  if (!who.authorities.empty())
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // Tickets are on, and a resumed session authenticates its client anew: what a client must not fall for.
  const unsigned char id = 1;
  SSL_CTX_set_session_id_context(made, &id, sizeof id);
  if (only_tls_1_2)
    SSL_CTX_set_max_proto_version(made, TLS1_2_VERSION);
  return made;
}

} // namespace

test_server::test_server(test_server_options options)
    : options_(std::move(options)), context_(std::make_shared<context>()) {
  if (options_.tls)
    context_->tls = make_context(*options_.tls, options_.only_tls_1_2);
  if (context_->tls != nullptr)
    SSL_CTX_set_alpn_select_cb(context_->tls, &conversation::on_alpn, nullptr);
  sockaddr_storage where{};
  socklen_t size = 0;
  if (options_.ipv6) {
    auto& six = reinterpret_cast<sockaddr_in6&>(where);
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    size = sizeof six;
  } else {
    auto& four = reinterpret_cast<sockaddr_in&>(where);
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof four;
  }
  listener_ = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&where), size) != 0 ||
      listen(listener_, 1024) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size) != 0)
    throw std::runtime_error{"the test server cannot listen"};
  port_ = ntohs(options_.ipv6 ? reinterpret_cast<sockaddr_in6&>(where).sin6_port
                              : reinterpret_cast<sockaddr_in&>(where).sin_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

test_server::~test_server() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    for (const int socket : sockets_)
      shutdown(socket, SHUT_RDWR);
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& each : threads_)
    each.join();
  close(listener_);
}

std::string test_server::url(const std::string& path) const {
  return std::string{options_.tls ? "https" : "http"} + (options_.ipv6 ? "://[::1]:" : "://127.0.0.1:") +
         std::to_string(port_) + path;
}

std::vector<test_server::served> test_server::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

std::size_t test_server::open_connections() const {
  const std::lock_guard lock{mutex_};
  return sockets_.size();
}

bool test_server::wait_for_open_connections(std::size_t count) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{5}, [&] { return sockets_.size() == count; });
}

bool test_server::wait_for_requests(std::size_t count) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{5}, [&] { return requests_.size() >= count; });
}

bool test_server::wait_for_failed_handshakes(std::size_t count) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{5}, [&] { return failed_.size() >= count; });
}

std::vector<test_server::failed_handshake> test_server::failed_handshakes() const {
  const std::lock_guard lock{mutex_};
  return failed_;
}

std::string test_server::image(std::size_t size) {
  std::string made;
  for (std::uint32_t next = 12345; made.size() < size; next = next * 1'664'525 + 1'013'904'223)
    made += static_cast<char>(next >> 24);
  return made;
}

void test_server::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock{mutex_};
    if (stopping_ || socket < 0) {
      if (socket >= 0)
        close(socket);
      if (stopping_)
        return;
      continue;
    }
    // Otherwise each answer waits 40 ms behind the session tickets.
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockets_.insert(socket);
    threads_.emplace_back([this, socket, number = ++accepted_] { talk(socket, number); });
  }
}

void test_server::talk(int socket, int number) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  {
    conversation with{socket, context_->tls, options_.takes};
    if (!with.open()) {
      const std::lock_guard lock{mutex_};
      failed_.push_back({number, with.why_not()});
    } else {
      if (with.speaks_http2())
        talk_http2(with, number);
      else
        while (auto request = with.read()) {
          request->connection = number;
          note(*request);
          if (!answer(with, *request))
            break;
        }
      with.close();
    }
  }
  const std::lock_guard lock{mutex_};
  sockets_.erase(socket);
  close(socket);
  changed_.notify_all();
}

void test_server::talk_http2(conversation& with, int number) {
  served seen;
  seen.connection = number;
  with.describe(seen);
  serve_http2({.read = [&](char* into, std::size_t size) { return with.read_exactly(into, size); },
               .write = [&](std::string_view raw) { return with.write(raw); }},
              [&](int before) {
                note(seen);
                return http2_answer{before == 0 ? options_.first_status : 200, seen.client};
              });
}

void test_server::note(served request) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back(std::move(request));
  }
  changed_.notify_all();
}

bool test_server::pause(int milliseconds) {
  std::unique_lock lock{mutex_};
  return !changed_.wait_for(lock, std::chrono::milliseconds{milliseconds}, [&] { return stopping_; });
}

bool test_server::answer_image(conversation& with, const std::string& path, const served& request) {
  const auto whole = image(std::stoul(path.substr(path.rfind('/') + 1)));
  const auto asked = std::ranges::find_if(request.headers, [](const auto& line) { return line.starts_with("Range:"); });
  const auto announced = [](std::size_t size) { return "Content-Length: " + std::to_string(size) + "\r\n\r\n"; };
  if (asked == request.headers.end()) {
    const auto sent = path.starts_with("/cut-image/") ? whole.size() / 2 : whole.size();
    return with.write("HTTP/1.1 200 OK\r\n" + announced(whole.size()) + whole.substr(0, sent)) && sent == whole.size();
  }
  const auto from = std::stoul(asked->substr(asked->find('=') + 1)) + (path.starts_with("/shifted/") ? 1 : 0);
  if (from >= whole.size())
    return with.write("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */" + std::to_string(whole.size()) +
                      "\r\n" + announced(6) + "beyond");
  const auto range = path.starts_with("/unsaid/")
                         ? std::string{}
                         : "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(whole.size() - 1) +
                               "/" + std::to_string(whole.size()) + "\r\n";
  return with.write("HTTP/1.1 206 Partial Content\r\n" + range + announced(whole.size() - from) + whole.substr(from));
}

bool test_server::answer(conversation& with, const served& request) {
  if (options_.respond) {
    const auto raw = options_.respond(request);
    return raw && with.write(*raw);
  }
  const auto& line = request.request_line;
  const auto begin = line.find(' ') + 1;
  const auto path = line.substr(begin, line.find(' ', begin) - begin);
  // What follows the first part is the client's: `/garbage/devices` is garbage too.
  const auto name = path.substr(0, path.find('/', 1));
  const auto number = [&](std::string_view prefix) {
    return path.starts_with(prefix) ? std::stoi(path.substr(prefix.size())) : -1;
  };
  const auto with_body = [&](int status, std::string_view body) {
    return with.write("HTTP/1.1 " + std::to_string(status) +
                      " Whatever\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
  };
  if (const int status = number("/status/"); status >= 0)
    return status == 204 ? with.write("HTTP/1.1 204 No Content\r\n\r\n") : with_body(status, "status");
  if (const int code = number("/redirect-"); code >= 0)
    return with.write("HTTP/1.1 " + std::to_string(code) + " Moved\r\nLocation: " + path.substr(path.find('/', 1)) +
                      "\r\nContent-Length: 0\r\n\r\n");
  if (path == "/to-ftp")
    return with.write("HTTP/1.1 302 Moved\r\nLocation: ftp://127.0.0.1/x\r\nContent-Length: 0\r\n\r\n");
  if (const int wait = number("/delay/"); wait >= 0)
    return pause(wait) && with_body(200, "hello");
  if (const int size = number("/body/"); size >= 0)
    return with_body(200, std::string(static_cast<std::size_t>(size), 'x'));
  if (const int size = number("/announce/"); size >= 0)
    return with.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n0123456789") &&
           pause(10'000);
  if (name == "/image" || name == "/cut-image" || name == "/shifted" || name == "/unsaid")
    return answer_image(with, path, request);
  if (name == "/garbage")
    return with.write("SSH-2.0-OpenSSH_9.2\r\nwhatever\r\n\r\n") && false;
  if (name == "/nothing")
    return false;
  if (name == "/cut")
    return with.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789") && false;
  if (name == "/endless" || name == "/headers") {
    const std::string piece =
        name == "/endless" ? std::string(16'000, 'x') : "X-Filler: " + std::string(1000, 'x') + "\r\n";
    bool going = with.write(name == "/endless" ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 200 OK\r\n");
    while (going)
      going = with.write(piece);
    return false;
  }
  if (name == "/trickle") {
    bool going = with.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (going)
      going = with.write("x") && pause(100);
    return false;
  }
  return with_body(200, "hello");
}

} // namespace otafleet::net
