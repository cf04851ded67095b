#include "server-stub/provisioning.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/pkcs12.hpp"
#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

constexpr std::uint64_t max_ttl_days = 36'500;
constexpr auto longest_wait = std::chrono::seconds{60};
/// An empty password gains nothing from being stretched, and a fleet is provisioned faster without.
constexpr int archive_iterations = 1;

tl::unexpected<refusal> invalid(std::string description) {
  return tl::unexpected(refusal{400, "invalid_entity", std::move(description)});
}

std::optional<std::uint64_t> read_ttl(const nlohmann::json& document) {
  if (const auto* text = text_member(document, "ttl")) {
    std::uint64_t days = 0;
    const auto* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, days);
    return error == std::errc{} && stop == end ? std::optional{days} : std::nullopt;
  }
  return count_member(document, "ttl");
}

} // namespace

bool is_device_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_device_id && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

tl::expected<provisioning_request, refusal> read_provisioning(std::string_view body) {
  const auto document = parse_json(body);
  if (!document)
    return invalid("the body is not JSON");
  const auto* id = text_member(*document, "deviceId");
  if (id == nullptr || !is_device_id(*id))
    return invalid("a deviceId has 1 to 64 printable ASCII characters");
  const auto days = read_ttl(*document);
  if (!days || *days == 0 || *days > max_ttl_days)
    return invalid("a ttl is 1 to 36500 days, as a number or a string");
  return provisioning_request{*id, std::chrono::days{static_cast<int>(*days)}};
}

tl::expected<device_issuer, std::string> device_issuer::make(const std::string& account, pki::certificate gateway_root,
                                                             pki::key_type device_key) {
  auto authority = pki::certificate_authority::create(account + " device CA", pki::certificate_use::client);
  if (!authority)
    return tl::unexpected(std::move(authority.error()));
  auto key = pki::private_key::generate(pki::key_type::ec_p256);
  if (!key)
    return tl::unexpected(std::move(key.error()));
  auto leaf = authority->issue(key->public_part(), {account + " provisioning"});
  if (!leaf)
    return tl::unexpected(std::move(leaf.error()));
  device_issuer made{std::move(*authority), std::move(gateway_root), device_key};
  made.credential_fingerprint_ = leaf->fingerprint();
  auto archive = pki::to_pkcs12({std::move(*key), std::move(*leaf), {made.gateway_root_}}, "", archive_iterations);
  if (!archive)
    return tl::unexpected(std::move(archive.error()));
  made.credential_ = std::move(*archive);
  return made;
}

tl::expected<bytes, std::string> device_issuer::issue(const provisioning_request& request) const {
  auto key = pki::private_key::generate(device_key_);
  if (!key)
    return tl::unexpected(std::move(key.error()));
  auto leaf = authority_.issue(key->public_part(), {request.device_id, pki::certificate_use::client, request.ttl, {}});
  if (!leaf)
    return tl::unexpected(std::move(leaf.error()));
  return pki::to_pkcs12({std::move(*key), std::move(*leaf), {gateway_root_}}, "", archive_iterations);
}

issue_line::issue_line(double per_second) noexcept
    : gap_(per_second > 0 ? std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{1 / per_second})
                          : clock::duration::zero()) {}

std::optional<issue_line::clock::time_point> issue_line::join(clock::time_point now) {
  if (gap_ == clock::duration::zero())
    return now;
  const std::lock_guard lock{mutex_};
  const auto turn = std::max(now, next_);
  if (turn - now > longest_wait)
    return std::nullopt;
  next_ = turn + gap_;
  return turn;
}

} // namespace otafleet::stub
