#include "scenarios/bound.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/suggestion.hpp"
#include "scenarios/units.hpp"

namespace otafleet::scenarios {

namespace {

enum class measure_unit { time, share, per_second, number };

struct measure {
  std::string_view name;
  measure_unit unit;
};

constexpr std::array measures{
    measure{"provisioning.response", measure_unit::time},
    measure{"provisioning.service", measure_unit::time},
    measure{"update.duration", measure_unit::time},
    measure{"http.duration", measure_unit::time},
    measure{"signature_check.duration", measure_unit::time},
    measure{"metadata_verification.duration", measure_unit::time},
    measure{"schedule.lag", measure_unit::time},
    measure{"provisioning.success", measure_unit::share},
    measure{"updates.success", measure_unit::share},
    measure{"http.failures", measure_unit::share},
    measure{"provisioning.rate", measure_unit::per_second},
    measure{"identity.mismatches", measure_unit::number},
    measure{"devices.failed", measure_unit::number},
    measure{"updates.failed", measure_unit::number},
    measure{"attacks.accepted", measure_unit::number},
    measure{"attacks.refused", measure_unit::number},
};

constexpr std::array<std::string_view, 6> statistics{"p50", "p90", "p99", "p99.9", "avg", "max"};

[[nodiscard]] std::string_view without_spaces(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  const auto end = text.find_last_not_of(' ');
  return end == std::string_view::npos ? std::string_view{} : text.substr(begin, end + 1 - begin);
}

/// Takes the comparison off the front of `text`.
[[nodiscard]] std::optional<threshold::comparison> take_comparison(std::string_view& text) {
  using is = threshold::comparison;
  struct sign {
    std::string_view text;
    is compare;
  };
  // The longer ones first.
  for (const auto& one : {sign{"<=", is::less_equal}, sign{">=", is::greater_equal}, sign{"==", is::equal},
                          sign{"<", is::less}, sign{">", is::greater}}) {
    if (text.starts_with(one.text)) {
      text.remove_prefix(one.text.size());
      return one.compare;
    }
  }
  return std::nullopt;
}

[[nodiscard]] tl::expected<double, std::string> read_in_unit(measure_unit unit, std::string_view text) {
  switch (unit) {
  case measure_unit::time:
    return read_duration(text).map([](duration d) { return std::chrono::duration<double>(d).count(); });
  case measure_unit::share:
    return read_share(text);
  case measure_unit::per_second:
    return read_rate(text);
  case measure_unit::number:
    return read_number(text);
  }
  return 0.0;
}

} // namespace

tl::expected<threshold, std::string> read_threshold(std::string_view name, std::string_view expression) {
  const auto known = std::find_if(measures.begin(), measures.end(), [&](const measure& m) { return m.name == name; });
  if (known == measures.end()) {
    std::vector<std::string> names;
    names.reserve(measures.size());
    for (const auto& one : measures)
      names.emplace_back(one.name);
    return tl::unexpected("there is no measure of that name" + did_you_mean(name, names) + "; known are " +
                          known_measure_names());
  }
  threshold result;
  result.name = name;
  result.expression = expression;
  auto rest = without_spaces(expression);
  const auto sign = rest.find_first_of("<>=");
  result.statistic = without_spaces(rest.substr(0, std::min(sign, rest.size())));
  rest.remove_prefix(std::min(sign, rest.size()));
  const auto compare = take_comparison(rest);
  if (!compare)
    return tl::unexpected("\"" + std::string{expression} +
                          "\" compares nothing; write as in p99 < 2s, or >= 98%, with one of < "
                          "<= > >= ==");
  result.compare = *compare;
  const bool takes_statistic = known->unit == measure_unit::time;
  if (takes_statistic && std::find(statistics.begin(), statistics.end(), result.statistic) == statistics.end())
    return tl::unexpected("\"" + result.statistic + "\" is no statistic; begin with p50, p90, p99, p99.9, avg or max");
  if (!takes_statistic && !result.statistic.empty())
    return tl::unexpected("this measure is one number and takes no \"" + result.statistic +
                          "\"; begin with the comparison");
  const auto bound = read_in_unit(known->unit, without_spaces(rest));
  if (!bound)
    return tl::unexpected(bound.error());
  result.bound = *bound;
  return result;
}

std::string known_measure_names() {
  std::string all;
  for (const auto& one : measures)
    all.append(all.empty() ? "" : ", ").append(one.name);
  return all;
}

tl::expected<moment, std::string> read_moment(std::string_view text) {
  const auto space = text.find(' ');
  const auto share = read_share(text.substr(0, space));
  const auto word = space == std::string_view::npos ? std::string_view{} : without_spaces(text.substr(space));
  if (text.substr(0, space) == "faults" && word == "over")
    return when_faults_over{};
  if (!share || *share == 0 || (word != "provisioned" && word != "updated"))
    return tl::unexpected("\"" + std::string{text.substr(0, 60)} +
                          "\" is no moment; write as in 95% provisioned, 50% updated, or faults over");
  when_share result;
  result.share = *share;
  result.what = word == "updated" ? when_share::of::updated : when_share::of::provisioned;
  return result;
}

} // namespace otafleet::scenarios
