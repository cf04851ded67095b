#include "telemetry/fleet_metrics.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <tuple>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "telemetry/families.hpp"
#include "telemetry/metrics_server.hpp"
#include "telemetry/series_table.hpp"

namespace otafleet::telemetry {

namespace {

using prometheus::Counter;
using prometheus::Gauge;
using exported_histogram = prometheus::Histogram;
using boundaries = exported_histogram::BucketBoundaries;
using std::chrono::nanoseconds;

// -- buckets ------------------------------------------------------------------

/// 1, 2.5 and 5 of each decade from `first` to `last` seconds.
boundaries decades(double first, double last) {
  boundaries result;
  for (double decade = first; decade <= last; decade *= 10)
    for (const double step : {1.0, 2.5, 5.0})
      if (decade * step <= last)
        result.push_back(decade * step);
  return result;
}

const boundaries request_times = decades(0.001, 100);
const boundaries crypto_times = decades(0.000'01, 1);
const boundaries journey_times = decades(0.01, 10'000);
const boundaries lag_times = decades(0.000'1, 100);

double seconds(nanoseconds value) {
  return std::chrono::duration<double>(value).count();
}

// -- labels -------------------------------------------------------------------

/// Limits of distinct label combinations; more are counted as `other`. The endpoints are about 15, the codes seen at
/// each a handful.
constexpr std::size_t max_exchanges = 256;
constexpr std::size_t max_endpoints = 64;
constexpr std::size_t max_signature_kinds = 64;
constexpr std::size_t max_device_states = 4096;
constexpr std::size_t max_reasons = 64;
constexpr std::size_t max_attacks = 64;

std::string_view result_word(bool ok) {
  return ok ? "ok" : "failed";
}

/// The label names of a family with the values of one series.
template <std::size_t N>
prometheus::Labels labels_of(const metric_family& family, const std::array<std::string, N>& values) {
  prometheus::Labels labels;
  auto names = family.labels;
  for (const auto& value : values) {
    const auto comma = names.find(',');
    labels.emplace(names.substr(0, comma), value);
    names = comma == std::string_view::npos ? std::string_view{} : names.substr(comma + 1);
  }
  return labels;
}

// -- families -----------------------------------------------------------------

template <class Metric>
prometheus::Family<Metric>& register_family(prometheus::Registry& registry, const metric_family& listed) {
  return prometheus::detail::Builder<Metric>()
      .Name(std::string{listed.name})
      .Help(std::string{listed.help})
      .Register(registry);
}

/// A family whose series are made when first used and kept.
template <class Metric, std::size_t Labels, class... Arguments>
class series_of {
public:
  series_of(prometheus::Registry& registry, std::string_view name, std::size_t limit, Arguments... arguments)
      : listed_(family_named(name)), family_(register_family<Metric>(registry, listed_)), table_(limit),
        arguments_(std::move(arguments)...) {}

  Metric& operator()(const std::array<std::string_view, Labels>& labels) {
    return *table_.at(labels, [this](const auto& values) { return &add(values); });
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    table_.for_each(visit);
  }

private:
  Metric& add(const std::array<std::string, Labels>& values) {
    return std::apply(
        [&](const auto&... extra) -> Metric& { return family_.Add(labels_of(listed_, values), extra...); }, arguments_);
  }

  const metric_family& listed_;
  prometheus::Family<Metric>& family_;
  series_table<Metric*, Labels> table_;
  std::tuple<Arguments...> arguments_;
};

template <std::size_t Labels>
using histograms = series_of<exported_histogram, Labels, boundaries>;
template <std::size_t Labels>
using counters = series_of<Counter, Labels>;
template <std::size_t Labels>
using gauges = series_of<Gauge, Labels>;

/// A duration without labels: what Prometheus sees and what the report reads.
class duration_series {
public:
  duration_series(prometheus::Registry& registry, std::string_view name, const boundaries& buckets)
      : exported_(register_family<exported_histogram>(registry, family_named(name)).Add({}, buckets)) {}

  void record(nanoseconds value) {
    exported_.Observe(seconds(value));
    exact_.record(value);
  }

  [[nodiscard]] distribution summary() const { return exact_.summary(); }

private:
  exported_histogram& exported_;
  histogram exact_;
};

Counter& single_counter(prometheus::Registry& registry, std::string_view name) {
  return register_family<Counter>(registry, family_named(name)).Add({});
}

std::uint64_t whole(const Counter& counter) {
  return static_cast<std::uint64_t>(counter.Value());
}

/// Counters only grow, so a total that was read from elsewhere is added as the difference.
void raise_to(Counter& counter, std::uint64_t total) {
  if (const auto counted = whole(counter); total > counted)
    counter.Increment(static_cast<double>(total - counted));
}

using kept_histogram = std::unique_ptr<histogram>;
using kept_count = std::unique_ptr<std::atomic<std::uint64_t>>;

kept_histogram make_histogram() {
  return std::make_unique<histogram>();
}
kept_count make_count() {
  return std::make_unique<std::atomic<std::uint64_t>>(0);
}

} // namespace

// -- state --------------------------------------------------------------------

struct fleet_metrics::impl {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  prometheus::Registry& r = *registry;

  duration_series response{r, "otafleet_provisioning_duration_seconds", journey_times};
  duration_series service{r, "otafleet_provisioning_service_seconds", journey_times};
  counters<1> provisioning{r, "otafleet_provisioning_total", 2};
  // Made at once, so that a rate over them starts from zero.
  Counter& provisioned = provisioning({"ok"});
  Counter& provisioning_failed = provisioning({"failed"});

  histograms<3> signature_checks{r, "otafleet_signature_check_duration_seconds", max_signature_kinds, crypto_times};
  histogram all_signature_checks;
  series_table<kept_histogram, 2> signature_checks_by_role{max_signature_kinds};
  std::atomic<std::uint64_t> signature_failures{0};

  histograms<2> verifications{r, "otafleet_metadata_verification_duration_seconds", 8, crypto_times};
  histogram all_verifications;

  histograms<2> requests{r, "otafleet_http_request_duration_seconds", max_exchanges, request_times};
  histogram all_requests;
  series_table<kept_histogram, 1> requests_by_endpoint{max_endpoints};
  series_table<kept_count, 2> answers{max_exchanges};
  histograms<1> phases{r, "otafleet_http_phase_seconds", 6, request_times};
  exported_histogram& queued = phases({"queued"});
  exported_histogram& resolve = phases({"resolve"});
  exported_histogram& connect = phases({"connect"});
  exported_histogram& tls = phases({"tls"});
  exported_histogram& first_byte = phases({"first_byte"});
  exported_histogram& body = phases({"body"});
  Counter& downloaded = single_counter(r, "otafleet_downloaded_bytes_total");

  gauges<2> devices{r, "otafleet_devices", max_device_states};
  Counter& polls = single_counter(r, "otafleet_polls_total");

  duration_series updates{r, "otafleet_update_duration_seconds", journey_times};
  counters<1> updates_by_result{r, "otafleet_updates_total", 2};
  Counter& updated = updates_by_result({"ok"});
  Counter& update_failed = updates_by_result({"failed"});

  counters<1> failures{r, "otafleet_step_failures_total", max_reasons};
  counters<2> attacks{r, "otafleet_attacks_total", max_attacks};
  duration_series schedule_lag{r, "otafleet_schedule_lag_seconds", lag_times};
  Counter& mismatches = single_counter(r, "otafleet_identity_mismatches_total");
  std::mutex totals_mutex;

  // Last, so that it stops answering before anything else goes.
  std::unique_ptr<metrics_server> server;
};

fleet_metrics::fleet_metrics() : impl_(std::make_unique<impl>()) {}
fleet_metrics::~fleet_metrics() = default;

// -- recording ----------------------------------------------------------------

void fleet_metrics::provisioned(nanoseconds response, nanoseconds service) {
  impl_->response.record(response);
  impl_->service.record(service);
  impl_->provisioned.Increment();
}

void fleet_metrics::provisioning_failed(std::string_view reason) {
  impl_->provisioning_failed.Increment();
  step_failed(reason);
}

void fleet_metrics::signature_checked(std::string_view role, std::string_view key_type, bool ok, nanoseconds took) {
  impl_->signature_checks({role, key_type, result_word(ok)}).Observe(seconds(took));
  impl_->all_signature_checks.record(took);
  impl_->signature_checks_by_role.at({role, key_type}, [](const auto&) { return make_histogram(); })->record(took);
  if (!ok)
    impl_->signature_failures.fetch_add(1, std::memory_order_relaxed);
}

void fleet_metrics::metadata_verified(std::string_view repository, bool ok, nanoseconds took) {
  impl_->verifications({repository, result_word(ok)}).Observe(seconds(took));
  impl_->all_verifications.record(took);
}

void fleet_metrics::http_exchange(const http_sample& sample) {
  impl_->requests({sample.endpoint, sample.code}).Observe(seconds(sample.total));
  impl_->all_requests.record(sample.total);
  impl_->requests_by_endpoint.at({sample.endpoint}, [](const auto&) { return make_histogram(); })->record(sample.total);
  impl_->answers.at({sample.endpoint, sample.code}, [](const auto&) { return make_count(); })
      ->fetch_add(1, std::memory_order_relaxed);
  const auto phase = [](exported_histogram& of, nanoseconds took) {
    if (took > nanoseconds::zero())
      of.Observe(seconds(took));
  };
  phase(impl_->queued, sample.queued);
  phase(impl_->resolve, sample.resolve);
  phase(impl_->connect, sample.connect);
  phase(impl_->tls, sample.tls);
  phase(impl_->first_byte, sample.first_byte);
  phase(impl_->body, sample.body);
  impl_->downloaded.Increment(static_cast<double>(sample.body_bytes));
}

void fleet_metrics::device_moved(std::string_view fleet, std::string_view from, std::string_view to) {
  if (!from.empty())
    impl_->devices({fleet, from}).Decrement();
  if (!to.empty())
    impl_->devices({fleet, to}).Increment();
}

void fleet_metrics::polled() {
  impl_->polls.Increment();
}

void fleet_metrics::update_succeeded(nanoseconds took) {
  impl_->updates.record(took);
  impl_->updated.Increment();
}

void fleet_metrics::update_failed(std::string_view reason) {
  impl_->update_failed.Increment();
  step_failed(reason);
}

void fleet_metrics::step_failed(std::string_view reason) {
  impl_->failures({reason}).Increment();
}

void fleet_metrics::started_late_by(nanoseconds lag) {
  impl_->schedule_lag.record(lag);
}

void fleet_metrics::identity_mismatches(std::uint64_t total) {
  const std::lock_guard lock{impl_->totals_mutex};
  raise_to(impl_->mismatches, total);
}

void fleet_metrics::attack_refused(std::string_view kind) {
  impl_->attacks({kind, "refused"}).Increment();
}

void fleet_metrics::attacks_accepted(std::string_view kind, std::uint64_t total) {
  const std::lock_guard lock{impl_->totals_mutex};
  raise_to(impl_->attacks({kind, "accepted"}), total);
}

// -- reading ------------------------------------------------------------------

fleet_reading fleet_metrics::read() const {
  fleet_reading now;
  now.provisioning_response = impl_->response.summary();
  now.provisioning_service = impl_->service.summary();
  now.provisioned = whole(impl_->provisioned);
  now.provisioning_failures = whole(impl_->provisioning_failed);

  now.signature_checks = impl_->all_signature_checks.summary();
  now.signature_failures = impl_->signature_failures.load(std::memory_order_relaxed);
  impl_->signature_checks_by_role.for_each([&](const auto& labels, const kept_histogram& of) {
    now.signature_checks_by_role[labels[0] + '/' + labels[1]] = of->summary();
  });

  now.metadata_verification = impl_->all_verifications.summary();
  now.updates = impl_->updates.summary();
  now.updates_succeeded = whole(impl_->updated);
  now.updates_failed = whole(impl_->update_failed);
  now.polls = whole(impl_->polls);

  now.http = impl_->all_requests.summary();
  impl_->requests_by_endpoint.for_each(
      [&](const auto& labels, const kept_histogram& of) { now.http_by_endpoint[labels[0]] = of->summary(); });
  impl_->answers.for_each([&](const auto& labels, const kept_count& of) {
    now.http_answers[labels[0] + '/' + labels[1]] = of->load(std::memory_order_relaxed);
  });
  now.bytes_downloaded = whole(impl_->downloaded);

  now.schedule_lag = impl_->schedule_lag.summary();
  impl_->attacks.for_each(
      [&](const auto& labels, const Counter* of) { now.attacks[labels[0] + '/' + labels[1]] = whole(*of); });
  impl_->failures.for_each([&](const auto& labels, const Counter* of) { now.failures[labels[0]] = whole(*of); });
  return now;
}

// -- serving ------------------------------------------------------------------

std::uint16_t fleet_metrics::serve(const std::string& address) {
  impl_->server = std::make_unique<metrics_server>(address, impl_->registry);
  return impl_->server->port();
}

} // namespace otafleet::telemetry
