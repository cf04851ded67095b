// What nobody writes on purpose: no text may end the program, and what is accepted must stay what it is.
#include <chrono>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "scenarios/load.hpp"

namespace otafleet::scenarios {
namespace {

[[nodiscard]] std::string quickstart() {
  std::ifstream in{OTAFLEET_SOURCE_DIR "/scenarios/quickstart.yaml"};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Replaces, removes, doubles or moves a few bytes, as often as not with pieces that mean something to YAML.
[[nodiscard]] std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> pieces{
      "{",    "}",    "[",   "]",  ": ", "- ", "&a ", "*a",   "\n", "\n  ", "'",  "\"",  "| ",
      "> ",   "#",    "---", "? ", ",",  "~",  "!!",  "\xff", "\t", "0%",   "-1", "1e9", "99999999999999999999",
      "<<: ", "null", "true"};
  const auto up_to = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>{0, most}(random); };
  for (auto left = 1 + up_to(3); left != 0 && !text.empty(); --left) {
    const auto at = up_to(text.size() - 1);
    const auto length = std::min(up_to(24), text.size() - at);
    switch (up_to(3)) {
    case 0:
      text.replace(at, up_to(2), pieces[up_to(pieces.size() - 1)]);
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(up_to(text.size()), text.substr(at, length));
      break;
    default:
      text[at] = static_cast<char>(up_to(255));
    }
  }
  return text;
}

TEST(any_text, is_refused_with_positions_or_stays_the_same_when_resolved) {
  std::mt19937 random{7};
  const auto origin = quickstart();
  int accepted = 0;
  for (int i = 0; i != 2'000; ++i) {
    const auto text = mutated(origin, random);
    const auto first = parse(text, "f.yaml");
    if (!first) {
      ASSERT_FALSE(first.error().empty()) << text;
      for (const auto& one : first.error())
        ASSERT_FALSE(one.message.empty()) << text;
      continue;
    }
    ++accepted;
    const auto second = parse(first->resolved_yaml, "resolved");
    ASSERT_TRUE(second) << text << "\nresolved:\n" << first->resolved_yaml << '\n' << second.error().front().text();
    ASSERT_EQ(second->resolved_yaml, first->resolved_yaml) << text;
  }
  EXPECT_GT(accepted, 100); // comments and values that may be other ones
}

TEST(any_description, comes_out_of_the_resolved_form_unchanged) {
  for (const std::string quoted :
       {"\"null\"", "\"~\"", "\"\"", "\"true\"", "\"- a: b # c\"", "\"a\\nb\\n\"", "\"tab\\there\"",
        "\"\\\"quoted\\\" 'twice'\"", "\"Gr\\u00fc\\u00dfe\"", "\" space \"", "\"{[&*!|>%@`\""}) {
    const auto text = "name: s\ndescription: " + quoted +
                      "\nbackend: {stub: {}}\naccounts: {a: {}}\nfleets: {f: {account: a, devices: 1, hardware: h}}\n";
    const auto first = parse(text, "f.yaml");
    ASSERT_TRUE(first) << quoted;
    const auto second = parse(first->resolved_yaml, "resolved");
    ASSERT_TRUE(second) << first->resolved_yaml;
    EXPECT_EQ(second->content.description, first->content.description) << first->resolved_yaml;
  }
}

TEST(any_nesting, ends_with_a_sentence) {
  for (const std::string& text : {std::string(500'000, '['), std::string(500'000, '{'), std::string("a: &a [*a]\n")}) {
    const auto result = parse(text, "f.yaml");
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().front().message.find("deep"), std::string::npos) << result.error().front().text();
  }
  std::string lists;
  for (int i = 0; i != 100'000; ++i)
    lists += "- ";
  EXPECT_FALSE(parse(lists, "f.yaml"));
}

TEST(a_full_file, is_read_in_less_than_ten_seconds) {
  // The largest file that is allowed, all of it wrong.
  std::string text = "name: s\n";
  for (int i = 0; text.size() < 1'000'000; ++i)
    text += "key" + std::to_string(i) + ": value\n";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(parse(text, "f.yaml"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
}

} // namespace
} // namespace otafleet::scenarios
