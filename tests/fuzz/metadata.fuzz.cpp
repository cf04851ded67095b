// Uptane metadata through the parsers and the doors of trust. The first byte chooses the document, the repository, and
// whether the text is taken as it is or as a `signed` part that the right key signs.
#include <array>
#include <optional>
#include <string>
#include <type_traits>

#include "tests/fuzz/input.hpp"
#include "uptane/canonical.hpp"
#include "uptane/key.hpp"
#include "uptane/target_search.hpp"
#include "uptane/test_repository.hpp"
#include "uptane/trust.hpp"
#include "uptane/vehicle.hpp"

namespace otafleet::fuzz {
namespace {

using namespace uptane;
using uptane::testing::signer;
using uptane::testing::test_repository;

constexpr auto delegated_name = "delegated";

signer fixed_signer(std::uint8_t number) {
  auto key = fixed_key(number);
  auto id = server_key_id(key.public_part());
  return {std::move(key), std::move(id)};
}

/// A repository whose every role, a delegation included, has one fixed key.
test_repository make_repository(repository which, const signer& by) {
  test_repository made{which, pki::key_type::ed25519};
  for (const auto of : {role::root, role::targets, role::snapshot, role::timestamp})
    made.set_keys(of, {by}, 1);
  // The snapshot gives no hashes, so that a signature is all that other targets need.
  made.snapshot.meta["targets.json"] = R"({"version":1})";
  if (which == repository::director) {
    made.targets.list = {testing::director_target("fw-1", 10, "primary", "hw")};
    return made;
  }
  made.targets.list = {testing::image_target("fw-1", 10, {"hw"})};
  made.delegate(made.targets, delegated_name, {"fw-*"}).signers = {by};
  made.targets.delegations.front().role.keys = {by};
  made.snapshot.meta[std::string{delegated_name} + ".json"] = R"({"version":1})";
  return made;
}

struct backend {
  signer by;
  test_repository content;
};

const backend& backend_of(repository which) {
  static const signer director_signer = fixed_signer(1);
  static const signer image_signer = fixed_signer(2);
  static const backend director{director_signer, make_repository(repository::director, director_signer)};
  static const backend image{image_signer, make_repository(repository::image, image_signer)};
  return which == repository::director ? director : image;
}

/// Between the device and the signatures: whatever is accepted had one that holds.
class counting_probe final : public probe {
public:
  bool check(role, const pki::public_key& key, byte_view message, byte_view signature) override {
    const bool holds = key.verify(message, signature);
    good_ += holds ? 1 : 0;
    return holds;
  }
  void document_begins(repository, role) override {}
  void document_ends(repository, role, bool) override {}
  void step_judged(repository, std::string_view, std::string_view step, const failure*) override {
    must(!step.empty(), "every step has words");
  }
  [[nodiscard]] bool wants_steps() const override { return true; }
  [[nodiscard]] std::size_t good() const noexcept { return good_; }

private:
  std::size_t good_ = 0;
};

utc_time now() {
  return utc_time::parse("2026-11-24T09:00:00Z").value();
}

enum class document { root, targets, snapshot, timestamp, delegation };

struct plan {
  document kind;
  repository repo;
  bool sealed;
};

plan plan_of(unsigned choice) {
  return {static_cast<document>(choice % 5), choice / 5 % 2 == 0 ? repository::director : repository::image,
          choice / 10 % 2 != 0};
}

template <class Parsed>
void check_parsed(const Parsed& read) {
  if (!read) {
    must(!read.error().name().empty(), "a refusal has a name");
    return;
  }
  const auto& found = **read;
  must(canonical_json(found.signed_text) == found.signed_text, "the signed text is canonical");
  must(found.sha256.size() == 64 && found.sha512.size() == 128, "both hashes are there");
  must(found.version >= 0, "versions are not negative");
}

void parse(const plan& as, std::string_view text) {
  switch (as.kind) {
  case document::root:
    return check_parsed(parse_root(as.repo, text));
  case document::targets:
    return check_parsed(parse_targets(as.repo, text, keep_sources::yes));
  case document::snapshot:
    return check_parsed(parse_snapshot(as.repo, text));
  case document::timestamp:
    return check_parsed(parse_timestamp(as.repo, text));
  case document::delegation:
    return check_parsed(parse_delegation(delegated_name, text));
  }
}

/// What follows an accepted document in a real cycle must hold together, and come back from storage.
template <class Trust>
void use(const Trust& trust, judge& by) {
  static_cast<void>(trust.recheck(by));
  static_cast<void>(trust.check_expiry(by));
  const auto stored = trust.stored_documents();
  const auto restored = Trust::restore(stored, by);
  must(restored.has_value(), "what is stored can be restored");
  must(restored->stored_documents() == stored, "and is the same");
  Trust other;
  static_cast<void>(other.take_over(trust, by));
}

/// The documents of a backend that has nothing to hide, written and signed once.
struct good_texts {
  std::string root;
  std::string timestamp;
  std::string snapshot;
  std::string targets;
  std::string delegation;
};

const good_texts& texts_of(repository which) {
  static const auto write = [](const test_repository& from, bool delegates) {
    return good_texts{from.root_text(), from.timestamp_text(), from.snapshot_text(), from.targets_text(),
                      delegates ? from.delegation_text(delegated_name) : std::string{}};
  };
  static const auto director = write(backend_of(repository::director).content, false);
  static const auto image = write(backend_of(repository::image).content, true);
  return which == repository::director ? director : image;
}

/// A timestamp that describes the snapshot `text`, since it must give hashes; nothing when that is no snapshot.
std::optional<std::string> timestamp_for(std::string_view text) {
  const auto snapshot = parse_snapshot(repository::image, text);
  if (!snapshot)
    return std::nullopt;
  const auto& of = **snapshot;
  using testing::json_object;
  const auto hashes =
      json_object({{"sha256", testing::json_text(of.sha256)}, {"sha512", testing::json_text(of.sha512)}});
  const auto entry = json_object(
      {{"hashes", hashes}, {"length", std::to_string(of.canonical_length)}, {"version", std::to_string(of.version)}});
  const auto content = json_object({{"_type", testing::json_text("Timestamp")},
                                    {"expires", testing::json_text("2038-01-19T03:14:06Z")},
                                    {"meta", json_object({{"snapshot.json", entry}})},
                                    {"version", "1"}});
  return testing::sealed(content, {backend_of(repository::image).by});
}

/// A device that holds the good documents up to the one of `kind`, not included.
template <class Trust>
Trust device_before(document kind) {
  static document_pool pool{keep_sources::yes};
  static plain_probe watch;
  static judge by{pool, watch, now()};
  static const auto before_targets = [] {
    const auto& good = texts_of(std::is_same_v<Trust, director_trust> ? repository::director : repository::image);
    std::array<Trust, 4> made;
    must(made[1].accept_root(good.root, by).has_value(), "the good root is accepted");
    made[2] = made[1];
    if constexpr (std::is_same_v<Trust, image_trust>) {
      must(made[2].accept_timestamp(good.timestamp, by).has_value(), "the good timestamp is accepted");
      made[3] = made[2];
      must(made[3].accept_snapshot(good.snapshot, by).has_value(), "the good snapshot is accepted");
    } else {
      made[3] = made[2];
    }
    return made;
  }();
  switch (kind) {
  case document::root:
    return before_targets[0];
  case document::timestamp:
    return before_targets[1];
  case document::snapshot: // Its timestamp depends on it.
    return before_targets[1];
  case document::targets:
  case document::delegation:
    break;
  }
  return before_targets[3];
}

void offer_to_director(const plan& as, std::string_view text, judge& by, const counting_probe& watch) {
  auto trust = device_before<director_trust>(as.kind);
  const auto given = as.kind == document::root ? trust.accept_root(text, by) : trust.accept_targets(text, by);
  if (!given)
    return;
  must(watch.good() > 0, "nothing is accepted without a signature that holds");
  if (trust.targets() != nullptr) {
    const ecu primary{"primary", "hw", true, std::nullopt};
    static_cast<void>(new_targets(*trust.targets(), std::span{&primary, 1}, false));
  }
  use(trust, by);
}

void search(image_trust& trust, std::string_view delegation, judge& by) {
  target_search looking{testing::director_target("fw-2", 10, "primary", "hw")};
  for (int steps = 0; steps < 10; ++steps) {
    const auto step = looking.next(trust, by);
    if (!step || std::holds_alternative<target>(*step))
      return;
    if (!looking.accept(trust, delegation, by))
      return;
  }
}

void offer_to_image_repository(const plan& as, std::string_view text, judge& by, const counting_probe& watch) {
  const auto& good = texts_of(repository::image);
  auto trust = device_before<image_trust>(as.kind);
  const auto offer = [&]() -> verdict {
    switch (as.kind) {
    case document::root:
      return trust.accept_root(text, by);
    case document::timestamp:
      return trust.accept_timestamp(text, by);
    case document::snapshot:
      if (const auto timestamp = timestamp_for(text))
        must(trust.accept_timestamp(*timestamp, by).has_value(), "a timestamp of ours is accepted");
      return trust.accept_snapshot(text, by);
    case document::targets:
      return trust.accept_targets(text, by);
    case document::delegation:
      break;
    }
    return trust.accept_targets(good.targets, by);
  };
  if (!offer())
    return;
  const std::size_t ours = as.kind == document::snapshot ? 1 : 0;
  must(watch.good() > ours, "nothing is accepted without a signature that holds");
  // What comes behind it may well be refused now.
  static_cast<void>(trust.accept_timestamp(good.timestamp, by) && trust.accept_snapshot(good.snapshot, by) &&
                    trust.accept_targets(good.targets, by));
  if (trust.targets() != nullptr)
    search(trust, as.kind == document::delegation ? text : std::string_view{good.delegation}, by);
  use(trust, by);
}

} // namespace
} // namespace otafleet::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otafleet;
  using namespace otafleet::fuzz;
  auto rest = input(data, size);
  const auto as = plan_of(take_choice(rest));
  std::string text{as_text(rest)};
  if (as.sealed)
    if (const auto canonical = canonical_json(text))
      text = uptane::testing::sealed(*canonical, {backend_of(as.repo).by});
  parse(as, text);

  document_pool pool{keep_sources::yes};
  counting_probe watch;
  judge by{pool, watch, now()};
  if (as.repo == repository::director && (as.kind == document::root || as.kind == document::targets))
    offer_to_director(as, text, by, watch);
  else if (as.repo == repository::image)
    offer_to_image_repository(as, text, by, watch);
  return 0;
}
