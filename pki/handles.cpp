#include "pki/handles.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

namespace otafleet::pki {

void openssl_deleter::operator()(EVP_PKEY* key) const noexcept {
  EVP_PKEY_free(key);
}
void openssl_deleter::operator()(EVP_PKEY_CTX* context) const noexcept {
  EVP_PKEY_CTX_free(context);
}
void openssl_deleter::operator()(EVP_MD_CTX* context) const noexcept {
  EVP_MD_CTX_free(context);
}
void openssl_deleter::operator()(X509* certificate) const noexcept {
  X509_free(certificate);
}
void openssl_deleter::operator()(X509_REQ* request) const noexcept {
  X509_REQ_free(request);
}
void openssl_deleter::operator()(X509_STORE* store) const noexcept {
  X509_STORE_free(store);
}
void openssl_deleter::operator()(PKCS12* archive) const noexcept {
  PKCS12_free(archive);
}
void openssl_deleter::operator()(BIO* bio) const noexcept {
  BIO_free_all(bio);
}

const char* last_openssl_error() noexcept {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0)
    return "";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

} // namespace otafleet::pki
