#include "actors/backend_questions.hpp"

#include <future>
#include <utility>

namespace otafleet::actors {

namespace {

[[nodiscard]] net::reply ask(net::transport& transport, net::request request) {
  std::promise<net::reply> answered;
  auto answer = answered.get_future();
  transport.start(std::move(request), [&](net::reply reply) { answered.set_value(std::move(reply)); });
  return answer.get();
}

} // namespace

tl::expected<void, std::string> register_device_ca(net::transport& transport, const operator_access& access,
                                                   const std::string& account, std::string certificate_pem) {
  const auto answer = ask(transport, device_ca_request(access, account, std::move(certificate_pem)));
  if (auto words = complaint("registering the device authority of account " + account, answer); !words.empty())
    return tl::unexpected(std::move(words));
  return {};
}

tl::expected<backend_status, std::string> ask_for_status(net::transport& transport, const operator_access& access) {
  const auto answer = ask(transport, status_request(access));
  if (auto words = complaint("the backend's status", answer); !words.empty())
    return tl::unexpected(std::move(words));
  return read_status(answer);
}

tl::expected<backend_view, std::string> ask_for_devices(net::transport& transport, const operator_access& access,
                                                        const std::string& account) {
  backend_view view;
  std::string after;
  do {
    const auto answer = ask(transport, devices_request(access, account, after));
    if (auto words = complaint("reading the backend's devices", answer); !words.empty())
      return tl::unexpected(std::move(words));
    auto page = read_devices(answer);
    if (!page)
      return tl::unexpected(page.error());
    if (!page->next.empty() && page->next <= after)
      return tl::unexpected(std::string{"the backend's pages of devices do not advance"});
    for (auto& device : page->devices)
      view.emplace(device.device_id, device);
    after = page->next;
  } while (!after.empty());
  return view;
}

} // namespace otafleet::actors
