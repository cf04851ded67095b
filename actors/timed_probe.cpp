#include "actors/timed_probe.hpp"

#include "pki/key.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

thread_local clock::time_point document_began;

} // namespace

bool timed_probe::check(uptane::role of, const pki::public_key& key, byte_view message, byte_view signature) {
  const auto began = clock::now();
  const bool ok = key.verify(message, signature);
  metrics_.signature_checked(to_string(of), pki::to_string(key.type()), ok, clock::now() - began);
  return ok;
}

void timed_probe::document_begins(uptane::repository, uptane::role) {
  document_began = clock::now();
}

void timed_probe::document_ends(uptane::repository repo, uptane::role, bool accepted) {
  metrics_.metadata_verified(to_string(repo), accepted, clock::now() - document_began);
}

} // namespace otafleet::actors
