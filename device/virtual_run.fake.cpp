#include "device/virtual_run.fake.hpp"

#include <algorithm>

namespace otafleet::device {

namespace {

[[nodiscard]] std::string_view verb_name(http_method method) {
  switch (method) {
  case http_method::get:
    return "GET";
  case http_method::post:
    return "POST";
  case http_method::put:
    return "PUT";
  }
  return "";
}

/// What follows the host.
[[nodiscard]] std::string path_of(const std::string& url) {
  const auto host = url.find("://") + 3;
  return url.substr(std::min(url.find('/', host), url.size()));
}

} // namespace

virtual_run::virtual_run(machine& device, backend answers, uptane::utc_time start, std::chrono::milliseconds latency)
    : device_(device), answers_(std::move(answers)), start_(start), latency_(latency) {}

void virtual_run::power_on() {
  tell(started{});
}

bool virtual_run::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = clock_ + limit;
  while (!done()) {
    if (!step(end))
      return false;
  }
  return true;
}

void virtual_run::run_for(std::chrono::milliseconds limit) {
  const auto end = clock_ + limit;
  while (step(end)) {
  }
  clock_ = end;
}

std::size_t virtual_run::count(milestone what) const {
  return static_cast<std::size_t>(
      std::count_if(notes_.begin(), notes_.end(), [&](const told_note& one) { return one.what.what == what; }));
}

std::string virtual_run::last_reason(milestone what) const {
  const auto found =
      std::find_if(notes_.rbegin(), notes_.rend(), [&](const told_note& one) { return one.what.what == what; });
  return found == notes_.rend() ? std::string{} : found->what.reason;
}

uptane::utc_time virtual_run::now() const {
  return uptane::utc_time::from_unix_seconds(start_.unix_seconds() +
                                             std::chrono::duration_cast<std::chrono::seconds>(clock_).count());
}

std::vector<std::string> virtual_run::lines(std::size_t from) const {
  std::vector<std::string> all;
  for (std::size_t i = from; i < requests_.size(); ++i)
    all.push_back(std::string{verb_name(requests_[i].what.method)} + " " + path_of(requests_[i].what.url));
  return all;
}

void virtual_run::tell(event what) {
  for (auto& wanted : device_.on(std::move(what), now())) {
    if (auto* request = std::get_if<send_request>(&wanted)) {
      requests_.push_back({clock_, *request});
      auto answer = answers_(*request);
      answer.id = request->id;
      schedule(latency_, std::move(answer));
    } else if (const auto* make = std::get_if<make_key>(&wanted)) {
      key_ = pki::private_key::generate(make->type).value();
      schedule({}, key_made{make->id, key_->public_part()});
    } else if (const auto* signing = std::get_if<sign>(&wanted)) {
      signature_made made;
      made.id = signing->id;
      made.signature = key_->sign(as_bytes(signing->message)).value();
      schedule({}, std::move(made));
    } else if (const auto* pause = std::get_if<wait>(&wanted)) {
      schedule(pause->duration, woken{pause->id});
    } else if (auto* adopted = std::get_if<adopt_credential>(&wanted)) {
      credential_ = std::move(adopted->credential);
    } else {
      notes_.push_back({clock_, std::get<note>(wanted)});
    }
  }
}

void virtual_run::schedule(std::chrono::milliseconds delay, event what) {
  due_.emplace(std::pair{clock_ + delay, ++last_order_}, std::move(what));
}

bool virtual_run::step(std::chrono::milliseconds limit) {
  if (due_.empty() || due_.begin()->first.first > limit)
    return false;
  auto next = due_.extract(due_.begin());
  clock_ = next.key().first;
  tell(std::move(next.mapped()));
  return true;
}

} // namespace otafleet::device
