// PKCS#12 archives, as a server sends them in answer to POST /devices.
#include "pki/pkcs12.hpp"

#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otafleet;
  const auto der = fuzz::input(data, size);
  const auto read = pki::from_pkcs12(der, "");
  if (!read) {
    fuzz::must(!read.error().empty(), "a refusal says why");
    return 0;
  }
  // What was read can be used: it is one key pair, and it survives being written.
  const auto shown = read->leaf.subject_public_key();
  fuzz::must(shown && shown->spki_der() == read->key.public_part().spki_der(), "the leaf is the key's");
  const auto written = pki::to_pkcs12(*read, "", 1);
  fuzz::must(written.has_value(), "what was read can be written");
  const auto again = pki::from_pkcs12(*written, "");
  fuzz::must(again && again->leaf.der() == read->leaf.der(), "what was written can be read");
  fuzz::must(again->authorities.size() == read->authorities.size(), "authorities are kept");
  return 0;
}
