#include "device/virtual_run.fake.hpp"

#include <algorithm>
#include <variant>

#include "pki/digest.hpp"

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

void virtual_run::power_on(bool after_reboot) {
  tell(started{after_reboot});
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
  for (auto& wanted : device_.on(std::move(what), now()))
    std::visit([this](auto& one) { carry_out(one); }, wanted);
}

void virtual_run::carry_out(send_request& what) {
  requests_.push_back({clock_, what});
  // No TLS comes about with nobody's credentials.
  auto answer = what.as == credential_use::none ? http_reply{{}, "tls-handshake", 0, {}} : answers_(what);
  answer.id = what.id;
  const auto size = answer.body.size();
  if (!what.download.empty()) {
    auto& there = downloads_[what.download];
    there.resize(what.resume_from);
    there += answer.body.substr(0, what.max_reply_bytes);
    answer.body.clear();
  }
  if (size > what.max_reply_bytes)
    answer = {what.id, "too-large", 0, {}};
  schedule(latency_, std::move(answer));
}

void virtual_run::carry_out(make_key& what) {
  auto found = keys_.find(what.ecu);
  if (found == keys_.end())
    found = keys_.emplace(what.ecu, pki::private_key::generate(what.type).value()).first;
  schedule({}, key_made{what.id, found->second.public_part()});
}

void virtual_run::carry_out(sign& what) {
  signature_made made;
  made.id = what.id;
  made.signature = keys_.at(what.ecu).sign(as_bytes(what.message)).value();
  schedule({}, std::move(made));
}

void virtual_run::carry_out(adopt_credential& what) {
  credential_ = std::move(what.credential);
}

void virtual_run::carry_out(inspect_download& what) {
  download_inspected there;
  there.id = what.id;
  if (const auto found = downloads_.find(what.name); found != downloads_.end()) {
    there.bytes = found->second.size();
    there.sha256 = pki::sha256_hex(as_bytes(found->second));
    there.sha512 = pki::sha512_hex(as_bytes(found->second));
  }
  schedule({}, std::move(there));
}

void virtual_run::carry_out(forget_download& what) {
  downloads_.erase(what.name);
}

void virtual_run::carry_out(reboot& what) {
  ++reboots_;
  if (reboots_by_itself)
    schedule(what.takes, started{true});
}

void virtual_run::carry_out(finished& what) {
  finished_ = what.ok;
}

void virtual_run::carry_out(wait& what) {
  schedule(what.duration, woken{what.id});
}

void virtual_run::carry_out(note& what) {
  notes_.push_back({clock_, std::move(what)});
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
