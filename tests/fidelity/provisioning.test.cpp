// Section E: PKCS#12 flavours, answers that refuse, device data that fails, and the check for campaigns.
#include <ostream>

#include <gtest/gtest.h>

#include "pki/pkcs12.hpp"
#include "rig.hpp"

namespace otafleet::fidelity {
namespace {

/// A device that has never been on, set up as in section E.
struct new_device : rig {
  new_device() {
    settings.primary.uptane_key = pki::key_type::ed25519;
    shared = backend.shared_credential();
  }
};

// -- archives -------------------------------------------------------------------------

struct flavour_case {
  const char* name;
  p12_flavour flavour;
  const char* scene;
};

std::ostream& operator<<(std::ostream& out, const flavour_case& each) {
  return out << each.name;
}

class trace_e_archive : public testing::TestWithParam<flavour_case> {};

INSTANTIATE_TEST_SUITE_P(flavour, trace_e_archive,
                         testing::Values(flavour_case{"aes", p12_flavour::aes, "E1"},
                                         flavour_case{"none", p12_flavour::none, "E2"},
                                         flavour_case{"legacy", p12_flavour::legacy, "E3"}),
                         [](const auto& each) { return each.param.name; });

TEST_P(trace_e_archive, is_read_from_the_file_and_from_the_answer) {
  new_device trace;
  const auto file = write_p12(*trace.shared, GetParam().flavour);
  if (!file)
    GTEST_SKIP() << "this OpenSSL has no legacy provider";
  auto read = pki::from_pkcs12(*file, "");
  ASSERT_TRUE(read) << read.error();
  trace.shared = std::move(*read);
  trace.backend.write_archives_as(GetParam().flavour);
  trace.play(GetParam().scene);
}

// -- refusals -------------------------------------------------------------------------

TEST(trace_e, a_taken_name_is_given_up_for_another) {
  new_device trace;
  trace.play("E4");
  EXPECT_NE(trace.expected.value_of("device"), trace.expected.value_of("device:refused"));
}

TEST(trace_e, any_other_refusal_is_tried_once_more) {
  new_device trace;
  trace.play("E5");
}

TEST(trace_e, a_configured_name_is_kept_when_it_is_taken) {
  new_device trace;
  trace.settings.device_id = "fixed-id-1";
  trace.play("E6");
}

TEST(trace_e, registered_ecus_are_tried_once_more) {
  new_device trace;
  trace.play("E7");
}

TEST(trace_e, a_refusal_that_is_no_json_is_tried_once_more) {
  new_device trace;
  trace.play("E8");
}

TEST(trace_e, device_data_that_fails_stops_nothing) {
  new_device trace;
  trace.play("E9");
}

// -- campaigns ------------------------------------------------------------------------

TEST(trace_e, a_check_for_campaigns_is_one_request) {
  new_device trace;
  trace.play("E10");
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  trace.settings.mode = device::run_mode::campaign_check;
  trace.play("E11");
}

} // namespace
} // namespace otafleet::fidelity
