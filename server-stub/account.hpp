// One account (namespace, environment): its trust chain, its Director, its Image repository. Accounts share nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "pki/key.hpp"
#include "server-stub/director.hpp"
#include "server-stub/image_repository.hpp"
#include "server-stub/provisioning.hpp"

namespace otafleet::stub {

class account {
public:
  [[nodiscard]] static tl::expected<std::unique_ptr<account>, std::string> make(std::string name,
                                                                                pki::key_type metadata_key,
                                                                                pki::certificate gateway_root,
                                                                                image_store& store, utc_clock clock);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const device_issuer& issuer() const noexcept { return issuer_; }
  [[nodiscard]] director& devices() noexcept { return director_; }
  [[nodiscard]] image_repository& images() noexcept { return *images_; }

private:
  account(std::string name, device_issuer issuer, repository_keys director_keys,
          std::unique_ptr<image_repository> images, utc_clock clock)
      : name_(std::move(name)), issuer_(std::move(issuer)), director_(std::move(director_keys), clock),
        images_(std::move(images)) {}

  std::string name_;
  device_issuer issuer_;
  director director_;
  std::unique_ptr<image_repository> images_;
};

/// All accounts by name; fixed once the backend runs.
using account_table = std::map<std::string, std::unique_ptr<account>, std::less<>>;

} // namespace otafleet::stub
