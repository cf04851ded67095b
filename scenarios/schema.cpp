// The JSON Schema of scenario files, from the same shapes that the loader checks by.
#include <nlohmann/json.hpp>

#include "scenarios/load.hpp"
#include "scenarios/shape.hpp"

namespace otafleet::scenarios {

namespace {

using json = nlohmann::ordered_json;
using kind = shape::kind;

constexpr const char* duration_pattern = "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$";
constexpr const char* size_pattern = "^[0-9]+(\\.[0-9]+)?(B|kB|KiB|MB|MiB|GB|GiB)?$";
constexpr const char* rate_pattern = "^[0-9]+(\\.[0-9]+)?/(s|min|h)$";
constexpr const char* share_pattern = "^[0-9]+(\\.[0-9]+)?%?$";
constexpr const char* name_pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$";
constexpr const char* milestone_pattern = "^([0-9]+(\\.[0-9]+)?%? +(provisioned|updated)|faults +over)$";
constexpr const char* url_pattern = "^https?://[^/?#@ ]+(/[^?# ]*)?$";
constexpr const char* bound_pattern = "^ *(p50|p90|p99|p99\\.9|avg|max)? *(<|<=|>|>=|==) *[0-9].*$";

[[nodiscard]] json schema_of(const shape& from);

/// Free text and names, which YAML may take for a number: `hardware: 2024`.
[[nodiscard]] json plain_text() {
  return {{"type", json::array({"string", "number"})}};
}

[[nodiscard]] json text_like(const char* pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

/// YAML takes 0.2 and 512 for numbers, which is fine where a unit may be left out.
[[nodiscard]] json text_or_number(const char* pattern) {
  return {{"anyOf", json::array({text_like(pattern), json{{"type", "number"}, {"minimum", 0}}})}};
}

[[nodiscard]] json object_schema(const shape& from) {
  json properties = json::object();
  json required = json::array();
  for (const auto& one : from.fields) {
    auto inner = schema_of(one.of);
    if (!one.fallback.empty() && one.of.is != kind::object)
      inner["default"] = one.fallback;
    properties[one.name] = std::move(inner);
    if (one.required)
      required.push_back(one.name);
  }
  json result{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty())
    result["required"] = required;
  else if (from.exactly_one.empty())
    result["type"] = json::array({"object", "null"}); // a key with nothing behind it stands for the defaults
  if (!from.exactly_one.empty()) {
    json alternatives = json::array();
    for (const auto& name : from.exactly_one)
      alternatives.push_back({{"required", json::array({name})}});
    result["oneOf"] = alternatives;
  }
  if (!from.at_most_one.empty())
    result["not"] = {{"required", from.at_most_one}};
  return result;
}

[[nodiscard]] json body_of(const shape& from) {
  json body;
  switch (from.is) {
  case kind::text:
    body = plain_text();
    body["maxLength"] = 4096;
    return body;
  case kind::path:
    body = plain_text();
    body["minLength"] = 1;
    body["maxLength"] = 4096;
    return body;
  case kind::name:
    body = plain_text();
    body["pattern"] = name_pattern;
    return body;
  case kind::integer:
    return {{"type", "integer"}, {"minimum", from.least}, {"maximum", from.most}};
  case kind::boolean:
    return {{"type", "boolean"}};
  case kind::choice:
    return {{"enum", from.words}};
  case kind::time_span:
    return text_like(duration_pattern);
  case kind::span_or_word:
    return {{"anyOf", json::array({json{{"enum", from.words}}, text_like(duration_pattern)})}};
  case kind::url:
    return text_like(url_pattern);
  case kind::size:
    return text_or_number(size_pattern);
  case kind::rate:
    return text_like(rate_pattern);
  case kind::share:
    return text_or_number(share_pattern);
  case kind::milestone:
    return text_like(milestone_pattern);
  case kind::bound:
    return text_like(bound_pattern);
  case kind::object:
    return object_schema(from);
  case kind::map:
    return {{"type", "object"},
            {"additionalProperties", schema_of(from.inner.front())},
            {"minProperties", from.may_be_empty ? 0 : 1}};
  case kind::list:
    return {{"type", "array"}, {"items", schema_of(from.inner.front())}, {"minItems", from.may_be_empty ? 0 : 1}};
  case kind::one_or_more: {
    json many{{"type", "array"}, {"items", schema_of(from.inner.front())}, {"minItems", 1}};
    return {{"anyOf", json::array({schema_of(from.inner.front()), many})}};
  }
  case kind::word_or_object:
    return {{"anyOf", json::array({json{{"enum", from.words}}, object_schema(from)})}};
  }
  return json::object();
}

json schema_of(const shape& from) {
  auto result = body_of(from);
  if (!from.meaning.empty())
    result["description"] = from.meaning;
  return result;
}

} // namespace

std::string json_schema() {
  json whole{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "otafleet scenario"}};
  whole.update(schema_of(scenario_shape()));
  return whole.dump(2);
}

} // namespace otafleet::scenarios
