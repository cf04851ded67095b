// Watches verification at work. The real one times it, a test's remembers it.
#pragma once

#include "pki/bytes.hpp"
#include "pki/key.hpp"
#include "uptane/terms.hpp"

namespace otafleet::uptane {

/// The door through which every signature check goes. Used by one device at a time; an implementation shared by several
/// devices must be thread safe.
class probe {
public:
  virtual ~probe() = default;

  /// Checks one signature for a role; `plain_probe` does just `key.verify(message, signature)`.
  [[nodiscard]] virtual bool check(role of, const pki::public_key& key, byte_view message, byte_view signature) = 0;

  /// Brackets the work of judging one document: parsing, canonicalising, hashing, signature checks.
  virtual void document_begins(repository repo, role of) = 0;
  virtual void document_ends(repository repo, role of, bool accepted) = 0;
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
