#include "server-stub/account.hpp"

#include <utility>

namespace otafleet::stub {

tl::expected<std::unique_ptr<account>, std::string> account::make(std::string name, pki::key_type metadata_key,
                                                                  pki::certificate gateway_root, image_store& store,
                                                                  utc_clock clock) {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected("the account " + name + " could not be made: " + why);
  };
  auto issuer = device_issuer::make(name, std::move(gateway_root));
  if (!issuer)
    return failed(issuer.error());
  auto director_keys = repository_keys::generate(metadata_key, clock());
  if (!director_keys)
    return failed(director_keys.error());
  auto image_keys = repository_keys::generate(metadata_key, clock());
  if (!image_keys)
    return failed(image_keys.error());
  auto images = image_repository::make(std::move(*image_keys), clock, store);
  if (!images)
    return failed(images.error());
  return std::unique_ptr<account>{
      new account{std::move(name), std::move(*issuer), std::move(*director_keys), std::move(*images), clock}};
}

} // namespace otafleet::stub
