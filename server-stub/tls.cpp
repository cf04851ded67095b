#include "server-stub/tls.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/ssl.h>

#include "pki/handles.hpp"

namespace otafleet::stub {

namespace {

/// Only HTTP/1.1 is spoken: whoever offers protocols but not this one is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  if (SSL_select_next_proto(&match, chosen_size, ours.data(), static_cast<unsigned>(ours.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

} // namespace

tl::expected<gateway_tls, std::string> make_gateway_tls(const pki::certificate_authority& authority,
                                                        const std::vector<std::string>& names) {
  auto key = pki::private_key::generate(pki::key_type::ec_p256);
  if (!key)
    return tl::unexpected(std::move(key.error()));
  std::vector<std::string> all{"127.0.0.1", "::1", "localhost"};
  for (const auto& name : names)
    if (!name.empty() && std::find(all.begin(), all.end(), name) == all.end())
      all.push_back(name);
  auto leaf = authority.issue(
      key->public_part(), {"otafleet gateway", pki::certificate_use::server, std::chrono::days{365}, std::move(all)});
  if (!leaf)
    return tl::unexpected(std::move(leaf.error()));
  return gateway_tls{std::move(*key), std::move(*leaf), nullptr, true};
}

tl::expected<void, std::string> configure(SSL_CTX* context, const gateway_tls& tls) {
  // The context id ties tickets to this gateway; resumption with client certificates needs one.
  static constexpr std::array<unsigned char, 8> session_context{'o', 't', 'a', 'f', 'l', 'e', 'e', 't'};
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!tls.tickets)
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // No intermediates: the issuer that decides the account is the root that was verified.
  SSL_CTX_set_verify_depth(context, 0);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_num_tickets(context, tls.tickets ? 1 : 0) != 1 ||
      SSL_CTX_set_session_id_context(context, session_context.data(), session_context.size()) != 1 ||
      SSL_CTX_use_certificate(context, tls.leaf.native()) != 1 ||
      SSL_CTX_use_PrivateKey(context, tls.key.native()) != 1)
    return tl::unexpected(std::string{"the gateway's TLS could not be set up: "} + pki::last_openssl_error());
  tls.clients->judge_clients_of(context);
  return {};
}

} // namespace otafleet::stub
