#include "server-stub/device_trust.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "pki/handles.hpp"
#include "server-stub/account.hpp"

namespace otafleet::stub {

namespace {

bytes key_of(const pki::certificate& ca) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(ca.native()), &der);
  if (size <= 0)
    throw std::bad_alloc{};
  const auto* first = reinterpret_cast<const std::byte*>(der);
  bytes copy{first, first + size};
  OPENSSL_free(der);
  return copy;
}

/// A copy that OpenSSL takes for a client CA whatever its extendedKeyUsage says: the guide's fleet roots have
/// serverAuth alone, and what a device CA must have is judged when it is added.
pki::certificate as_anchor(const pki::certificate& ca) {
  pki::certificate_handle copy{X509_dup(ca.native())};
  if (copy == nullptr || X509_add1_trust_object(copy.get(), OBJ_nid2obj(NID_client_auth)) != 1)
    throw std::bad_alloc{};
  // OpenSSL looks at the extensions once and keeps what it saw: now, and not while handshakes share the certificate.
  static_cast<void>(X509_check_purpose(copy.get(), -1, 0));
  return pki::certificate::adopt(std::move(copy));
}

bool has_name_of_issuer(const pki::certificate& ca, const X509* leaf) {
  return X509_NAME_cmp(X509_get_issuer_name(leaf), X509_get_subject_name(ca.native())) == 0;
}

struct stack_deleter {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};

} // namespace

tl::expected<bool, refusal> device_trust::add(account& owner, const pki::certificate& ca) {
  anchor added{&owner, as_anchor(ca), key_of(ca)};
  const std::lock_guard lock{mutex_};
  std::size_t of_owner = 0;
  for (const auto& known : *anchors_) {
    if (known.owner != &owner && known.key == added.key)
      return tl::unexpected(refusal{409, "conflicting_entity",
                                    "this CA's key vouches for devices of the account " + known.owner->name() +
                                        " already; every account needs a CA of its own"});
    if (known.owner == &owner && known.root.fingerprint() == ca.fingerprint())
      return false;
    of_owner += known.owner == &owner ? 1 : 0;
  }
  if (of_owner >= max_device_cas)
    return tl::unexpected(refusal{409, "too_many_elements", "an account has at most 100 device CAs"});
  auto next = std::make_shared<anchors>(*anchors_);
  next->push_back(std::move(added));
  anchors_ = std::move(next);
  return true;
}

std::shared_ptr<const device_trust::anchors> device_trust::current() const {
  const std::lock_guard lock{mutex_};
  return anchors_;
}

const device_trust::anchor* device_trust::issuer_of(const anchors& known, X509* leaf) {
  const auto named = [leaf](const anchor& one) { return has_name_of_issuer(one.root, leaf); };
  const auto first = std::find_if(known.begin(), known.end(), named);
  if (first == known.end())
    return nullptr;
  if (std::find_if(first + 1, known.end(), named) == known.end())
    return &*first;
  // Namesakes: only the signature tells them apart. Two of them may share a key, a CA and its renewal: the one that is
  // valid for longer counts.
  const anchor* issuer = nullptr;
  for (auto one = first; one != known.end(); one = std::find_if(one + 1, known.end(), named))
    if (X509_verify(leaf, X509_get0_pubkey(one->root.native())) == 1 &&
        (issuer == nullptr || issuer->root.not_after() < one->root.not_after()))
      issuer = &*one;
  static_cast<void>(pki::last_openssl_error());
  return issuer;
}

account* device_trust::owner_of(X509* leaf) const {
  const auto known = current();
  const auto* issuer = issuer_of(*known, leaf);
  return issuer == nullptr ? nullptr : issuer->owner;
}

std::vector<pki::certificate> device_trust::device_cas(const account& owner) const {
  std::vector<pki::certificate> list;
  for (const auto known = current(); const auto& one : *known)
    if (one.owner == &owner)
      list.push_back(one.root);
  return list;
}

int device_trust::verify(X509_STORE_CTX* verification, void* self) {
  // The one CA that may have issued the certificate, so that nothing else in the client's chain can stand in for it.
  const auto known = static_cast<const device_trust*>(self)->current();
  const std::unique_ptr<STACK_OF(X509), stack_deleter> trusted{sk_X509_new_null()};
  const auto* issuer = issuer_of(*known, X509_STORE_CTX_get0_cert(verification));
  if (trusted == nullptr || (issuer != nullptr && sk_X509_push(trusted.get(), issuer->root.native()) == 0)) {
    X509_STORE_CTX_set_error(verification, X509_V_ERR_OUT_OF_MEM);
    return 0;
  }
  X509_STORE_CTX_set0_trusted_stack(verification, trusted.get());
  return X509_verify_cert(verification);
}

void device_trust::judge_clients_of(SSL_CTX* context) const {
  // OpenSSL hands the pointer back as it was given; `verify` only reads through it.
  SSL_CTX_set_cert_verify_callback(context, verify, const_cast<device_trust*>(this));
}

} // namespace otafleet::stub
