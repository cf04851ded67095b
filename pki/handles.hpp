// Owners of OpenSSL objects; the only place that names their free functions.
#pragma once

#include <memory>

#include <openssl/types.h>

// Not among OpenSSL's forward declarations; the same typedefs as in its own headers.
typedef struct PKCS12_st PKCS12;
typedef struct X509_req_st X509_REQ;

namespace otafleet::pki {

struct openssl_deleter {
  void operator()(EVP_PKEY* key) const noexcept;
  void operator()(EVP_PKEY_CTX* context) const noexcept;
  void operator()(EVP_MD_CTX* context) const noexcept;
  void operator()(X509* certificate) const noexcept;
  void operator()(X509_REQ* request) const noexcept;
  void operator()(X509_STORE* store) const noexcept;
  void operator()(PKCS12* archive) const noexcept;
  void operator()(BIO* bio) const noexcept;
};

using key_handle = std::unique_ptr<EVP_PKEY, openssl_deleter>;
using key_context_handle = std::unique_ptr<EVP_PKEY_CTX, openssl_deleter>;
using md_context_handle = std::unique_ptr<EVP_MD_CTX, openssl_deleter>;
using certificate_handle = std::unique_ptr<X509, openssl_deleter>;
using certificate_request_handle = std::unique_ptr<X509_REQ, openssl_deleter>;
using store_handle = std::unique_ptr<X509_STORE, openssl_deleter>;
using pkcs12_handle = std::unique_ptr<PKCS12, openssl_deleter>;
using bio_handle = std::unique_ptr<BIO, openssl_deleter>;

/// OpenSSL's own words for the last failure on this thread, and clears them; empty when there are none.
[[nodiscard]] const char* last_openssl_error() noexcept;

} // namespace otafleet::pki
