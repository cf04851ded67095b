#include "uptane/target_pieces.hpp"

#include <algorithm>
#include <cstdlib>
#include <malloc.h>
#include <new>

#include "pki/digest.hpp"
#include "uptane/canonical.hpp"
#include "uptane/metadata_fixture.hpp"
#include "uptane/trust.hpp"

// Counts what the code under test holds: pages that the allocator keeps for itself or that are not touched yet would
// blur the process's own size.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

thread_local std::size_t held = 0;
thread_local std::size_t most_held = 0;

} // namespace

// NOLINTBEGIN(cppcoreguidelines-no-malloc)
void* operator new(std::size_t size) {
  auto* const at = std::malloc(size);
  if (at == nullptr)
    throw std::bad_alloc{};
  held += malloc_usable_size(at);
  most_held = std::max(most_held, held);
  return at;
}
void operator delete(void* at) noexcept {
  held -= malloc_usable_size(at);
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
  operator delete(at);
}
// NOLINTEND(cppcoreguidelines-no-malloc)
#endif

namespace otafleet::uptane::testing {
namespace {

class pieces : public metadata {
protected:
  void SetUp() override {
    image.targets.list = {image_target("a", 10, {"hw"}), image_target("b/c", 20, {"hw", "hw-2"}),
                          image_target("d", 30, {})};
  }

  /// The canonical form of the document, put together again; none when the attempt ended.
  static std::optional<std::string> put_together(std::string_view text) {
    const auto cut = target_pieces::cut(text);
    if (!cut)
      return std::nullopt;
    auto whole = canonical_json(cut->skeleton());
    if (!whole)
      return std::nullopt;
    canonical_writer writer;
    std::string list;
    if (!cut->append_to(list, writer, [](auto, const auto&) { return true; }))
      return std::nullopt;
    constexpr std::string_view empty_list = R"("targets":{})";
    const auto at = whole->find(empty_list);
    if (at == std::string::npos)
      return std::nullopt;
    return whole->replace(at + empty_list.size() - 2, 2, list);
  }

  /// Long enough to be read in pieces; `raw` is one more target.
  std::string long_text_with(const std::string& name, const std::string& raw) {
    json_members list;
    for (int number = 0; number < 1000; ++number)
      list["fw-" + std::to_string(number)] = plain_target;
    list[name] = raw;
    image.targets.members["targets"] = json_object(list);
    auto text = image.targets_text();
    EXPECT_GT(text.size(), 128U * 1024);
    return text;
  }

  const std::string plain_target = target_with_custom(R"({"hardwareIds":["hw"],"name":"some name of a package"})");
};

TEST_F(pieces, are_together_what_the_whole_is) {
  const auto text = image.targets_text();
  EXPECT_EQ(target_pieces::cut(text)->count(), 3U);
  EXPECT_EQ(put_together(text), canonical_json(text).value());
  EXPECT_EQ(put_together(text), text) << "the test repository writes canonical JSON";
}

TEST_F(pieces, may_stand_in_any_order_and_with_white_space) {
  constexpr std::string_view text =
      "\n{ \"signed\" :\t{\"x\" : [ {\"targets\":{}}, \"}\\\"\" ] , \"targets\" :\r{ \"b\" : "
      "{\"y\": 1, \"x\": [ ] } , \"a\":2 } , \"z\" : null } , \"signatures\" : [ ] } ";
  const auto cut = target_pieces::cut(text);
  ASSERT_TRUE(cut);
  canonical_writer writer;
  std::string list;
  std::vector<std::string> names;
  ASSERT_TRUE(cut->append_to(list, writer, [&](std::string_view name, const auto&) {
    names.emplace_back(name);
    return true;
  }));
  EXPECT_EQ(list, R"({"a":2,"b":{"x":[],"y":1}})");
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(canonical_json(cut->skeleton()).value(),
            R"({"signatures":[],"signed":{"targets":{},"x":[{"targets":{}},"}\""],"z":null}})");
}

TEST_F(pieces, are_not_made_of_what_is_odd) {
  for (const auto* text :
       {"", "{}", "[]", "7", R"({"signed":7})", R"({"signed":{}})", R"({"signed":{"targets":[]}})",
        R"({"signed":{"targets":{}}})", R"({"signed":{"targets":{"a":1)", R"({"signed":{"targets":{"a":1,}}})",
        R"({"signed":{"targets":{"a":1]}})", R"({"signed":{"targets":{"a\u0062":1}}})",
        R"({"signed":{"targets":{"a":1,"a":2}}})", R"({"si\u0067ned":{"targets":{"a":1}}})"})
    EXPECT_FALSE(target_pieces::cut(text)) << text;
}

TEST_F(pieces, never_pass_where_the_whole_would_not) {
  image.targets.list.pop_back();
  image.targets.list.front().hashes.sha512.clear();
  image.targets.list.back().hashes.sha512.clear();
  const auto good = image.targets_text();
  const auto judge_text = [](const std::string& text) {
    const auto together = put_together(text);
    if (!together)
      return true; // The whole is parsed then.
    const auto whole = canonical_json(text);
    return whole && *whole == *together;
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : {'{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\n', '0', 'a', '\0', '\xC3'}) {
      auto text = good;
      text[at] = c;
      ASSERT_TRUE(judge_text(text)) << "byte " << at << " is " << c;
      text = good;
      text.insert(at, 1, c);
      ASSERT_TRUE(judge_text(text)) << c << " before byte " << at;
    }
    auto text = good;
    text.erase(at, 1);
    ASSERT_TRUE(judge_text(text)) << "without byte " << at;
    ASSERT_TRUE(judge_text(good.substr(0, at))) << at << " bytes";
  }
}

TEST_F(pieces, of_a_long_document_make_the_same_targets) {
  image.delegate(image.targets, "vendor", {"*"});
  const auto text = long_text_with("zz", plain_target);
  const auto document = parse_targets(repository::image, text, keep_sources::yes).value();
  EXPECT_EQ(document->sha256, pki::sha256_hex(as_bytes(text)));
  EXPECT_EQ(document->canonical_length, text.size());
  EXPECT_EQ(document->list.size(), 1001U);
  EXPECT_TRUE(std::ranges::is_sorted(document->list, {}, &target::filename));
  EXPECT_EQ(document->list.back().filename, "zz");
  EXPECT_EQ(document->list.back().hardware_ids, std::vector<std::string>{"hw"});
  EXPECT_EQ(document->delegations.size(), 1U);
  EXPECT_EQ(*document->source, text);
  EXPECT_EQ(document->version, 1);
}

TEST_F(pieces, leave_it_to_the_whole_to_say_what_is_wrong) {
  const auto outcome_of = [&](const std::string& text) { return outcome(parse_targets(repository::image, text)); };
  const std::string prefix = "InvalidMetadata::targets: invalid targets.json: ";
  EXPECT_EQ(outcome_of(long_text_with("zz", "7")), prefix + "target of \"zz\" is not an object");
  EXPECT_EQ(outcome_of(long_text_with("zz", R"({"length":-1})")),
            prefix + "length of \"zz\" is not between 0 and 9223372036854775807");
  auto text = long_text_with("zz", plain_target);
  text.replace(text.find("\"zz\""), 4, "\"fw-0\"");
  EXPECT_EQ(outcome_of(text), "InvalidMetadata::targets: invalid metadata json: the JSON repeats the key \"fw-0\"");
  text = long_text_with("z\\z", plain_target);
  EXPECT_EQ(outcome_of(text), "parsed") << "a name with an escape";
  EXPECT_EQ(outcome_of(text + "x").substr(0, 46), "InvalidMetadata::targets: invalid metadata jso");
}

TEST_F(pieces, let_8_mib_be_verified_in_three_times_their_size) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's allocator does not count";
#else
  // As ota-lith writes them, some 330 bytes each.
  json_members list;
  for (int number = 0; number < 24000; ++number) {
    const auto name = "core-image-" + std::to_string(number);
    list[name] = json_object({{"custom", json_object({{"cliUploaded", "true"},
                                                      {"createdAt", json_text("2026-01-01T10:00:00Z")},
                                                      {"hardwareIds", json_array({json_text("raspberrypi4-64")})},
                                                      {"name", json_text("core-image-minimal")},
                                                      {"targetFormat", json_text("BINARY")},
                                                      {"updatedAt", json_text("2026-01-01T10:00:00Z")},
                                                      {"uri", "null"},
                                                      {"version", json_text("0.0." + std::to_string(number))}})},
                              {"hashes", json_object({{"sha256", json_text(pki::sha256_hex(as_bytes(name)))}})},
                              {"length", "35445"}});
  }
  image.targets.members["targets"] = json_object(list);
  const auto text = image.targets_text();
  ASSERT_GT(text.size(), max_image_targets_bytes * 9 / 10);
  ASSERT_LE(text.size(), max_image_targets_bytes);
  document_pool pool;
  plain_probe watch;
  judge by{pool, watch, utc_time::parse("2026-11-24T09:00:00Z").value()};
  image_trust device;
  ASSERT_TRUE(device.accept_root(image.root_text(), by));
  ASSERT_TRUE(device.accept_timestamp(image.timestamp_text(), by));
  ASSERT_TRUE(device.accept_snapshot(image.snapshot_text(), by));

  const auto before = held;
  most_held = held;
  const auto verified = device.accept_targets(text, by);
  const auto at_most = most_held - before;
  ASSERT_TRUE(verified);
  EXPECT_EQ(device.targets()->list.size(), 24000U);
  EXPECT_GT(at_most, text.size()) << "the signed text is kept";
  EXPECT_LT(at_most, text.size() * 3);
  RecordProperty("most_held_per_byte_in_percent", static_cast<int>(at_most * 100 / text.size()));
#endif
}

} // namespace
} // namespace otafleet::uptane::testing
