// What an attacker on the wire can send: every document changed, cut, deepened and replaced. Nothing of it may be
// accepted.
#include <functional>

#include "uptane/target_search.hpp"
#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class hostile_input : public trust_fixture {
protected:
  using door = std::function<verdict(std::string_view)>;

  struct attempt {
    std::string name;
    std::string good;
    door accept;
  };

  void SetUp() override {
    director.targets.list = {director_target("fw-1", 10, "primary", "hw")};
    image.targets.list = {image_target("fw-1", 10, {"hw"})};
    image.delegate(image.targets, "vendor", {"*"}).list = {image_target("fw-2", 20, {"hw"})};
    ASSERT_TRUE(director_device.accept_root(director.root_text(), by));
    ASSERT_TRUE(image_device.accept_root(image.root_text(), by));
    ASSERT_TRUE(image_device.accept_timestamp(image.timestamp_text(), by));
    ASSERT_TRUE(image_device.accept_snapshot(image.snapshot_text(), by));
    // Without hashes in the snapshot, so that the signature alone has to hold.
    unhashed_image = image;
    unhashed_image.snapshot.meta["targets.json"] = R"({"version":1})";
    unhashed_image.snapshot.meta["vendor.json"] = R"({"version":1})";
    ASSERT_TRUE(unhashed_device.accept_root(unhashed_image.root_text(), by));
    ASSERT_TRUE(unhashed_device.accept_timestamp(unhashed_image.timestamp_text(), by));
    ASSERT_TRUE(unhashed_device.accept_snapshot(unhashed_image.snapshot_text(), by));
    strict_device = director_device;
    ASSERT_TRUE(strict_device.accept_timestamp(director.timestamp_text(), strict));
    delegated_device = image_device;
    ASSERT_TRUE(delegated_device.accept_targets(image.targets_text(), by));
    unhashed_delegated_device = unhashed_device;
    ASSERT_TRUE(unhashed_delegated_device.accept_targets(unhashed_image.targets_text(), by));
  }

  /// Searches until the delegation is asked for, and answers with `text`.
  verdict accept_delegation(image_trust device, std::string_view text) {
    target_search search{director_target("fw-2", 20, "primary", "hw")};
    const auto step = search.next(device, by);
    if (!step || !std::holds_alternative<target_search::needs>(*step))
      return {};
    auto result = search.accept(device, text, by);
    EXPECT_EQ(device.delegation("vendor") != nullptr, result.has_value());
    return result;
  }

  /// Every document at every door, each tried on a device of its own.
  std::vector<attempt> attempts() {
    return {
        {"director root", director.root_text(), [this](auto text) { return director_trust{}.accept_root(text, by); }},
        {"director targets", director.targets_text(),
         [this](auto text) { return director_trust{director_device}.accept_targets(text, by); }},
        {"director timestamp", director.timestamp_text(),
         [this](auto text) { return director_trust{director_device}.accept_timestamp(text, strict); }},
        {"director snapshot", director.snapshot_text(),
         [this](auto text) { return director_trust{strict_device}.accept_snapshot(text, strict); }},
        {"image root", image.root_text(), [this](auto text) { return image_trust{}.accept_root(text, by); }},
        {"image timestamp", image.timestamp_text(),
         [this](auto text) { return image_trust{image_device}.accept_timestamp(text, by); }},
        {"image snapshot", image.snapshot_text(),
         [this](auto text) { return image_trust{image_device}.accept_snapshot(text, by); }},
        {"image targets", image.targets_text(),
         [this](auto text) { return image_trust{image_device}.accept_targets(text, by); }},
        {"image targets without a hash", unhashed_image.targets_text(),
         [this](auto text) { return image_trust{unhashed_device}.accept_targets(text, by); }},
        {"delegation", image.delegation_text("vendor"),
         [this](auto text) { return accept_delegation(delegated_device, text); }},
        {"delegation without a hash", unhashed_image.delegation_text("vendor"),
         [this](auto text) { return accept_delegation(unhashed_delegated_device, text); }}};
  }

  director_trust director_device;
  image_trust image_device;
  image_trust unhashed_device;
  director_trust strict_device;
  image_trust delegated_device;
  image_trust unhashed_delegated_device;
  const rules by_rules{.director_timestamp_and_snapshot = true};
  judge strict{pool, watch, by.now, by_rules};
  test_repository unhashed_image{repository::image, pki::key_type::ed25519};
};

TEST_F(hostile_input, is_told_from_the_documents_themselves) {
  for (const auto& one : attempts())
    EXPECT_EQ(outcome(one.accept(one.good)), "accepted") << one.name;
}

TEST_F(hostile_input, is_refused_with_any_byte_changed) {
  // Not bit 5, which is the case of a letter: a signature method may be written in either.
  for (const auto& one : attempts()) {
    for (std::size_t at = 0; at < one.good.size(); ++at) {
      for (const unsigned mask : {0x01U, 0x08U, 0x80U, 0xFFU}) {
        auto text = one.good;
        text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ mask);
        ASSERT_FALSE(one.accept(text)) << one.name << ", byte " << at << ", mask " << mask;
      }
    }
  }
}

TEST_F(hostile_input, is_refused_with_any_byte_removed_or_repeated) {
  for (const auto& one : attempts()) {
    for (std::size_t at = 0; at < one.good.size(); ++at) {
      auto text = one.good;
      text.erase(at, 1);
      ASSERT_FALSE(one.accept(text)) << one.name << ", without byte " << at;
      text = one.good;
      text.insert(at, 1, text[at]);
      ASSERT_FALSE(one.accept(text)) << one.name << ", byte " << at << " twice";
    }
  }
}

TEST_F(hostile_input, is_refused_when_cut_anywhere) {
  for (const auto& one : attempts())
    for (std::size_t size = 0; size < one.good.size(); ++size)
      ASSERT_FALSE(one.accept(std::string_view{one.good}.substr(0, size))) << one.name << ", " << size << " bytes";
}

TEST_F(hostile_input, is_refused_when_it_is_another_document) {
  auto all = attempts();
  // A first root is trusted on sight, whosever it is.
  std::erase_if(all, [](const attempt& one) { return one.name.ends_with("root"); });
  all.push_back({"director root after the first", {}, [this](auto text) {
                   return director_trust{director_device}.accept_root(text, by);
                 }});
  all.push_back({"image root after the first", {}, [this](auto text) {
                   return image_trust{image_device}.accept_root(text, by);
                 }});
  for (const auto& other : attempts())
    for (const auto& one : all)
      EXPECT_EQ(one.accept(other.good).has_value(), one.good == other.good) << other.name << " for " << one.name;
}

TEST_F(hostile_input, is_refused_when_it_is_not_metadata) {
  const std::string deep_array(60'000, '[');
  std::string deep_object;
  while (deep_object.size() < 60'000)
    deep_object += R"({"signed":)";
  std::string noise;
  for (unsigned state = 1; noise.size() < 60'000; state = state * 1664525U + 1013904223U)
    noise += static_cast<char>(state >> 24U);
  const std::vector<std::string> garbage{"",
                                         "null",
                                         "{}",
                                         "[]",
                                         "7",
                                         "\"\"",
                                         R"({"signed":{},"signatures":[]})",
                                         R"({"code":"missing_entity","description":"","cause":null,"errorId":null})",
                                         "<html><body>502 Bad Gateway</body></html>",
                                         deep_array,
                                         deep_object,
                                         noise,
                                         std::string(60'000, '\0'),
                                         std::string(9 * 1024 * 1024, ' '),
                                         std::string(9 * 1024 * 1024, '[')};
  for (const auto& one : attempts())
    for (const auto& text : garbage)
      EXPECT_FALSE(one.accept(text)) << one.name << ", " << text.substr(0, 40);
}

TEST_F(hostile_input, is_refused_when_it_hides_a_second_member_of_a_name) {
  for (const auto& one : attempts()) {
    auto text = one.good;
    text.insert(1, R"("signed":{},)");
    EXPECT_FALSE(one.accept(text)) << one.name;
    text = one.good;
    text.insert(text.size() - 2, R"(,"version":9)");
    EXPECT_FALSE(one.accept(text)) << one.name;
  }
}

TEST_F(hostile_input, leaves_everything_trusted_as_it_was) {
  ASSERT_TRUE(director_device.accept_targets(director.targets_text(), by));
  ASSERT_TRUE(image_device.accept_targets(image.targets_text(), by));
  for (const auto& one : attempts()) {
    auto text = one.good;
    text[text.size() / 2] ^= 1;
    EXPECT_FALSE(director_device.accept_root(text, by));
    EXPECT_FALSE(director_device.accept_targets(text, by));
    EXPECT_FALSE(image_device.accept_root(text, by));
    EXPECT_FALSE(image_device.accept_timestamp(text, by));
    EXPECT_FALSE(image_device.accept_snapshot(text, by));
    EXPECT_FALSE(image_device.accept_targets(text, by));
    EXPECT_FALSE(accept_delegation(image_device, text));
    EXPECT_FALSE(strict_device.accept_timestamp(text, strict));
    EXPECT_FALSE(strict_device.accept_snapshot(text, strict));
  }
  EXPECT_EQ(outcome(director_device.recheck(by)), "accepted");
  EXPECT_EQ(outcome(image_device.recheck(by)), "accepted");
}

TEST_F(hostile_input, costs_one_check_per_key_of_the_role_however_many_signatures_it_carries) {
  std::vector<std::string> entries;
  entries.reserve(200);
  for (int number = 0; number < 200; ++number)
    entries.push_back(json_object(
        {{"keyid", json_text(std::to_string(number))}, {"method", json_text("ed25519")}, {"sig", json_text("AAAA")}}));
  watch.checked.clear();
  EXPECT_FALSE(director_device.accept_targets(envelope_text("{}", entries), by));
  EXPECT_TRUE(watch.checked.empty());
}

} // namespace
} // namespace otafleet::uptane::testing
