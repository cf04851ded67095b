#include "server-stub/treehub.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_ref_name = 200;
constexpr std::array<std::string_view, 5> object_types{"commit", "dirtree", "dirmeta", "filez", "commitmeta"};

bool is_lower_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_ref_name(std::string_view name) noexcept {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  return name.starts_with("heads/") && name.size() > 6 && name.size() <= max_ref_name && name.back() != '/' &&
         name.find_first_not_of(allowed) == std::string_view::npos && name.find("..") == std::string_view::npos &&
         name.find("//") == std::string_view::npos;
}

refusal invalid(std::string why) {
  return {400, "invalid_entity", std::move(why)};
}

refusal too_many(std::string_view what) {
  return {409, "too_many_elements", "an account holds no more " + std::string{what}};
}

template <class Map>
typename Map::mapped_type found(const Map& map, std::string_view key) {
  const auto at = map.find(key);
  return at == map.end() ? typename Map::mapped_type{} : at->second;
}

} // namespace

tl::expected<shared_text, refusal> object_pool::keep(std::string content) {
  if (content.size() > max_ostree_object_bytes)
    return tl::unexpected(refusal{413, "payload_too_large", "an object has at most 256 MiB"});
  auto hash = pki::sha256_hex(as_bytes(content));
  const std::lock_guard lock{mutex_};
  if (auto known = found(by_hash_, hash))
    return known;
  if (content.size() > max_ostree_bytes - total_)
    return tl::unexpected(refusal{413, "payload_too_large", "all objects together have at most 2 GiB"});
  total_ += content.size();
  auto kept = std::make_shared<const std::string>(std::move(content));
  by_hash_.emplace(std::move(hash), kept);
  return kept;
}

bool is_object_name(std::string_view name) noexcept {
  if (name.size() < 66 || name[2] != '/' || name[65] != '.')
    return false;
  const auto type = name.substr(66);
  return is_lower_hex(name.substr(0, 2)) && is_lower_hex(name.substr(3, 62)) &&
         std::find(object_types.begin(), object_types.end(), type) != object_types.end();
}

bool is_commit_hash(std::string_view text) noexcept {
  return text.size() == 64 && is_lower_hex(text);
}

std::optional<std::string> parent_of_commit(std::string_view commit) {
  // A GVariant of type (a{sv}aya(say)sstayay): the ends of its members stand behind them, last member first, in the
  // smallest size that counts the whole. The second member is the parent.
  constexpr std::size_t ends = 6;
  const auto size = commit.size();
  const std::size_t width = size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
  if (size > 0xffffffff || size < ends * width)
    return std::nullopt;
  const auto end_of = [&](std::size_t which) {
    std::size_t value = 0;
    for (std::size_t at = width; at-- > 0;)
      value = value << 8 | static_cast<unsigned char>(commit[size - (which + 1) * width + at]);
    return value;
  };
  const auto from = end_of(0);
  const auto to = end_of(1);
  if (to > size - ends * width || to < from || (to != from && to - from != 32))
    return std::nullopt;
  return pki::to_hex(as_bytes(commit.substr(from, to - from)));
}

const shared_text& treehub::config() {
  static const auto text = std::make_shared<const std::string>("[core]\nrepo_version=1\nmode=archive-z2\n");
  return text;
}

shared_text treehub::object(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  return found(objects_, name);
}

tl::expected<void, refusal> treehub::add_object(std::string_view name, std::string content) {
  if (!is_object_name(name))
    return tl::unexpected(invalid("an object is named objects/<2 hex>/<62 hex>.<type>, as ostree does"));
  const auto objection = [&]() -> std::optional<refusal> {
    if (objects_.contains(name))
      return refusal{409, "object_exists", "the object is there already"};
    if (objects_.size() >= max_ostree_objects)
      return too_many("objects");
    return std::nullopt;
  };
  {
    const std::lock_guard lock{mutex_};
    if (auto why = objection())
      return tl::unexpected(std::move(*why));
  }
  auto kept = pool_.keep(std::move(content)); // hashes: not under the lock
  if (!kept)
    return tl::unexpected(std::move(kept.error()));
  const std::lock_guard lock{mutex_};
  if (auto why = objection())
    return tl::unexpected(std::move(*why));
  objects_.emplace(name, std::move(*kept));
  return {};
}

std::string treehub::ref(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  return found(refs_, name);
}

tl::expected<void, refusal> treehub::set_ref(std::string_view name, std::string_view commit, bool force) {
  if (!is_ref_name(name))
    return tl::unexpected(invalid("a ref is named refs/heads/<name>: letters, digits, -, _, . and /"));
  if (!is_commit_hash(commit))
    return tl::unexpected(invalid("a ref names a commit by 64 lower-case hexadecimal digits"));
  const std::lock_guard lock{mutex_};
  const auto present = refs_.find(name);
  if (present == refs_.end()) {
    if (refs_.size() >= max_ostree_refs)
      return tl::unexpected(too_many("refs"));
    refs_.emplace(name, commit);
    return {};
  }
  if (present->second != commit && !force) {
    const auto object =
        found(objects_, std::string{commit.substr(0, 2)} + "/" + std::string{commit.substr(2)} + ".commit");
    const auto parent = object ? parent_of_commit(*object) : std::nullopt;
    if (parent != present->second)
      return tl::unexpected(refusal{412, "commit_not_fast_forward",
                                    "the commit does not come right after the one that the ref names; "
                                    "x-ats-ostree-force: true moves it anyway"});
  }
  present->second = commit;
  return {};
}

shared_text treehub::manifest(std::string_view commit) const {
  const std::lock_guard lock{mutex_};
  return found(manifests_, commit);
}

tl::expected<void, refusal> treehub::set_manifest(std::string_view commit, std::string json) {
  if (!is_commit_hash(commit))
    return tl::unexpected(invalid("a manifest is of a commit: 64 lower-case hexadecimal digits"));
  if (!parse_json(json))
    return tl::unexpected(invalid("a manifest is JSON"));
  auto kept = std::make_shared<const std::string>(std::move(json));
  const std::lock_guard lock{mutex_};
  if (manifests_.size() >= max_ostree_manifests && !manifests_.contains(commit))
    return tl::unexpected(too_many("manifests"));
  manifests_.insert_or_assign(std::string{commit}, std::move(kept));
  return {};
}

} // namespace otafleet::stub
