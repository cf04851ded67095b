// What `otafleet device` prints while its device lives: milestones, and with --explain every request and check.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "solo/session.hpp"

namespace otafleet::cli {

struct explainer_options {
  /// Where lines go.
  std::FILE* out = stdout;
  bool milestones = true;
  bool requests_and_checks = false;
  bool colour = false;
};

/// A request is one line when its answer is there, a check is one line below the document it belongs to. What comes
/// from a server is escaped: nothing it says reaches the terminal as a control sequence.
class device_explainer final : public solo::observer {
public:
  explicit device_explainer(explainer_options options) noexcept : options_(options) {}

  void reply_arrived(const device::send_request& asked, const net::reply& reply) override;
  void told(const device::note& what) override;
  void document_begins(uptane::repository, uptane::role) override { document_.clear(); }
  void step_judged(uptane::repository repo, std::string_view role_name, std::string_view step,
                   const uptane::failure* why) override;

  /// One line of ours.
  void say(std::string_view text);

  /// True when every request so far failed on its way, and there was one.
  [[nodiscard]] bool found_nobody() const noexcept { return answers_ == 0 && failures_ != 0; }
  /// True when the last word on provisioning is that it failed.
  [[nodiscard]] bool has_no_certificate() const noexcept { return provisioning_failed_; }
  [[nodiscard]] std::uint64_t campaigns() const noexcept { return campaigns_; }
  /// The last thing that a check found good, or an empty text.
  [[nodiscard]] const std::string& checked() const noexcept { return checked_; }

private:
  enum class tint { none, good, bad, quiet };

  [[nodiscard]] std::string tinted(std::string_view text, tint with) const;

  explainer_options options_;
  std::uint64_t answers_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t campaigns_ = 0;
  bool provisioning_failed_ = false;
  std::string checked_;
  /// The document whose checks are being printed.
  std::string document_;
};

/// `untrusted` with every byte that is not printable ASCII or part of UTF-8 text as `\xNN`, cut after 300 bytes.
[[nodiscard]] std::string printable(std::string_view untrusted);

} // namespace otafleet::cli
