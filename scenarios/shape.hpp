// What a scenario may look like, as data: the loader checks by it, the JSON Schema is generated from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace otafleet::scenarios {

struct field;

/// The form of one value. A plain aggregate; the functions below make the kinds.
struct shape {
  enum class kind {
    text,
    name,
    integer,
    boolean,
    choice,
    time_span,
    /// A time span, or one of the words.
    span_or_word,
    size,
    rate,
    share,
    /// Of the file system; relative to the directory of the file that it stands in.
    path,
    /// `https://gateway.example:8443/base`.
    url,
    /// `95% provisioned`.
    milestone,
    /// `p99 < 2s`.
    bound,
    object,
    /// From names of the user's own to values of one shape.
    map,
    list,
    /// One value or a list of them.
    one_or_more,
    /// A word instead of the object that follows.
    word_or_object,
  };

  kind is = kind::text;
  /// For people: what the value means.
  std::string meaning;
  /// Of a choice, or the words of `word_or_object` and `span_or_word`.
  std::vector<std::string> words;
  /// Never written into what a run leaves behind.
  bool secret = false;
  /// Of an integer.
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  /// Of a map or list: whether it may be empty.
  bool may_be_empty = true;
  /// Of a map, list or one_or_more: exactly one.
  std::vector<shape> inner;
  /// Of an object.
  std::vector<field> fields;
  /// Of an object: exactly one of these fields must be there.
  std::vector<std::string> exactly_one;
  /// Of an object: at most one of these.
  std::vector<std::string> at_most_one;
};

struct field {
  std::string name;
  shape of;
  bool required = false;
  /// YAML of the value when it is not given; empty for none.
  std::string fallback;
};

/// The whole vocabulary.
[[nodiscard]] const shape& scenario_shape();

/// Of a file for `--live`; the same as behind `backend.live`.
[[nodiscard]] const shape& live_shape();

} // namespace otafleet::scenarios
