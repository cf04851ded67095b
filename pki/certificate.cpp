#include "pki/certificate.hpp"

#include <cctype>
#include <ctime>
#include <new>
#include <utility>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "pki/bio.hpp"
#include "pki/digest.hpp"

namespace otafleet::pki {
namespace {

certificate_handle shared(X509* handle) noexcept {
  X509_up_ref(handle);
  return certificate_handle{handle};
}

std::string last_common_name(const X509_NAME* name) {
  int last = -1;
  for (int next = -1; (next = X509_NAME_get_index_by_NID(name, NID_commonName, last)) >= 0;)
    last = next;
  if (last < 0)
    return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
  if (size < 0) {
    static_cast<void>(last_openssl_error());
    return {};
  }
  std::string result{reinterpret_cast<char*>(text), static_cast<std::size_t>(size)};
  OPENSSL_free(text);
  return result;
}

std::string too_long(std::size_t limit) {
  return "certificates longer than " + std::to_string(limit) + " bytes are not read";
}

/// The thread's last error is "no more PEM blocks", which is how a bundle ends.
bool at_end_of_pem() noexcept {
  const auto code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

std::chrono::system_clock::time_point moment(const ASN1_TIME* date) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(date, &parts) != 1) {
    static_cast<void>(last_openssl_error());
    return {}; // Not a time at all: as good as expired.
  }
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

} // namespace

certificate::certificate(const certificate& other) noexcept : handle_(shared(other.native())) {}

certificate& certificate::operator=(const certificate& other) noexcept {
  handle_ = shared(other.native());
  return *this;
}

certificate certificate::adopt(certificate_handle handle) noexcept {
  return certificate{std::move(handle)};
}

tl::expected<certificate, std::string> certificate::from_pem(std::string_view pem) {
  if (pem.size() > max_object_bytes)
    return tl::unexpected(too_long(max_object_bytes));
  const auto reader = reader_of(as_bytes(pem));
  certificate_handle handle{PEM_read_bio_X509(reader.get(), nullptr, refuse_password, nullptr)};
  if (handle == nullptr)
    return tl::unexpected(with_reason("no PEM certificate could be read"));
  return certificate{std::move(handle)};
}

tl::expected<certificate, std::string> certificate::from_der(byte_view der) {
  if (der.size() > max_object_bytes)
    return tl::unexpected(too_long(max_object_bytes));
  const auto* const start = reinterpret_cast<const unsigned char*>(der.data());
  const auto* at = start;
  certificate_handle handle{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  if (handle == nullptr)
    return tl::unexpected(with_reason("no certificate could be read"));
  if (at != start + der.size())
    return tl::unexpected(std::string{"bytes follow the certificate"});
  return certificate{std::move(handle)};
}

tl::expected<std::vector<certificate>, std::string> certificate::bundle_from_pem(std::string_view pem) {
  if (pem.size() > max_bundle_bytes)
    return tl::unexpected(too_long(max_bundle_bytes));
  const auto reader = reader_of(as_bytes(pem));
  std::vector<certificate> result;
  while (certificate_handle handle{PEM_read_bio_X509(reader.get(), nullptr, refuse_password, nullptr)})
    result.push_back(certificate{std::move(handle)});
  if (!at_end_of_pem())
    return tl::unexpected(
        with_reason("certificate " + std::to_string(result.size() + 1) + " of the bundle could not be read"));
  static_cast<void>(last_openssl_error());
  if (result.empty())
    return tl::unexpected(std::string{"the bundle holds no certificate"});
  return result;
}

std::string certificate::common_name() const {
  return last_common_name(X509_get_subject_name(native()));
}

std::string certificate::issuer_common_name() const {
  return last_common_name(X509_get_issuer_name(native()));
}

std::string certificate::serial_hex() const {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(native()), nullptr);
  char* text = number == nullptr ? nullptr : BN_bn2hex(number);
  BN_free(number);
  if (text == nullptr)
    throw std::bad_alloc{};
  std::string result{text};
  OPENSSL_free(text);
  const auto first = result.find_first_not_of('0');
  result.erase(0, first == std::string::npos ? result.size() - 1 : first);
  for (auto& digit : result)
    digit = static_cast<char>(std::tolower(static_cast<unsigned char>(digit)));
  return result;
}

std::string certificate::fingerprint() const {
  return sha256_hex(der());
}

std::chrono::system_clock::time_point certificate::not_before() const {
  return moment(X509_get0_notBefore(native()));
}

std::chrono::system_clock::time_point certificate::not_after() const {
  return moment(X509_get0_notAfter(native()));
}

tl::expected<public_key, std::string> certificate::subject_public_key() const {
  key_handle key{X509_get_pubkey(native())};
  if (key == nullptr)
    return tl::unexpected(with_reason("the certificate's public key could not be read"));
  return public_key::adopt(std::move(key));
}

bool certificate::is_signed_by(const certificate& issuer) const {
  if (X509_NAME_cmp(X509_get_issuer_name(native()), X509_get_subject_name(issuer.native())) != 0)
    return false;
  const bool good = X509_verify(native(), X509_get0_pubkey(issuer.native())) == 1;
  if (!good)
    static_cast<void>(last_openssl_error());
  return good;
}

std::string certificate::pem() const {
  const auto writer = make_writer();
  PEM_write_bio_X509(writer.get(), native());
  return std::string{as_text(written(writer.get()))};
}

bytes certificate::der() const {
  const int size = i2d_X509(native(), nullptr);
  if (size < 0)
    throw std::bad_alloc{};
  bytes result(static_cast<std::size_t>(size));
  auto* at = reinterpret_cast<unsigned char*>(result.data());
  i2d_X509(native(), &at);
  return result;
}

} // namespace otafleet::pki
