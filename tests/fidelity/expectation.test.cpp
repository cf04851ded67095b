#include "expectation.hpp"

#include <gtest/gtest.h>

namespace otafleet::fidelity {
namespace {

const std::string some_hash(64, 'a');
const std::string other_hash(64, 'b');

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

std::size_t differences(expectation& by, const std::string& expected, const std::string& got) {
  return by.compare_json(expected, got).size();
}

TEST(expectation, finds_nothing_where_nothing_differs) {
  expectation by;
  EXPECT_EQ(by.compare_json(R"({"a":[1,true,"x"],"b":{}})", R"({"a":[1,true,"x"],"b":{}})"),
            std::vector<std::string>{});
}

TEST(expectation, sees_another_value_a_missing_a_surplus_member_and_another_type) {
  expectation by;
  EXPECT_EQ(by.compare_json(R"({"code":"OK"})", R"({"code":"FAILED"})"),
            std::vector<std::string>{R"(/code: the real client has "OK", ours "FAILED")"});
  EXPECT_EQ(differences(by, R"({"a":1,"b":2})", R"({"a":1})"), 1U);
  EXPECT_EQ(differences(by, R"({"a":1})", R"({"a":1,"b":2})"), 1U);
  EXPECT_EQ(differences(by, R"({"report_counter":"1"})", R"({"report_counter":1})"), 1U);
  EXPECT_EQ(differences(by, R"([1,2])", R"([1])"), 1U);
  EXPECT_EQ(differences(by, R"([1,2])", R"([2,1])"), 2U);
}

TEST(expectation, holds_a_name_to_its_first_value) {
  expectation by;
  EXPECT_EQ(differences(by, R"(["$keyid:0"])", "[" + quoted(some_hash) + "]"), 0U);
  EXPECT_EQ(by.value_of("keyid:0"), some_hash);
  EXPECT_EQ(differences(by, R"(["$keyid:0"])", "[" + quoted(other_hash) + "]"), 1U);
}

TEST(expectation, does_not_let_two_names_of_a_kind_have_one_value) {
  expectation by;
  by.bind("keyid:0", some_hash);
  EXPECT_FALSE(by.agrees("$keyid:1", some_hash));
  EXPECT_TRUE(by.agrees("$keyid:1", other_hash));
  EXPECT_TRUE(by.agrees("$sha256:x", some_hash)); // of another kind
}

TEST(expectation, knows_the_members_that_have_a_name) {
  expectation by;
  by.bind("keyid:0", some_hash);
  EXPECT_EQ(differences(by, R"({"$keyid:0":1})", "{" + quoted(some_hash) + ":1}"), 0U);
  EXPECT_EQ(differences(by, R"({"$keyid:0":1})", "{" + quoted(other_hash) + ":1}"), 2U);
}

TEST(expectation, judges_the_form_of_what_has_no_name) {
  expectation by;
  EXPECT_TRUE(by.agrees("$time", "2026-11-24T04:06:54Z"));
  EXPECT_FALSE(by.agrees("$time", "2026-11-24 04:06:54"));
  EXPECT_TRUE(by.agrees("$uuid", "c1d85980-b64b-454f-92ed-828afa924793"));
  EXPECT_FALSE(by.agrees("$uuid", "c1d85980-b64b-154f-92ed-828afa924793")); // not random (version 1)
  EXPECT_TRUE(by.agrees("$device", "colorful-maultaschen-864"));
  EXPECT_FALSE(by.agrees("$device", "device-7"));
  EXPECT_TRUE(by.agrees("$signature:3", "YWJj"));
  EXPECT_FALSE(by.agrees("$signature:3", "YWI="));
}

TEST(expectation, sees_another_way_to_write_the_same_json) {
  expectation by;
  const std::string e_acute = "\xC3\xA9";
  EXPECT_EQ(differences(by, R"({"a":"\u00e9","b":1})", R"({"a":"\u00e9","b":1})"), 0U);
  EXPECT_EQ(differences(by, R"({"a":"\u00e9","b":1})", R"({"a":"\u00E9","b":1})"), 1U);
  EXPECT_EQ(differences(by, R"({"a":"\u00e9","b":1})", R"({"a":")" + e_acute + R"(","b":1})"), 1U);
  EXPECT_EQ(differences(by, R"({"a":1,"b":1})", R"({"b":1,"a":1})"), 1U);
  EXPECT_EQ(differences(by, R"({"a":1})", R"({"a": 1})"), 1U);
  EXPECT_EQ(differences(by, R"({"a":1})", "no json"), 1U);
}

TEST(expectation, compares_lines) {
  expectation by;
  by.bind("gateway", "https://127.0.0.1:1");
  const auto* expected = R"(["[tls]","server = \"$gateway\"","path = \"$text\"",""])";
  EXPECT_TRUE(by.compare_lines(expected, "[tls]\nserver = \"https://127.0.0.1:1\"\npath = \"/var\"\n").empty());
  EXPECT_EQ(by.compare_lines(expected, "[tls]\nserver = \"https://127.0.0.1:1\"\npath = \"/var\"\n\n").size(), 1U);
  EXPECT_EQ(by.compare_lines(expected, "[tls]\nserver = \"https://elsewhere\"\npath = 7\n").size(), 2U);
  EXPECT_EQ(by.compare_lines(expected, "[tls]\n").size(), 3U);
}

} // namespace
} // namespace otafleet::fidelity
