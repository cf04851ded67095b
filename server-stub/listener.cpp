#include "server-stub/listener.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "server-stub/http_session.hpp"

namespace otafleet::stub {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

constexpr std::chrono::seconds grace{3};
constexpr std::chrono::milliseconds accept_pause{100};

} // namespace

struct listener::state {
  /// One thread, its connections, and nothing shared with the others.
  struct worker final : session_host {
    explicit worker(state& of) : owner(of) {}

    void entered(connection& one) override { live.insert(&one); }

    void left(connection& one) override {
      live.erase(&one);
      owner.connection_ended();
    }

    state& owner;
    std::unordered_set<connection*> live;
    // After `live`: it destroys what connections are left when it goes.
    net::io_context context{1};
    net::executor_work_guard<net::io_context::executor_type> busy{context.get_executor()};
    std::thread thread;
  };

  state(const listener_options& chosen, http_handler& answering) : options(chosen) {
    for (std::size_t at = 0; at < options.workers; ++at) {
      auto& one = *workers.emplace_back(std::make_unique<worker>(*this));
      one.handler = &answering;
      one.latency = options.latency;
    }
    acceptor.emplace(workers.front()->context);
    retry.emplace(workers.front()->context);
  }

  tl::expected<void, std::string> open();
  void run();
  void accept();
  void on_accept(error_code error, tcp::socket socket, worker& target);
  void connection_ended();
  void stop();

  const listener_options options;
  std::optional<net::ssl::context> tls;
  std::vector<std::unique_ptr<worker>> workers;
  std::optional<tcp::acceptor> acceptor;
  std::optional<net::steady_timer> retry;
  std::uint16_t port = 0;
  std::size_t next_worker = 0;
  bool told_of_limit = false;

  std::atomic<std::size_t> open_connections{0};
  /// The accept loop waits for a connection to end.
  std::atomic<bool> paused{false};
  std::atomic<bool> stopping{false};

  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = 0;
};

tl::expected<void, std::string> listener::state::open() {
  error_code error;
  const auto address = net::ip::make_address(options.address, error);
  if (error)
    return tl::unexpected("the " + options.purpose + " cannot listen on \"" + options.address +
                          "\": this is not an IP address; name one of this machine, such as 127.0.0.1");
  const tcp::endpoint where{address, options.port};
  const auto shown =
      (address.is_v6() ? "[" + options.address + "]" : options.address) + ":" + std::to_string(options.port);
  acceptor->open(where.protocol(), error);
  if (!error)
    acceptor->set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error)
    acceptor->bind(where, error);
  if (!error)
    acceptor->listen(4'096, error);
  if (error == net::error::address_in_use)
    return tl::unexpected("the " + options.purpose + " cannot listen on " + shown +
                          ": another program does already; stop it, or choose another port (0 picks a free one)");
  if (error)
    return tl::unexpected("the " + options.purpose + " cannot listen on " + shown + ": " + error.message());
  port = acceptor->local_endpoint(error).port();
  return {};
}

void listener::state::run() {
  running = workers.size();
  for (auto& one : workers)
    one->thread = std::thread{[this, &one] {
      one->context.run();
      const std::lock_guard lock{mutex};
      --running;
      ended.notify_all();
    }};
  net::post(workers.front()->context, [this] { accept(); });
}

void listener::state::accept() {
  if (!acceptor->is_open())
    return;
  if (open_connections.load() >= options.max_connections) {
    if (!std::exchange(told_of_limit, true))
      spdlog::warn("{} holds {} connections, as many as its file descriptors allow; raise `ulimit -n` for more",
                   options.purpose, options.max_connections);
    paused = true;
    // One may have ended in between, without seeing the pause.
    if (open_connections.load() >= options.max_connections || !paused.exchange(false))
      return;
  }
  auto& target = *workers[next_worker];
  next_worker = (next_worker + 1) % workers.size();
  acceptor->async_accept(target.context, [this, &target](error_code error, tcp::socket socket) {
    on_accept(error, std::move(socket), target);
  });
}

void listener::state::on_accept(error_code error, tcp::socket socket, worker& target) {
  if (error == net::error::operation_aborted)
    return;
  if (error) {
    spdlog::warn("{} cannot accept a connection: {}", options.purpose, error.message());
    retry->expires_after(accept_pause);
    return retry->async_wait([this](error_code aborted) {
      if (!aborted)
        accept();
    });
  }
  ++open_connections;
  net::post(target.context, [this, &target, taken = std::move(socket)]() mutable {
    error_code ignored;
    taken.set_option(tcp::no_delay{true}, ignored);
    start_session(target, std::move(taken), tls ? &*tls : nullptr);
  });
  accept();
}

void listener::state::connection_ended() {
  --open_connections;
  if (paused.exchange(false) && !stopping)
    net::post(workers.front()->context, [this] { accept(); });
}

void listener::state::stop() {
  stopping = true;
  net::post(workers.front()->context, [this] {
    error_code ignored;
    acceptor->close(ignored);
    retry->cancel();
  });
  for (auto& one : workers) {
    net::post(one->context, [worker = one.get()] {
      for (auto* connection : worker->live)
        connection->finish();
    });
    one->busy.reset();
  }
  {
    std::unique_lock lock{mutex};
    ended.wait_for(lock, grace, [this] { return running == 0; });
  }
  for (auto& one : workers)
    one->context.stop();
  for (auto& one : workers)
    if (one->thread.joinable())
      one->thread.join();
}

listener::listener(std::unique_ptr<state> inner) : state_(std::move(inner)) {}

listener::~listener() {
  stop();
}

tl::expected<std::unique_ptr<listener>, std::string> listener::start(const listener_options& options,
                                                                     http_handler& handler, const gateway_tls* tls) {
  auto inner = std::make_unique<state>(options, handler);
  if (tls != nullptr) {
    inner->tls.emplace(net::ssl::context::tls_server);
    if (auto ready = configure(inner->tls->native_handle(), *tls); !ready)
      return tl::unexpected(std::move(ready.error()));
  }
  if (auto opened = inner->open(); !opened)
    return tl::unexpected(std::move(opened.error()));
  inner->run();
  return std::unique_ptr<listener>{new listener{std::move(inner)}};
}

std::uint16_t listener::port() const noexcept {
  return state_->port;
}

void listener::stop() {
  if (!state_->workers.front()->thread.joinable())
    return;
  state_->stop();
}

} // namespace otafleet::stub
