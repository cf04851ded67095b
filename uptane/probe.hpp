// Watches verification at work. The real one times it, a test's remembers it.
#pragma once

#include <string_view>

#include "pki/bytes.hpp"
#include "pki/key.hpp"
#include "uptane/failure.hpp"
#include "uptane/terms.hpp"

namespace otafleet::uptane {

/// The door through which every signature check goes. Used by one device at a time; an implementation shared by several
/// devices must be thread safe.
class probe {
public:
  virtual ~probe() = default;

  /// Checks one signature for a role (`targets` for a delegation); `plain_probe` does just
  /// `key.verify(message, signature)`.
  [[nodiscard]] virtual bool check(role of, const pki::public_key& key, byte_view message, byte_view signature) = 0;

  /// Brackets the work of judging one document: parsing, canonicalising, hashing, signature checks.
  virtual void document_begins(repository repo, role of) = 0;
  virtual void document_ends(repository repo, role of, bool accepted) = 0;

  /// One single check of the document of `role_name` (a role, or a delegation in any UTF-8) is done. `step` says in a
  /// few words what was found ("signatures: 1 of 1 needed", "version 5 is not below 4"), or when `why` is given what
  /// was not as it must be ("signatures", "version"); `why` is then the failure.
  virtual void step_judged(repository /*repo*/, std::string_view /*role_name*/, std::string_view /*step*/,
                           const failure* /*why*/) {}
  /// Whether `step_judged` is to be called at all: the texts are not made for nobody.
  [[nodiscard]] virtual bool wants_steps() const { return false; }
};

class plain_probe final : public probe {
public:
  [[nodiscard]] bool check(role, const pki::public_key& key, byte_view message, byte_view signature) override {
    return key.verify(message, signature);
  }
  void document_begins(repository, role) override {}
  void document_ends(repository, role, bool) override {}
};

} // namespace otafleet::uptane
