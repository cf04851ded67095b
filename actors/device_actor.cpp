#include "actors/device_actor.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <caf/all.hpp>

#include "actors/messages.hpp"
#include "device/machine.hpp"
#include "net/digest_sink.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

[[nodiscard]] uptane::utc_time utc_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return uptane::utc_time::from_unix_seconds(std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count());
}

[[nodiscard]] net::method verb_of(device::http_method method) {
  switch (method) {
  case device::http_method::get:
    return net::method::get;
  case device::http_method::post:
    return net::method::post;
  case device::http_method::put:
    return net::method::put;
  }
  return net::method::get;
}

class device_actor final : public caf::event_based_actor {
public:
  device_actor(caf::actor_config& config, const fleet_context& shared, device_place place, caf::actor fleet)
      : caf::event_based_actor(config), shared_(shared), place_(place), fleet_(std::move(fleet)) {}

  caf::behavior make_behavior() override {
    return {
        [this](start_atom) { start(); },
        [this](power_on_atom) {
          if (!stopping_)
            tell(device::started{true});
        },
        [this](wake_atom, std::uint32_t id) {
          if (!stopping_)
            tell(device::woken{device::ticket{id}});
        },
        [this](reply_atom, std::uint32_t id, device::endpoint to, net::reply& reply) { receive(id, to, reply); },
        [this](stop_atom) {
          stopping_ = true;
          quit_when_quiet();
        },
    };
  }

  /// Devices, fleets and the operator know each other; an actor that is done lets go of the others.
  void on_exit() override { fleet_ = nullptr; }

private:
  void start() {
    started_ = clock::now();
    shared_.metrics.started_late_by(started_ - place_.intended_start);
    machine_.emplace(shared_.settings, device::device_seed{shared_.seed, place_.run_index}, shared_.pool, shared_.probe,
                     preloaded());
    tell(device::started{});
  }

  /// What a device holds that was never switched on before: nothing, or the certificate that it left the factory with.
  [[nodiscard]] device::storage preloaded() {
    device::storage storage;
    own_identity_ = place_.identity;
    if (own_identity_ != nullptr) {
      storage.device_id = place_.device_id;
      storage.has_certificate = true;
    }
    return storage;
  }

  void receive(std::uint32_t id, device::endpoint to, net::reply& reply) {
    --open_requests_;
    cut_off_ = cut_off_ || (stopping_ && reply.why == net::failure::cancelled);
    record(to, reply);
    device::http_reply answer;
    answer.id = device::ticket{id};
    if (reply.why != net::failure::none)
      answer.transport_failure = net::to_string(reply.why);
    answer.status = reply.status;
    answer.body = std::move(reply.body);
    tell(std::move(answer));
    if (stopping_)
      quit_when_quiet();
  }

  /// Feeds the machine one event and those that its effects bring about at once.
  void tell(device::event what) {
    std::vector<device::event> due;
    due.push_back(std::move(what));
    while (!due.empty()) {
      auto next = std::move(due.back());
      due.pop_back();
      auto wanted = machine_->on(std::move(next), utc_now());
      for (auto& effect : wanted)
        std::visit([&](auto& one) { carry_out(one, due); }, effect);
    }
    if (const auto now = machine_->state(); now != shown_state_) {
      if (now == device::life_state::checking || now == device::life_state::provisioning)
        cycle_began_ = clock::now();
      shared_.metrics.device_moved(shared_.name, to_string(shown_state_), to_string(now));
      shown_state_ = now;
    }
  }

  // -- effects ----------------------------------------------------------------

  void carry_out(device::send_request& what, std::vector<device::event>&) {
    if (stopping_)
      return;
    net::request request;
    request.device = net::device_index{place_.run_index};
    request.as = identity_for(what.as);
    request.connection = shared_.connection;
    request.is_retry = what.is_retry;
    request.verb = verb_of(what.method);
    request.url = std::move(what.url);
    if (shared_.mark_requests)
      request.headers.push_back("X-Otafleet-Device: " + machine_->device_id());
    request.user_agent = shared_.settings.user_agent;
    request.content_type = std::move(what.content_type);
    request.body = std::move(what.body);
    request.max_reply_bytes = what.max_reply_bytes;
    if (!what.download.empty()) {
      auto& there = download(what.download);
      if (what.resume_from == 0)
        there->restart();
      request.sink = there;
      request.resume_from = what.resume_from;
    }
    if (what.unlimited_time)
      request.total_timeout = std::chrono::milliseconds::zero();
    ++open_requests_;
    shared_.transport.start(std::move(request),
                            [me = caf::actor{this}, id = static_cast<std::uint32_t>(what.id), to = what.to](
                                net::reply reply) { caf::anon_send(me, reply_atom::value, id, to, std::move(reply)); });
  }

  [[nodiscard]] std::shared_ptr<const net::identity> identity_for(device::credential_use use) const {
    switch (use) {
    case device::credential_use::shared:
      return shared_.provisioning_identity;
    case device::credential_use::own:
      return own_identity_;
    case device::credential_use::none:
      break;
    }
    return net::identity::nobody();
  }

  void carry_out(device::make_key& what, std::vector<device::event>& due) {
    if (what.ecu >= uptane_keys_.size())
      uptane_keys_.resize(what.ecu + 1);
    auto& key = uptane_keys_[what.ecu];
    if (!key) {
      auto made = pki::private_key::generate(what.type);
      if (!made) {
        report(device_news::kind::step_failed, "key-generation");
        return;
      }
      key = std::move(*made);
    }
    due.push_back(device::key_made{what.id, key->public_part()});
  }

  void carry_out(device::sign& what, std::vector<device::event>& due) {
    device::signature_made answer;
    answer.id = what.id;
    if (auto made = uptane_keys_[what.ecu]->sign(as_bytes(what.message)))
      answer.signature = std::move(*made);
    else
      answer.failure = std::move(made.error());
    due.push_back(std::move(answer));
  }

  void carry_out(device::adopt_credential& what, std::vector<device::event>&) {
    auto trust = shared_.trust.store_for(what.credential.authorities);
    if (!trust) {
      report(device_news::kind::step_failed, "trust-store");
      return;
    }
    own_identity_ = std::make_shared<const net::identity>(std::move(what.credential.key), what.credential.leaf,
                                                          std::move(*trust), net::sent_chain::leaf_and_anchors);
  }

  // -- downloads: a fleet keeps no image, only what was hashed of it ------------

  [[nodiscard]] std::shared_ptr<net::digest_sink>& download(const std::string& name) {
    for (auto& [known, sink] : downloads_)
      if (known == name)
        return sink;
    return downloads_.emplace_back(name, std::make_shared<net::digest_sink>()).second;
  }

  void carry_out(device::inspect_download& what, std::vector<device::event>& due) {
    device::download_inspected there;
    there.id = what.id;
    for (const auto& [known, sink] : downloads_) {
      if (known == what.name) {
        there.bytes = sink->bytes();
        there.sha256 = sink->sha256();
        there.sha512 = sink->sha512();
      }
    }
    due.push_back(std::move(there));
  }

  void carry_out(device::forget_download& what, std::vector<device::event>&) {
    std::erase_if(downloads_, [&](const auto& one) { return one.first == what.name; });
    if (downloads_.empty())
      downloads_.shrink_to_fit();
  }

  void carry_out(device::reboot& what, std::vector<device::event>&) {
    if (!stopping_)
      delayed_send(this, what.takes, power_on_atom::value);
  }

  /// Devices of a fleet run for ever.
  void carry_out(device::finished&, std::vector<device::event>&) {}

  void carry_out(device::wait& what, std::vector<device::event>&) {
    if (!stopping_)
      delayed_send(this, what.duration, wake_atom::value, static_cast<std::uint32_t>(what.id));
  }

  void carry_out(device::note& what, std::vector<device::event>&) {
    using device::milestone;
    using kind = device_news::kind;
    const auto now = clock::now();
    auto& metrics = shared_.metrics;
    switch (what.what) {
    case milestone::provisioned:
      metrics.provisioned(now - place_.intended_start, now - started_);
      report(kind::provisioned);
      break;
    case milestone::provisioning_failed:
      metrics.provisioning_failed(what.reason);
      report(kind::provisioning_failed, what.reason);
      break;
    case milestone::polled:
      metrics.polled();
      break;
    case milestone::update_found:
      if (!update_began_)
        update_began_ = now;
      break;
    case milestone::update_reported:
      metrics.update_succeeded(now - update_began_.value_or(now));
      update_began_.reset();
      report(kind::update_reported, machine_->installed_filename(), machine_->installed_sha256());
      break;
    case milestone::failure_reported:
      metrics.update_failed(what.reason);
      update_began_.reset();
      report(kind::update_failed, what.reason);
      break;
    case milestone::manifest_refused:
    case milestone::signing_failed:
    case milestone::check_failed:
    case milestone::download_failed:
    case milestone::install_failed:
      metrics.step_failed(what.reason);
      report(kind::step_failed, what.reason);
      break;
    case milestone::provisioning_started:
    case milestone::download_started:
    case milestone::download_finished:
    case milestone::install_started:
    case milestone::install_finished:
    case milestone::reboot_started:
    case milestone::checked:
    case milestone::campaign_found:
    case milestone::campaigns_failed:
      break;
    }
  }

  // -- news -------------------------------------------------------------------

  void report(device_news::kind what, std::string text = {}, std::string sha256 = {}) {
    send(fleet_, device_news{place_.index, what, machine_ ? machine_->device_id() : std::string{}, std::move(text),
                             std::move(sha256), cut_off_, cycle_began_});
  }

  void record(device::endpoint to, const net::reply& reply) {
    const auto status = std::to_string(reply.status);
    telemetry::http_sample sample;
    sample.endpoint = to_string(to);
    sample.code = reply.why == net::failure::none ? std::string_view{status} : net::to_string(reply.why);
    sample.queued = reply.timings.queued;
    sample.resolve = reply.timings.resolve;
    sample.connect = reply.timings.connect;
    sample.tls = reply.timings.tls;
    sample.first_byte = reply.timings.first_byte;
    sample.body = reply.timings.body;
    sample.total = reply.timings.total;
    sample.body_bytes = reply.body_bytes;
    shared_.metrics.http_exchange(sample);
  }

  void quit_when_quiet() {
    if (open_requests_ != 0)
      return;
    report(device_news::kind::gone);
    quit();
  }

  const fleet_context& shared_;
  device_place place_;
  caf::actor fleet_;
  /// From the start on.
  std::optional<device::machine> machine_;
  /// By ECU.
  std::vector<std::optional<pki::private_key>> uptane_keys_;
  std::vector<std::pair<std::string, std::shared_ptr<net::digest_sink>>> downloads_;
  std::shared_ptr<const net::identity> own_identity_;
  clock::time_point started_{};
  /// The poll, or the attempt to provision, that the device is in or was in last.
  clock::time_point cycle_began_{};
  std::optional<clock::time_point> update_began_;
  device::life_state shown_state_ = device::life_state::off;
  std::uint32_t open_requests_ = 0;
  bool stopping_ = false;
  bool cut_off_ = false;
};

} // namespace

caf::actor spawn_device(caf::actor_system& system, const fleet_context& shared, device_place place, caf::actor fleet) {
  auto device = system.spawn<device_actor>(shared, place, std::move(fleet));
  caf::anon_send(device, start_atom::value);
  return device;
}

} // namespace otafleet::actors
