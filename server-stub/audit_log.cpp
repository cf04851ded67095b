#include "server-stub/audit_log.hpp"

#include <algorithm>

namespace otafleet::stub {

namespace {

constexpr std::size_t max_text = 256;

std::string cut(std::string_view text) {
  return std::string{text.substr(0, max_text)};
}

} // namespace

void audit_log::record(std::string_view account, std::string_view actor, std::string_view action,
                       std::string_view subject, std::string_view outcome) {
  audit_entry entry{0, clock_(), cut(account), cut(actor), cut(action), cut(subject), cut(outcome)};
  const std::lock_guard lock{mutex_};
  entry.number = ++last_number_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > capacity)
    entries_.pop_front();
}

std::vector<audit_entry> audit_log::page(std::uint64_t after, std::size_t limit) const {
  const std::lock_guard lock{mutex_};
  if (entries_.empty() || after >= last_number_)
    return {};
  const auto first = entries_.front().number;
  const auto skipped = after < first ? 0 : after - first + 1;
  const auto count = std::min<std::uint64_t>(limit, entries_.size() - skipped);
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(skipped);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

} // namespace otafleet::stub
