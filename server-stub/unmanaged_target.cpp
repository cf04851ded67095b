#include "server-stub/unmanaged_target.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_uri = 2'048;
/// Documents carry it as a number that every JSON reader keeps exactly.
constexpr std::uint64_t max_length = 1ull << 53;

tl::unexpected<refusal> invalid(std::string why) {
  return tl::unexpected(refusal{400, "invalid_entity", std::move(why)});
}

std::string text_or_nothing(const nlohmann::json& document, const char* name) {
  const auto* text = text_member(document, name);
  return text == nullptr ? std::string{} : *text;
}

bool is_uri(std::string_view text) noexcept {
  return text.size() <= max_uri && (text.starts_with("https://") || text.starts_with("http://")) &&
         text.find_first_of(" \"\r\n\t") == std::string_view::npos;
}

} // namespace

tl::expected<unmanaged_target, refusal> read_unmanaged_target(std::string filename, std::string_view body) {
  const auto document = parse_json(body);
  if (!document)
    return invalid("the body is not JSON");
  const auto* checksum = member(*document, "checksum");
  const auto* method = checksum == nullptr ? nullptr : text_member(*checksum, "method");
  const auto* hash = checksum == nullptr ? nullptr : text_member(*checksum, "hash");
  const auto digest = hash == nullptr ? std::nullopt : std::optional{pki::from_hex(*hash)};
  if (method == nullptr || *method != "sha256" || !digest || !*digest ||
      (*digest)->size() != pki::sha256_digest{}.size())
    return invalid(R"(a target has a checksum: {"method":"sha256","hash":"<64 hexadecimal digits>"})");
  const auto length = count_member(*document, "length");
  if (!length || *length > max_length)
    return invalid("a target has a length in bytes, 0 for an OSTree commit");

  unmanaged_target read;
  read.details.filename = std::move(filename);
  read.details.name = text_or_nothing(*document, "name");
  read.details.version = text_or_nothing(*document, "version");
  if (const auto* format = member(*document, "targetFormat"); format != nullptr && !format->is_null())
    read.details.format = text_or_nothing(*document, "targetFormat");
  if (const auto* ids = member(*document, "hardwareIds"); ids != nullptr && ids->is_array())
    for (const auto& id : *ids)
      read.details.hardware_ids.push_back(id.is_string() ? id.get<std::string>() : std::string{});
  read.content = {pki::to_hex(**digest), *length, {}};
  if (const auto* uri = member(*document, "uri"); uri != nullptr && !uri->is_null()) {
    read.content.uri = text_or_nothing(*document, "uri");
    if (!is_uri(read.content.uri))
      return invalid("a uri is http or https, or null");
  }
  return read;
}

} // namespace otafleet::stub
