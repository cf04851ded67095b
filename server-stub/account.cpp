#include "server-stub/account.hpp"

#include <utility>

#include "server-stub/secret.hpp"

namespace otafleet::stub {

tl::expected<std::unique_ptr<account>, std::string> account::make(std::string name, pki::key_type metadata_key,
                                                                  pki::certificate gateway_root, shared_stores& stores,
                                                                  utc_clock clock, const peculiarities& like) {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected("the account " + name + " could not be made: " + why);
  };
  auto issuer = device_issuer::make(name, std::move(gateway_root), like.device_key);
  if (!issuer)
    return failed(issuer.error());
  auto director_keys = repository_keys::generate(metadata_key, clock());
  if (!director_keys)
    return failed(director_keys.error());
  auto image_keys = repository_keys::generate(metadata_key, clock());
  if (!image_keys)
    return failed(image_keys.error());
  auto images = image_repository::make(std::move(*image_keys), clock, stores.images);
  if (!images)
    return failed(images.error());
  auto publishing_secret = new_secret();
  if (publishing_secret.empty())
    return failed("the system has no randomness");
  return std::unique_ptr<account>{new account{std::move(name), std::move(*issuer), std::move(*director_keys),
                                              std::move(*images), stores.objects, std::move(publishing_secret), clock,
                                              like}};
}

} // namespace otafleet::stub
