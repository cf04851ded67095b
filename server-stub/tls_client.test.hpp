// A small blocking HTTPS client for tests: one connection, one identity, straight on OpenSSL.
#pragma once

#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "pki/certificate.hpp"

namespace otafleet::stub::testing {

struct response {
  int status = 0;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

inline std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

/// A TCP connection to 127.0.0.1 with 20 s for every read.
class raw_client {
public:
  explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  }
  ~raw_client() { ::close(socket_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  [[nodiscard]] int socket() const noexcept { return socket_; }
  void wait_at_most(std::chrono::seconds limit) const {
    const timeval patience{limit.count(), 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  bool send(std::string_view text) const { return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) >= 0; }
  /// All that comes until the other side closes.
  [[nodiscard]] std::string read_all() const {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(socket_, piece.data(), piece.size(), 0)) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(got));
    return text;
  }

private:
  int socket_;
  bool connected_ = false;
};

struct tls_client_options {
  const pki::credential* identity = nullptr;
  /// What the server's certificate must come from.
  const pki::certificate* trusted = nullptr;
  int highest_version = TLS1_3_VERSION;
  /// In wire format; empty offers none.
  std::string alpn;
  SSL_SESSION* resume = nullptr;
  /// After the leaf, as aktualizr does.
  bool sends_authorities = false;
};

class tls_client {
public:
  tls_client(std::uint16_t port, const tls_client_options& options)
      : tcp_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl_(nullptr, SSL_free) {
    SSL_CTX_set_max_proto_version(context_.get(), options.highest_version);
    if (options.trusted != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), options.trusted->native());
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    }
    if (options.identity != nullptr) {
      SSL_CTX_use_certificate(context_.get(), options.identity->leaf.native());
      SSL_CTX_use_PrivateKey(context_.get(), options.identity->key.native());
      if (options.sends_authorities)
        for (const auto& authority : options.identity->authorities)
          SSL_CTX_add1_chain_cert(context_.get(), authority.native());
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp_.socket());
    if (!options.alpn.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
    if (options.resume != nullptr)
      SSL_set_session(ssl_.get(), options.resume);
    ok_ = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
  }

  /// Says goodbye: OpenSSL does not resume a session that ended without.
  ~tls_client() {
    if (ok_)
      SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  [[nodiscard]] bool connected() const noexcept { return ok_; }
  void wait_at_most(std::chrono::seconds limit) const { tcp_.wait_at_most(limit); }
  [[nodiscard]] bool resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }
  [[nodiscard]] SSL* native() const noexcept { return ssl_.get(); }
  [[nodiscard]] std::string protocol() const { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] std::string alpn() const {
    const unsigned char* text = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &text, &size);
    return {reinterpret_cast<const char*>(text), size};
  }

  bool send(std::string_view text) {
    return text.empty() || SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
  }

  /// The next response; nothing when the connection ends first.
  [[nodiscard]] std::optional<response> receive(bool without_body = false) {
    auto end = pending_.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!read_more())
        return std::nullopt;
      end = pending_.find("\r\n\r\n");
    }
    response result;
    std::string_view head{pending_.data(), end + 2};
    result.status = std::stoi(std::string{head.substr(9, 3)});
    for (auto at = head.find("\r\n") + 2; at < head.size();) {
      const auto stop = head.find("\r\n", at);
      const auto line = head.substr(at, stop - at);
      const auto colon = line.find(": ");
      std::string name{line.substr(0, colon)};
      for (auto& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      result.headers[name] = line.substr(colon + 2);
      at = stop + 2;
    }
    pending_.erase(0, end + 4);
    const auto length = result.headers.count("content-length") != 0 ? std::stoull(result.headers["content-length"]) : 0;
    if (result.status == 100 || without_body)
      return result;
    while (pending_.size() < length)
      if (!read_more())
        return std::nullopt;
    result.body = pending_.substr(0, length);
    pending_.erase(0, length);
    return result;
  }

  /// All that comes until the other side ends.
  [[nodiscard]] std::string receive_rest() {
    while (read_more()) {
    }
    return std::exchange(pending_, {});
  }

  [[nodiscard]] std::optional<response> request(std::string_view method, std::string_view target,
                                                std::string_view body = {},
                                                const std::vector<std::string>& headers = {}) {
    std::string text{method};
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
    for (const auto& header : headers)
      text.append(header).append("\r\n");
    if (!body.empty() || method == "PUT" || method == "POST")
      text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    text.append("\r\n").append(body);
    if (!send(text))
      return std::nullopt;
    return receive(method == "HEAD");
  }

private:
  bool read_more() {
    std::array<char, 16384> piece{};
    const int got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
    ERR_clear_error();
    if (got <= 0)
      return false;
    pending_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }

  raw_client tcp_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::string pending_;
  bool ok_ = false;
};

} // namespace otafleet::stub::testing
