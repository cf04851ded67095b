#include "uptane/failure.hpp"

#include <gtest/gtest.h>

namespace otafleet::uptane {
namespace {

TEST(failure, is_named_by_its_class_and_the_role_of_its_document) {
  EXPECT_EQ((failure{failure_code::expired_metadata, repository::director, role::targets, ""}).name(),
            "ExpiredMetadata::targets");
  EXPECT_EQ((failure{failure_code::bad_ecu_id, repository::director, std::nullopt, ""}).name(), "BadEcuId");
  EXPECT_EQ((failure{failure_code::root_rotation_error, repository::image, role::root, ""}).name(),
            "RootRotationError::root");
}

TEST(failure, of_a_delegation_bears_its_name_and_a_fixed_label) {
  failure of{failure_code::unmet_threshold, repository::image, role::targets, "", "vendor-a"};
  EXPECT_EQ(of.name(), "UnmetThreshold::vendor-a");
  EXPECT_EQ(of.label(), "UnmetThreshold::delegation");
  of.role_name = "a\n\"b\" " + std::string(80, 'x');
  EXPECT_EQ(of.name(), "UnmetThreshold::a\\n\\\"b\\\" " + std::string(74, 'x')) << "one line, and not too long";
  of.role_name.clear();
  EXPECT_EQ(of.label(), "UnmetThreshold::targets");
}

} // namespace
} // namespace otafleet::uptane
