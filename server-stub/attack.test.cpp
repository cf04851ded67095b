#include "server-stub/attack.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server-stub/attack_ledger.hpp"

namespace otafleet::stub {
namespace {

// -- kinds ----------------------------------------------------------------------

TEST(attack, has_ten_kinds_with_names_that_read_back) {
  std::string all;
  for (std::size_t at = 0; at < attack_kinds; ++at) {
    const auto kind = static_cast<attack_kind>(at);
    EXPECT_EQ(attack_kind_from(to_string(kind)), kind);
    all.append(to_string(kind)).append(" ");
  }
  EXPECT_EQ(all, "rollback freeze mix-and-match arbitrary-software endless-data wrong-role-key repeated-ecu "
                 "wrong-hardware replaced-payload skipped-root ");
  for (const auto* none : {"", "Rollback", "mix_and_match", "none"})
    EXPECT_EQ(attack_kind_from(none), std::nullopt);
}

/// The endpoints whose answers `kind` bends.
std::string bent_by(attack_kind kind) {
  std::string names;
  for (std::size_t at = 0; at < static_cast<std::size_t>(endpoint::count_); ++at)
    if (part_bent_by(kind, static_cast<endpoint>(at)) != bent_part::none)
      names.append(to_string(static_cast<endpoint>(at))).append(" ");
  return names;
}

TEST(attack, bends_only_what_its_kind_is_about) {
  const std::string list = "director_targets director_timestamp director_snapshot ";
  EXPECT_EQ(bent_by(attack_kind::rollback), list);
  EXPECT_EQ(bent_by(attack_kind::freeze), list);
  EXPECT_EQ(bent_by(attack_kind::wrong_role_key), list);
  EXPECT_EQ(bent_by(attack_kind::repeated_ecu), list);
  EXPECT_EQ(bent_by(attack_kind::wrong_hardware), list);
  EXPECT_EQ(bent_by(attack_kind::endless_data), "director_targets ");
  EXPECT_EQ(bent_by(attack_kind::arbitrary_software),
            "director_targets image_timestamp image_snapshot image_targets image_download director_timestamp "
            "director_snapshot ");
  EXPECT_EQ(bent_by(attack_kind::mix_and_match), "image_targets ");
  EXPECT_EQ(bent_by(attack_kind::replaced_payload), "image_download ");
  EXPECT_EQ(bent_by(attack_kind::skipped_root), "director_root ");
}

TEST(attack, is_given_away_by_what_only_an_accepting_client_asks_for) {
  using e = endpoint;
  for (const auto next : {e::image_root, e::image_timestamp, e::image_targets, e::image_delegation, e::image_download})
    EXPECT_TRUE(gives_away(bent_part::director_list, next)) << to_string(next);
  for (const auto next : {e::manifest, e::events, e::director_root, e::director_targets, e::director_snapshot})
    EXPECT_FALSE(gives_away(bent_part::director_list, next)) << to_string(next);
  EXPECT_TRUE(gives_away(bent_part::root, e::director_targets));
  EXPECT_TRUE(gives_away(bent_part::root, e::director_timestamp)) << "the strict client's next step";
  EXPECT_FALSE(gives_away(bent_part::root, e::director_root)) << "it may look for the next root";
  EXPECT_TRUE(gives_away(bent_part::image_metadata, e::image_download));
  EXPECT_FALSE(gives_away(bent_part::image_metadata, e::image_targets)) << "after a bent timestamp or snapshot";
  EXPECT_FALSE(gives_away(bent_part::image, e::image_download)) << "it tries a download several times";
  EXPECT_FALSE(gives_away(bent_part::none, e::image_download));
}

// -- the ledger -----------------------------------------------------------------

attack_count count(const attack_ledger& ledger, attack_kind kind) {
  return ledger.counts()[static_cast<std::size_t>(kind)].value();
}

TEST(attack_ledger, counts_answers_and_devices_apart) {
  attack_ledger ledger;
  EXPECT_FALSE(ledger.counts()[0]);
  ledger.switched_on(attack_kind::freeze);
  EXPECT_EQ(count(ledger, attack_kind::freeze), (attack_count{0, 0, 0}));
  for (const auto* device : {"a", "b", "a"})
    ledger.served(*ledger.of(device), attack_kind::freeze, bent_part::director_list);
  ledger.served(*ledger.of("a"), attack_kind::rollback, bent_part::director_list);
  EXPECT_EQ(count(ledger, attack_kind::freeze), (attack_count{3, 2, 0}));
  EXPECT_EQ(count(ledger, attack_kind::rollback), (attack_count{1, 1, 0}));
  EXPECT_EQ(ledger.open(), 2u);
}

TEST(attack_ledger, counts_each_device_that_accepted_once_and_for_the_kind_that_is_open) {
  attack_ledger ledger;
  auto& device = *ledger.of("a");
  ledger.accepted(device);
  ledger.served(device, attack_kind::freeze, bent_part::director_list);
  ledger.accepted(device);
  ledger.accepted(device);
  EXPECT_EQ(count(ledger, attack_kind::freeze).accepted, 1u);
  ledger.close(device);
  ledger.accepted(device);
  ledger.served(device, attack_kind::freeze, bent_part::director_list);
  ledger.accepted(device);
  EXPECT_EQ(count(ledger, attack_kind::freeze).accepted, 1u) << "the same device";
  ledger.served(device, attack_kind::repeated_ecu, bent_part::director_list);
  ledger.accepted(device);
  EXPECT_EQ(count(ledger, attack_kind::repeated_ecu).accepted, 1u);
}

TEST(attack_ledger, forgets_with_the_manifest_what_is_open) {
  attack_ledger ledger;
  auto& device = *ledger.of("a");
  ledger.served(device, attack_kind::replaced_payload, bent_part::image, "fw-1");
  EXPECT_TRUE(attack_ledger::has_open_image(device, "fw-1"));
  EXPECT_FALSE(attack_ledger::has_open_image(device, "fw-2"));
  ledger.close(device);
  ledger.close(device);
  EXPECT_FALSE(attack_ledger::has_open_image(device, "fw-1"));
  EXPECT_EQ(ledger.open(), 0u);
}

TEST(attack_ledger, is_bounded) {
  attack_ledger ledger{2};
  EXPECT_NE(ledger.of("a"), nullptr);
  EXPECT_NE(ledger.of("b"), nullptr);
  EXPECT_EQ(ledger.of("c"), nullptr);
  EXPECT_NE(ledger.of("a"), nullptr) << "known ones go on";
  EXPECT_EQ(ledger.find("c"), nullptr);
  auto& device = *ledger.of("a");
  for (int at = 0; at < 100; ++at)
    ledger.served(device, attack_kind::replaced_payload, bent_part::image, "fw-" + std::to_string(at));
  EXPECT_EQ(device.files.size(), max_bent_images);
}

} // namespace
} // namespace otafleet::stub
