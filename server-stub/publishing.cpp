#include "server-stub/publishing.hpp"

#include <algorithm>
#include <array>

#include "server-stub/secret.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

constexpr std::string_view door = "/publish/";
/// What publishing is: images, their metadata and OSTree objects of one account. Not devices, nor what they are to do.
constexpr std::array<std::string_view, 2> behind_the_door{"/api/v1/user_repo/", "/api/v3/"};

} // namespace

std::optional<publishing_door> publishing_door_of(const account_table& accounts, std::string_view target) {
  const auto rest = after(target, door);
  const auto slash = rest ? rest->find('/') : std::string_view::npos;
  if (slash == std::string_view::npos)
    return std::nullopt;
  const auto offered = rest->substr(0, slash);
  auto behind = rest->substr(slash);
  // A base URL with a slash at its end doubles it.
  behind.remove_prefix(std::min(behind.find_first_not_of('/'), behind.size()) - 1);
  if (std::none_of(behind_the_door.begin(), behind_the_door.end(),
                   [&](std::string_view prefix) { return behind.starts_with(prefix); }))
    return std::nullopt;
  for (const auto& [name, owner] : accounts)
    if (is_secret(offered, owner->publishing_secret()))
      return publishing_door{owner.get(), behind};
  return std::nullopt;
}

std::string_view without_secret(std::string_view target) noexcept {
  return target.starts_with(door) ? door : target;
}

std::string publishing_url(const std::string& operator_url, const account& owner) {
  return operator_url + std::string{door} + owner.publishing_secret();
}

} // namespace otafleet::stub
