// Lets the observer of a session see verification at work.
#pragma once

#include <string_view>

#include "solo/session.hpp"
#include "uptane/probe.hpp"

namespace otafleet::solo {

/// Checks signatures itself, and tells the rest. As thread safe as the observer: one session's thread uses it.
class watching_probe final : public uptane::probe {
public:
  explicit watching_probe(observer& watch) noexcept : watch_(watch) {}

  [[nodiscard]] bool check(uptane::role, const pki::public_key& key, byte_view message, byte_view signature) override {
    return key.verify(message, signature);
  }
  void document_begins(uptane::repository repo, uptane::role of) override { watch_.document_begins(repo, of); }
  void document_ends(uptane::repository, uptane::role, bool) override {}
  void step_judged(uptane::repository repo, std::string_view role_name, std::string_view step,
                   const uptane::failure* why) override {
    watch_.step_judged(repo, role_name, step, why);
  }
  [[nodiscard]] bool wants_steps() const override { return true; }

private:
  observer& watch_;
};

} // namespace otafleet::solo
