#include "uptane/recent_keys.hpp"

#include <utility>

namespace otafleet::uptane {

std::optional<pki::public_key> recent_keys::find(std::string_view text) {
  const std::lock_guard lock{mutex_};
  if (const auto found = young_.find(text); found != young_.end())
    return found->second;
  const auto found = old_.find(text);
  if (found == old_.end())
    return std::nullopt;
  auto key = found->second;
  old_.erase(found);
  insert(text, key);
  return key;
}

void recent_keys::remember(std::string_view text, const pki::public_key& key) {
  if (text.size() > longest_text)
    return;
  const std::lock_guard lock{mutex_};
  insert(text, key);
}

std::size_t recent_keys::size() const {
  const std::lock_guard lock{mutex_};
  return young_.size() + old_.size();
}

void recent_keys::insert(std::string_view text, const pki::public_key& key) {
  if (young_.size() >= generation_)
    old_ = std::exchange(young_, {});
  young_.emplace(text, key);
}

} // namespace otafleet::uptane
