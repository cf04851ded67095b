#include "uptane/failure.hpp"

#include "uptane/shown.hpp"

namespace otafleet::uptane {

std::string_view to_string(failure_code code) noexcept {
  switch (code) {
  case failure_code::metadata_fetch_failure:
    return "MetadataFetchFailure";
  case failure_code::invalid_metadata:
    return "InvalidMetadata";
  case failure_code::bad_key_id:
    return "BadKeyId";
  case failure_code::unmet_threshold:
    return "UnmetThreshold";
  case failure_code::illegal_threshold:
    return "IllegalThreshold";
  case failure_code::non_unique_signatures:
    return "NonUniqueSignatures";
  case failure_code::security_exception:
    return "SecurityException";
  case failure_code::root_rotation_error:
    return "RootRotationError";
  case failure_code::expired_metadata:
    return "ExpiredMetadata";
  case failure_code::version_mismatch:
    return "VersionMismatch";
  case failure_code::bad_ecu_id:
    return "BadEcuId";
  case failure_code::bad_hardware_id:
    return "BadHardwareId";
  case failure_code::target_content_mismatch:
    return "TargetContentMismatch";
  case failure_code::target_mismatch:
    return "TargetMismatch";
  case failure_code::invalid_target:
    return "InvalidTarget";
  case failure_code::oversized_target:
    return "OversizedTarget";
  case failure_code::target_hash_mismatch:
    return "TargetHashMismatch";
  case failure_code::delegation_missing:
    return "DelegationMissing";
  case failure_code::delegation_hash_mismatch:
    return "DelegationHashMismatch";
  }
  return "Unknown";
}

std::string failure::name() const {
  if (role_name.empty())
    return label();
  const auto quoted = shown(role_name);
  return std::string{to_string(code)} + "::" + quoted.substr(1, quoted.rfind('"') - 1);
}

std::string failure::label() const {
  std::string text{to_string(code)};
  if (!role_name.empty()) {
    text += "::delegation";
  } else if (of) {
    text += "::";
    text += to_string(*of);
  }
  return text;
}

} // namespace otafleet::uptane
