// What verifying one full metadata cycle costs beyond the signatures and hashes that nobody can save.
//
// A cycle is what a device does when its Director lists something new: two roots, the Director's targets, and the Image
// repository's timestamp, snapshot and targets. It is measured
//   bare   the same signature checks and hashes alone, on keys and texts prepared before
//   cold   by a device whose documents no other device holds: every one is parsed. Their RSA keys were read before, as
//   an
//          account's are by the second device of a fleet; the first one pays OpenSSL's 80 us for each of the eight
//   warm   by a device of a fleet: the pool knows the documents, the device checks them itself all the same
//
//   verify_bench [--check]   prints CPU time in microseconds; with --check fails when cold is beyond the limits
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string_view>
#include <vector>

#include "pki/digest.hpp"
#include "uptane/test_repository.hpp"
#include "uptane/trust.hpp"

namespace {

using namespace otafleet;
using namespace otafleet::uptane;

struct documents {
  std::string director_root, director_targets, image_root, timestamp, snapshot, image_targets;
};

documents written(pki::key_type type) {
  testing::test_repository director{repository::director, type};
  testing::test_repository image{repository::image, type};
  director.targets.list = {testing::director_target("gw-fw-1.bin", 200'000, std::string(64, 'e'), "gw-imx8")};
  director.targets.correlation_id = "urn:here-ota:campaign:c0ffee00-0000-4000-8000-000000000001";
  for (int number = 0; number < 5; ++number)
    image.targets.list.push_back(
        testing::image_target("gw-fw-" + std::to_string(number) + ".bin", 200'000, {"gw-imx8"}));
  return {director.root_text(),   director.targets_text(), image.root_text(),
          image.timestamp_text(), image.snapshot_text(),   image.targets_text()};
}

/// Remembers each signature check, so that exactly the same can be done again without anything around it.
class recording_probe final : public probe {
public:
  struct one_check {
    pki::public_key key;
    bytes message;
    bytes signature;
  };

  bool check(role, const pki::public_key& key, byte_view message, byte_view signature) override {
    checks.push_back({key, {message.begin(), message.end()}, {signature.begin(), signature.end()}});
    return key.verify(message, signature);
  }
  void document_begins(repository, role) override {}
  void document_ends(repository, role, bool) override {}

  std::vector<one_check> checks;
};

void must(const verdict& of) {
  if (!of) {
    std::fprintf(stderr, "the benchmark's own metadata was refused: %s (%s)\n", of.error().name().c_str(),
                 of.error().detail.c_str());
    std::exit(1);
  }
}

struct device {
  director_trust director;
  image_trust image;
};

void verify_cycle(const documents& all, document_pool& pool, probe& watch, device& into) {
  judge by{pool, watch, utc_time::from_unix_seconds(1'795'510'800)};
  must(into.director.accept_root(all.director_root, by));
  must(into.director.accept_targets(all.director_targets, by));
  must(into.image.accept_root(all.image_root, by));
  must(into.image.accept_timestamp(all.timestamp, by));
  must(into.image.accept_snapshot(all.snapshot, by));
  must(into.image.accept_targets(all.image_targets, by));
}

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

constexpr int cycles_per_round = 100;
constexpr std::size_t rounds = 21;

/// Measures all three in turn, round by round, so that a machine that slows down does so for each; medians of the
/// rounds.
std::array<double, 3> measure(const std::array<std::function<void()>, 3>& works) {
  std::array<std::vector<double>, 3> taken;
  for (std::size_t round = 0; round <= rounds; ++round)
    for (std::size_t work = 0; work < works.size(); ++work) {
      const auto start = cpu_microseconds();
      for (int cycle = 0; cycle < cycles_per_round; ++cycle)
        works[work]();
      if (round > 0) // The first only warms up.
        taken[work].push_back((cpu_microseconds() - start) / cycles_per_round);
    }
  std::array<double, 3> medians{};
  for (std::size_t work = 0; work < works.size(); ++work) {
    std::nth_element(taken[work].begin(), taken[work].begin() + rounds / 2, taken[work].end());
    medians[work] = taken[work][rounds / 2];
  }
  return medians;
}

/// The ratio of cold to bare.
double bench(std::string_view name, pki::key_type type) {
  const auto all = written(type);
  recording_probe recorded;
  {
    document_pool pool;
    device one;
    verify_cycle(all, pool, recorded, one);
  }
  const std::array texts{&all.director_root, &all.director_targets, &all.image_root,
                         &all.timestamp,     &all.snapshot,         &all.image_targets};
  bool good = true;
  const auto bare = [&] {
    for (const auto& one : recorded.checks)
      good = one.key.verify(one.message, one.signature) && good;
    for (const auto* text : texts) {
      good = !pki::sha256_hex(as_bytes(*text)).empty() && good;
      good = !pki::sha512_hex(as_bytes(*text)).empty() && good;
    }
  };
  plain_probe plain;
  const auto cold = [&] {
    document_pool pool;
    device one;
    verify_cycle(all, pool, plain, one);
  };
  document_pool shared;
  device holder;
  verify_cycle(all, shared, plain, holder);
  const auto warm = [&] {
    device one;
    verify_cycle(all, shared, plain, one);
  };
  const auto [bare_us, cold_us, warm_us] = measure({bare, cold, warm});
  if (!good)
    std::exit(1);
  std::printf("%-9.*s %zu checks   bare %7.1f us   cold %7.1f us (%.2fx)   warm %7.1f us (%.2fx)\n",
              static_cast<int>(name.size()), name.data(), recorded.checks.size(), bare_us, cold_us, cold_us / bare_us,
              warm_us, warm_us / bare_us);
  return cold_us / bare_us;
}

} // namespace

int main(int argc, char** argv) {
  const bool check = argc > 1 && std::string_view{argv[1]} == "--check";
  const bool ed25519_fits = bench("ed25519", pki::key_type::ed25519) <= 1.3;
  const bool rsa_fits = bench("rsa-2048", pki::key_type::rsa_2048) <= 2.0;
  return check && !(ed25519_fits && rsa_fits) ? 1 : 0;
}
