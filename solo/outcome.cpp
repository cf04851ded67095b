#include "solo/outcome.hpp"

namespace otafleet::solo {

void outcome::hear(const device::note& what) {
  using device::milestone;
  switch (what.what) {
  case milestone::provisioning_failed:
  case milestone::signing_failed:
  case milestone::check_failed:
  case milestone::download_failed:
  case milestone::install_failed:
  case milestone::campaigns_failed:
    failure_ = what;
    has_failed_ = true;
    break;
  case milestone::manifest_refused:
    refusal_ = what;
    break;
  default:
    break;
  }
}

session_end outcome::end(bool ok) const {
  if (ok)
    return {};
  const auto& why = has_failed_ ? failure_ : refusal_;
  session_end made{false, why.reason, why.detail};
  if (made.reason.empty())
    made.reason = "failed";
  if (made.detail.empty() && (has_failed_ || !why.reason.empty()))
    made.detail = to_string(why.what);
  return made;
}

} // namespace otafleet::solo
