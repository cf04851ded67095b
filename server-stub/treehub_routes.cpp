#include "server-stub/treehub_routes.hpp"

#include <string>
#include <utility>

#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

constexpr std::uint64_t max_ref_body = 1024;

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n";
  const auto from = text.find_first_not_of(blank);
  if (from == std::string_view::npos)
    return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

answer content(shared_text text, std::string_view type) {
  auto result = answer::shared(std::move(text));
  result.content_type = type;
  return result;
}

} // namespace

treehub_path treehub_path_of(verb method, std::string_view path, bool may_write) noexcept {
  const bool reads = method == verb::get || method == verb::head;
  const auto entry = [&](verb writes, std::string_view allow, std::uint64_t limit) {
    const bool written = may_write && method == writes;
    return treehub_path{true, reads || written, may_write ? allow : "GET, HEAD", written ? limit : 0};
  };
  if (after(path, "objects/"))
    return entry(verb::post, "GET, HEAD, POST", max_ostree_object_bytes);
  if (after(path, "refs/"))
    return entry(verb::post, "GET, HEAD, POST", max_ref_body);
  if (after(path, "manifests/"))
    return entry(verb::put, "GET, HEAD, PUT", max_ostree_manifest_bytes);
  if (path == "config" || path == "summary" || path == "summary.sig" || after(path, "deltas/"))
    return {true, reads, "GET, HEAD", 0};
  return {};
}

std::optional<std::string_view> treehub_below(std::string_view path) noexcept {
  const auto below = after(path, "/api/v3/");
  return below ? below : after(path, "/api/v2/");
}

tl::expected<answer, refusal> read_treehub(const treehub& from, std::string_view path) {
  if (path == "config")
    return content(treehub::config(), "text/plain; charset=UTF-8");
  if (const auto name = after(path, "objects/")) {
    if (auto object = from.object(*name))
      return content(std::move(object), "application/octet-stream");
    return tl::unexpected(refusal{404, "object_missing", "there is no such object"});
  }
  if (const auto name = after(path, "refs/")) {
    if (auto commit = from.ref(*name); !commit.empty()) {
      auto result = answer::json(200, std::move(commit));
      result.content_type = "text/plain; charset=UTF-8";
      return result;
    }
    return tl::unexpected(refusal{404, "missing_entity", "there is no such ref"});
  }
  if (const auto commit = after(path, "manifests/"))
    if (auto manifest = from.manifest(*commit))
      return content(std::move(manifest), "application/json");
  return tl::unexpected(refusal{404, "missing_entity", "this treehub has none"});
}

tl::expected<answer, refusal> write_treehub(treehub& to, std::string_view path, request& complete) {
  if (const auto name = after(path, "objects/"))
    return to.add_object(*name, std::move(complete.body)).map([] { return answer::empty(204); });
  if (const auto name = after(path, "refs/")) {
    const std::string commit{trimmed(complete.body)};
    return to.set_ref(*name, commit, complete.force).map([&] {
      auto result = answer::json(200, commit);
      result.content_type = "text/plain; charset=UTF-8";
      return result;
    });
  }
  const auto commit = after(path, "manifests/");
  return to.set_manifest(commit.value_or(""), std::move(complete.body)).map([] { return answer::empty(200); });
}

} // namespace otafleet::stub
