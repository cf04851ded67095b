// What the tests of trust share: a backend's two repositories, and a judge with a fixed clock. For tests only.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "uptane/test_repository.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane::testing {

/// Remembers what it was asked; checks for real.
class remembering_probe final : public probe {
public:
  bool check(role of, const pki::public_key& key, byte_view message, byte_view signature) override {
    checked.push_back(of);
    return key.verify(message, signature);
  }
  void document_begins(repository repo, role of) override { note("begins", repo, of); }
  void document_ends(repository repo, role of, bool accepted) override {
    note(accepted ? "accepted" : "rejected", repo, of);
  }

  std::vector<role> checked;
  std::vector<std::string> happened;

private:
  void note(std::string_view what, repository repo, role of) {
    happened.push_back(std::string{to_string(repo)} + ' ' + std::string{to_string(of)} + ' ' + std::string{what});
  }
};

/// `accepted`, or the failure's name.
[[nodiscard]] inline std::string outcome(const verdict& of) {
  return of ? "accepted" : of.error().name();
}

class trust_fixture : public ::testing::Test {
protected:
  document_pool pool;
  remembering_probe watch;
  judge by{pool, watch, utc_time::parse("2026-11-24T09:00:00Z").value()};
  /// One second before the judge's now, and that very second.
  static constexpr auto just_expired = "2026-11-24T08:59:59Z";
  static constexpr auto expiring_now = "2026-11-24T09:00:00Z";

  test_repository director{repository::director, pki::key_type::ed25519};
  test_repository image{repository::image, pki::key_type::ed25519};
};

} // namespace otafleet::uptane::testing
