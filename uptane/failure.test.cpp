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

} // namespace
} // namespace otafleet::uptane
