#include "tests/bench/tls_server.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace otafleet::bench {
namespace {

struct tls_deleter {
  void operator()(SSL* tls) const noexcept { SSL_free(tls); }
};

struct connection {
  std::unique_ptr<SSL, tls_deleter> tls;
  bool open = false;
  std::string received;
};

const std::string& reply() {
  static const std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 230\r\n\r\n{\"x\":\"" +
      std::string(222, 'x') + "\"}";
  return text;
}

SSL_CTX* context_for(const pki::credential& server) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context, server.leaf.native());
  SSL_CTX_use_PrivateKey(context, server.key.native());
  for (const auto& authority : server.authorities)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.native());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const unsigned char id = 1;
  SSL_CTX_set_session_id_context(context, &id, 1);
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  return context;
}

/// Reads what is there and answers whole requests; false when the connection is over.
bool serve(connection& one) {
  if (!one.open) {
    const int done = SSL_accept(one.tls.get());
    if (done != 1) {
      const int why = SSL_get_error(one.tls.get(), done);
      return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    }
    one.open = true;
  }
  for (;;) {
    std::array<char, 4096> buffer;
    const int size = SSL_read(one.tls.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (size <= 0)
      return SSL_get_error(one.tls.get(), size) == SSL_ERROR_WANT_READ;
    one.received.append(buffer.data(), static_cast<std::size_t>(size));
    for (std::size_t end; (end = one.received.find("\r\n\r\n")) != std::string::npos;) {
      one.received.erase(0, end + 4);
      if (SSL_write(one.tls.get(), reply().data(), static_cast<int>(reply().size())) <= 0)
        return false;
    }
  }
}

[[noreturn]] void run(int listener, const pki::credential& server) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const context = context_for(server);
  std::unordered_map<int, connection> connections;
  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    std::array<epoll_event, 64> ready;
    const int count = epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int socket = ready[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted < 0)
          continue;
        const int on = 1;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.data.fd = accepted;
        epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        auto& fresh = connections[accepted];
        fresh.tls.reset(SSL_new(context));
        SSL_set_fd(fresh.tls.get(), accepted);
      } else if (auto& one = connections[socket]; !serve(one)) {
        connections.erase(socket);
        close(socket);
      }
    }
  }
}

} // namespace

tls_server::tls_server(const pki::credential& server) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
      listen(listener, 4096) != 0 || getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size) != 0)
    throw std::runtime_error{"the benchmark's server cannot listen"};
  port_ = ntohs(where.sin_port);
  child_ = fork();
  if (child_ < 0)
    throw std::runtime_error{"the benchmark's server cannot be forked"};
  if (child_ == 0)
    run(listener, server);
  close(listener);
}

tls_server::~tls_server() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

} // namespace otafleet::bench
