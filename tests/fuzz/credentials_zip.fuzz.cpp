// credentials.zip from anywhere, in any of the archive formats.
#include "pki/credentials_zip.hpp"

#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otafleet;
  const auto read = pki::read_credentials_zip(fuzz::input(data, size));
  if (!read) {
    fuzz::must(!read.error().empty(), "a refusal says why");
    return 0;
  }
  static_cast<void>(pki::provisioning_credential(*read));
  const auto written = pki::write_credentials_zip(*read);
  const auto again = pki::read_credentials_zip(written);
  fuzz::must(again.has_value(), "what was written can be read");
  fuzz::must(pki::write_credentials_zip(*again) == written, "and is written the same again");
  return 0;
}
