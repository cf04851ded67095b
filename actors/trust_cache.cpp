#include "actors/trust_cache.hpp"

namespace otafleet::actors {

tl::expected<std::shared_ptr<const net::trust_store>, std::string>
trust_cache::store_for(const std::vector<pki::certificate>& authorities) {
  std::string key;
  for (const auto& authority : authorities)
    key += authority.fingerprint();
  const std::lock_guard lock{mutex_};
  if (const auto known = stores_.find(key); known != stores_.end())
    return known->second;
  // A backend that sends every device other authorities must not fill the memory.
  constexpr std::size_t most_stores = 64;
  if (stores_.size() == most_stores)
    return tl::unexpected(std::string{"the backend has handed out more than 64 different sets of authorities"});
  auto made = net::trust_store::make(authorities);
  if (made)
    stores_.emplace(std::move(key), *made);
  return made;
}

} // namespace otafleet::actors
