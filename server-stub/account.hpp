// One account (namespace, environment): its trust chain, its Director, its Image repository, its treehub, its
// campaigns. Accounts share nothing but the bytes of what is equal.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "pki/key.hpp"
#include "server-stub/attack_switch.hpp"
#include "server-stub/campaigns.hpp"
#include "server-stub/director.hpp"
#include "server-stub/image_repository.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/provisioning.hpp"
#include "server-stub/treehub.hpp"

namespace otafleet::stub {

/// Where the accounts of a backend keep what is equal once.
struct shared_stores {
  image_store images;
  object_pool objects;
};

class account {
public:
  [[nodiscard]] static tl::expected<std::unique_ptr<account>, std::string>
  make(std::string name, pki::key_type metadata_key, pki::certificate gateway_root, shared_stores& stores,
       utc_clock clock, const peculiarities& like = peculiarities_of(backend_like::here));

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const device_issuer& issuer() const noexcept { return issuer_; }
  [[nodiscard]] director& devices() noexcept { return director_; }
  [[nodiscard]] image_repository& images() noexcept { return *images_; }
  [[nodiscard]] attack_switch& attack() noexcept { return attack_; }
  [[nodiscard]] stub::treehub& treehub() noexcept { return treehub_; }
  [[nodiscard]] campaign_list& campaigns() noexcept { return campaigns_; }
  /// Opens the account's publishing paths to tools that cannot log in (`publishing.hpp`): a secret.
  [[nodiscard]] const std::string& publishing_secret() const noexcept { return publishing_secret_; }

private:
  account(std::string name, device_issuer issuer, repository_keys director_keys,
          std::unique_ptr<image_repository> images, object_pool& objects, std::string publishing_secret,
          utc_clock clock, const peculiarities& like)
      : name_(std::move(name)), issuer_(std::move(issuer)), director_(std::move(director_keys), clock, like),
        images_(std::move(images)), attack_(director_, *images_, clock), treehub_(objects),
        publishing_secret_(std::move(publishing_secret)) {}

  std::string name_;
  device_issuer issuer_;
  director director_;
  std::unique_ptr<image_repository> images_;
  attack_switch attack_;
  stub::treehub treehub_;
  campaign_list campaigns_;
  std::string publishing_secret_;
};

/// All accounts by name; fixed once the backend runs.
using account_table = std::map<std::string, std::unique_ptr<account>, std::less<>>;

} // namespace otafleet::stub
