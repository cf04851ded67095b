#include "uptane/canonical.hpp"

#include <gtest/gtest.h>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "pki/key.hpp"

namespace otafleet::uptane {
namespace {

std::string canonical(std::string_view text) {
  auto result = canonical_json(text);
  return result ? *result : "failed: " + result.error();
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(canonical_json, is_the_text_that_was_signed_and_hashed_elsewhere) {
  const auto text = canonical(R"({"b":1,"a":{"z":[1,2,{"y":null,"x":true}],"s":"l1\nl2 \"q\" /"},"_type":"Root"})");
  EXPECT_EQ(text, R"({"_type":"Root","a":{"s":"l1\nl2 \"q\" /","z":[1,2,{"x":true,"y":null}]},"b":1})");
  EXPECT_EQ(pki::sha256_hex(as_bytes(text)), "50ae13bc221ba0ff8d42a2b099a08301a8a911e60d5711e0d4b84957fa88633d");
  const auto raw = pki::from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").value();
  const auto key = pki::public_key::from_raw_ed25519(raw).value();
  const auto signature =
      pki::from_base64("BU9NHX39PQHG7sYS9RiXsltURtO0qfbwU+UCfeaDTcjXSqS5gn1MaffdZhgM0pO7Ov1F9tbJ9id9Yj5IZdv5BA==");
  EXPECT_TRUE(key.verify(as_bytes(text), signature.value()));
}

TEST(canonical_json, sorts_keys_bytewise_at_every_depth) {
  EXPECT_EQ(canonical(R"({"b":{"d":1,"c":2},"a":[{"z":1,"y":2}],"B":3,"":4,"ab":5})"),
            R"({"":4,"B":3,"a":[{"y":2,"z":1}],"ab":5,"b":{"c":2,"d":1}})");
}

TEST(canonical_json, drops_white_space) {
  EXPECT_EQ(canonical(" \n{ \"a\" : [ 1 ,\t2 ] , \"b\" : { } , \"c\" : [ ] }\r\n"), R"({"a":[1,2],"b":{},"c":[]})");
}

TEST(canonical_json, escapes_control_characters_the_short_way_where_there_is_one) {
  EXPECT_EQ(canonical(R"(["\u0000\u0001\b\f\n\r\t\u000b\u001f\u007f\/\"\\"])"),
            "[\"\\u0000\\u0001\\b\\f\\n\\r\\t\\u000b\\u001f\x7f/\\\"\\\\\"]");
}

TEST(canonical_json, escapes_everything_beyond_ascii_in_lower_case) {
  EXPECT_EQ(canonical(R"({"dir a/fw+1 é.bin":"日本"})"), R"({"dir a/fw+1 \u00e9.bin":"\u65e5\u672c"})");
  EXPECT_EQ(canonical("[\"\xF0\x9F\x9A\x97\"]"), R"(["\ud83d\ude97"])");
  EXPECT_EQ(canonical(R"(["\uD83D\uDE97\u00E9"])"), R"(["\ud83d\ude97\u00e9"])");
}

TEST(canonical_json, keeps_integers_of_64_bits) {
  EXPECT_EQ(canonical("[0,-0,7,-9223372036854775808,9223372036854775807,18446744073709551615]"),
            "[0,0,7,-9223372036854775808,9223372036854775807,18446744073709551615]");
}

TEST(canonical_json, writes_fractions_as_jsoncpp_does) {
  // jsoncpp: "%.17g", and ".0" behind what looks like an integer.
  EXPECT_EQ(canonical("[0.5,1.0,-0.0,1e2,0.1,1e300,1.5e-9,123456789012345680.0]"),
            "[0.5,1.0,-0.0,100.0,0.10000000000000001,1.0000000000000001e+300,1.5e-09,1.2345678901234568e+17]");
}

TEST(canonical_json, refuses_numbers_outside_of_their_type) {
  EXPECT_FALSE(canonical_json("[18446744073709551616]"));
  EXPECT_FALSE(canonical_json("[-9223372036854775809]"));
  EXPECT_FALSE(canonical_json("[1e400]"));
  EXPECT_FALSE(canonical_json("[NaN]"));
}

TEST(canonical_json, refuses_a_repeated_key_wherever_it_is) {
  EXPECT_EQ(canonical(R"({"a":1,"b":2,"a":3})"), R"(failed: the JSON repeats the key "a")");
  EXPECT_EQ(canonical(R"([{"x":{"k":1,"\u006b":1}}])"), R"(failed: the JSON repeats the key "k")");
  EXPECT_EQ(canonical(R"([{"k":1},{"k":1}])"), R"([{"k":1},{"k":1}])");
}

TEST(canonical_json, goes_64_levels_deep_and_no_deeper) {
  EXPECT_EQ(canonical(nested(64)), nested(64));
  EXPECT_FALSE(canonical_json(nested(65)));
  EXPECT_FALSE(canonical_json(nested(66)));
  EXPECT_FALSE(canonical_json(nested(1'000'000)));
  const auto objects = [](std::size_t depth) {
    std::string text;
    for (std::size_t at = 0; at < depth; ++at)
      text += R"({"a":)";
    return text + "1" + std::string(depth, '}');
  };
  EXPECT_EQ(canonical(objects(64)), objects(64));
  EXPECT_FALSE(canonical_json(objects(65)));
}

TEST(canonical_json, works_again_after_a_text_that_it_refused) {
  EXPECT_FALSE(canonical_json(nested(100)));
  EXPECT_FALSE(canonical_json(R"({"a":)"));
  EXPECT_EQ(canonical(R"({"a":1})"), R"({"a":1})");
}

TEST(canonical_json, takes_a_text_beyond_what_its_warm_buffers_hold) {
  const auto text = "[\"" + std::string(300 * 1024, 'x') + "\"]";
  EXPECT_EQ(canonical(text), text);
}

TEST(canonical_json, refuses_what_is_not_one_document_of_utf_8) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          " "sv,
                          "{"sv,
                          "{}{}"sv,
                          "{} x"sv,
                          "{}\0"sv,
                          "[1,]"sv,
                          "{\"a\"}"sv,
                          "{'a':1}"sv,
                          "[\"\xFF\"]"sv,
                          "[\"\xC0\xAF\"]"sv,
                          "[\"\xED\xA0\x80\"]"sv,
                          R"(["\ud800"])"sv,
                          R"(["\udc00"])"sv,
                          R"(["\x"])"sv,
                          "[\"\n\"]"sv,
                          "[01]"sv,
                          "[+1]"sv,
                          "// c\n{}"sv,
                          "tru"sv})
    EXPECT_FALSE(canonical_json(text)) << text;
}

TEST(append_json_string, replaces_invalid_utf_8_byte_by_byte) {
  std::string out = ">";
  append_json_string(out, "a\xFF\xC3(\xED\xA0\x80\xF4\x90\x80\x80\xE2\x82");
  EXPECT_EQ(out, R"(>"a\ufffd\ufffd(\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd")");
}

} // namespace
} // namespace otafleet::uptane
