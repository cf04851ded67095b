// A YAML document as plain data that knows where each part stood.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otafleet::scenarios {

struct position {
  /// The file, or `--set PATH`.
  std::string source;
  /// Counted from 1; 0 where there is none.
  int line = 0;
  int column = 0;
};

struct member;

struct node {
  enum class kind { nothing, scalar, list, map };

  kind is = kind::nothing;
  /// Of a scalar.
  std::string text;
  std::vector<node> items;
  /// In the order of the file.
  std::vector<member> members;
  position at;

  /// None when this is no map or has no such member.
  [[nodiscard]] const node* find(std::string_view key) const noexcept;
  [[nodiscard]] node* find(std::string_view key) noexcept;
};

struct member {
  std::string key;
  position key_at;
  node value;
};

inline const node* node::find(std::string_view key) const noexcept {
  for (const auto& one : members) {
    if (one.key == key)
      return &one.value;
  }
  return nullptr;
}

inline node* node::find(std::string_view key) noexcept {
  return const_cast<node*>(static_cast<const node*>(this)->find(key));
}

} // namespace otafleet::scenarios
