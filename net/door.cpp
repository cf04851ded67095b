#include "net/door.hpp"

#include <bit>

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace otafleet::net {
namespace {

static_assert(sizeof(void*) == sizeof(speaker), "a label must fit where OpenSSL keeps it");

int label_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

constexpr speaker nobody{device_index{0xFFFF'FFFF}, 0xFFFF'FFFF};

} // namespace

bool install(SSL_CTX* context, const identity& who, X509* leaf, speaker label) {
  // Not the context's own store: libcurl sees to that one only after this, and puts the one there that the first
  // connection of its multi had, whoever's that was.
  if (SSL_CTX_set1_verify_cert_store(context, who.trust().native()) != 1)
    return false;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Without this OpenSSL verifies our own certificate anew for every connection, only to find a chain to send.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  if (SSL_CTX_set_ex_data(context, label_slot(), std::bit_cast<void*>(label)) != 1)
    return false;
  if (!who.has_certificate())
    return true;
  if (SSL_CTX_use_certificate(context, leaf) != 1 || SSL_CTX_use_PrivateKey(context, who.key().native()) != 1)
    return false;
  if (who.chain() == sent_chain::leaf_and_anchors)
    for (const auto& anchor : who.trust().anchors())
      if (SSL_CTX_add1_chain_cert(context, anchor.native()) != 1)
        return false;
  return true;
}

speaker owner_of(CURL* easy) {
  curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr ||
      session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr)
    return nobody;
  const auto* tls = static_cast<const SSL*>(session->internals);
  void* label = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), label_slot());
  if (label == nullptr || SSL_session_reused(tls) != 0)
    return nobody;
  return std::bit_cast<speaker>(label);
}

} // namespace otafleet::net
