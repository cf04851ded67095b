#include "net/shard.hpp"

#include <cassert>
#include <new>

#include <curl/curl.h>
#include <sys/epoll.h>

namespace otafleet::net {
namespace {

/// libcurl's default is four times the running transfers, which closes kept connections as soon as it gets quiet.
constexpr long max_connections = 100'000;

constexpr std::uint32_t epoll_events_for(int what) noexcept {
  switch (what) {
  case CURL_POLL_IN:
    return EPOLLIN;
  case CURL_POLL_OUT:
    return EPOLLOUT;
  case CURL_POLL_INOUT:
    return EPOLLIN | EPOLLOUT;
  default:
    return 0;
  }
}

} // namespace

shard::shard(connection_policy policy, poller& events) : poller_(events), book_(policy), multi_(curl_multi_init()) {
  if (multi_ == nullptr)
    throw std::bad_alloc{};
  auto* const multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &shard::watch);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &shard::schedule);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_connections);
  // A request has its connection to itself, as in the real client.
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
}

shard::~shard() {
  multi_.reset();
  // Otherwise the book would one day shut a stranger's socket down that got an old number.
  assert(book_.open() == 0);
  poller_.set_timer(this, std::nullopt);
}

bool shard::add(CURL* easy) {
  return curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
}

void shard::remove(CURL* easy) {
  curl_multi_remove_handle(multi_.get(), easy);
}

std::optional<shard::finished> shard::next_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE)
      return finished{message->easy_handle, static_cast<int>(message->data.result)};
  return std::nullopt;
}

void shard::on_socket(int socket, std::uint32_t events) {
  int action = 0;
  if ((events & EPOLLIN) != 0)
    action |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0)
    action |= CURL_CSELECT_OUT;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0)
    action |= CURL_CSELECT_ERR;
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, action, &running);
}

void shard::on_timer() {
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
}

int shard::schedule(CURLM*, long milliseconds, void* self) {
  auto& me = *static_cast<shard*>(self);
  if (milliseconds < 0)
    me.poller_.set_timer(&me, std::nullopt);
  else
    me.poller_.set_timer(&me, clock::now() + std::chrono::milliseconds{milliseconds});
  return 0;
}

int shard::watch(CURL*, int socket, int what, void* self, void* known) {
  auto& me = *static_cast<shard*>(self);
  if (what == CURL_POLL_REMOVE) {
    me.poller_.unwatch(socket);
    return 0;
  }
  me.poller_.watch(socket, epoll_events_for(what), &me, known == nullptr);
  if (known == nullptr)
    curl_multi_assign(me.multi_.get(), socket, &me);
  return 0;
}

} // namespace otafleet::net
