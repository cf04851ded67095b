#include "pki/import_folder.hpp"

#include <utility>

#include "pki/checked_url.hpp"

namespace otafleet::pki {
namespace {

constexpr std::string_view root_name = "root.crt";
constexpr std::string_view certificate_name = "client.pem";
constexpr std::string_view key_name = "pkey.pem";
constexpr std::string_view url_name = "gateway.url";

using warnings = std::vector<std::string>;

bool holds(std::string_view pem, std::string_view label) noexcept {
  return pem.find(label) != std::string_view::npos;
}

std::string sentence(std::string_view file, std::string_view rest) {
  return std::string{file} + " " + std::string{rest};
}

/// Names all files that are missing; empty when none is.
std::string missing(const import_files& files) {
  std::string names;
  const auto need = [&](bool there, std::string_view name) {
    if (there)
      return;
    names += names.empty() ? "" : ", ";
    names += name;
  };
  need(files.root_crt.has_value(), root_name);
  need(files.client_pem.has_value(), certificate_name);
  need(files.pkey_pem.has_value(), key_name);
  need(files.gateway_url.has_value(), url_name);
  return names;
}

tl::expected<std::vector<certificate>, std::string> read_certificates(std::string_view pem, std::string_view file) {
  auto read = certificate::bundle_from_pem(pem);
  if (read)
    return read;
  if (!holds(pem, "CERTIFICATE-----") && holds(pem, "PRIVATE KEY-----"))
    return tl::unexpected(
        sentence(file, "holds a private key where certificates belong; is it swapped with pkey.pem?"));
  return tl::unexpected(sentence(file, "holds no readable PEM certificate: ") + read.error());
}

tl::expected<private_key, std::string> read_key(std::string_view pem) {
  if (holds(pem, "ENCRYPTED"))
    return tl::unexpected(sentence(key_name, "is encrypted, and a device has nobody to ask for its password; write it "
                                             "with `openssl pkey -in pkey.pem -out plain.pem`"));
  auto read = private_key::from_pem(pem);
  if (read)
    return read;
  if (!holds(pem, "PRIVATE KEY-----") && holds(pem, "CERTIFICATE-----"))
    return tl::unexpected(
        sentence(key_name, "holds a certificate where a private key belongs; is it swapped with client.pem?"));
  return tl::unexpected(sentence(key_name, "holds no readable PEM private key: ") + read.error());
}

/// Whether `key` is the one that `leaf` certifies.
tl::expected<void, std::string> check_pair(const private_key& key, const certificate& leaf) {
  const auto certified = leaf.subject_public_key();
  if (!certified)
    return tl::unexpected(sentence(certificate_name, "cannot be used: ") + certified.error());
  if (certified->spki_der() != key.public_part().spki_der())
    return tl::unexpected(sentence(key_name, "is not the key of the certificate in client.pem; copy the two from the "
                                             "same device"));
  return {};
}

void judge_dates(const certificate& which, std::string_view file, std::chrono::system_clock::time_point now,
                 warnings& into) {
  const auto name = which.common_name();
  const auto whose = sentence(file, "holds the certificate of ") + (name.empty() ? "nobody" : name);
  if (which.not_after() < now)
    into.push_back(whose + ", which has expired; a gateway refuses it");
  else if (which.not_before() > now)
    into.push_back(whose + ", which is not valid yet; a gateway refuses it, or this clock is wrong");
}

} // namespace

tl::expected<imported_identity, std::string> read_import_folder(const import_files& files,
                                                                std::chrono::system_clock::time_point now) {
  if (const auto names = missing(files); !names.empty())
    return tl::unexpected(
        "the import folder lacks " + names +
        "; a device with credentials of its own needs root.crt, client.pem, pkey.pem and gateway.url");
  auto roots = read_certificates(*files.root_crt, root_name);
  if (!roots)
    return tl::unexpected(std::move(roots.error()));
  auto chain = read_certificates(*files.client_pem, certificate_name);
  if (!chain)
    return tl::unexpected(std::move(chain.error()));
  auto key = read_key(*files.pkey_pem);
  if (!key)
    return tl::unexpected(std::move(key.error()));
  auto url = checked_url(*files.gateway_url);
  if (!url)
    return tl::unexpected(sentence(url_name, url.error()));
  auto leaf = std::move(chain->front());
  chain->erase(chain->begin());
  if (auto paired = check_pair(*key, leaf); !paired)
    return tl::unexpected(std::move(paired.error()));

  warnings notes;
  if (leaf.common_name().empty())
    notes.push_back(sentence(certificate_name, "holds a certificate without a common name, which is where a gateway "
                                               "looks for the device id"));
  judge_dates(leaf, certificate_name, now, notes);
  for (const auto& one : *chain)
    judge_dates(one, certificate_name, now, notes);
  for (const auto& one : *roots)
    judge_dates(one, root_name, now, notes);
  return imported_identity{
      {std::move(*key), std::move(leaf), std::move(*roots)}, std::move(*chain), std::move(*url), std::move(notes)};
}

} // namespace otafleet::pki
