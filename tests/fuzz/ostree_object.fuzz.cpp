// OSTree objects from a treehub. The first byte chooses the kind; each object is named by its own checksum, so that the
// parsers behind the comparison are reached.
#include "device/ostree_object.hpp"

#include <array>

#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otafleet;
  using namespace otafleet::device;
  auto served = fuzz::input(data, size);
  constexpr std::array kinds{ostree::object_kind::commit, ostree::object_kind::dirtree, ostree::object_kind::dirmeta,
                             ostree::object_kind::file};
  const auto kind = kinds.at(fuzz::take_choice(served) % kinds.size());
  const auto checksum = ostree::checksum_of(kind, served);
  if (!checksum) {
    fuzz::must(kind == ostree::object_kind::file, "metadata of any content has a checksum");
    return 0;
  }
  const auto found = ostree::check_object({kind, *checksum}, served);
  if (!found)
    return 0;
  for (const auto& name : *found) {
    fuzz::must(name.checksum.size() == 64 && name.kind != ostree::object_kind::commit, "references are objects");
    fuzz::must(name.path().size() > std::string_view{"objects/"}.size() + 65, "references have paths");
  }
  const bool leaf = kind == ostree::object_kind::file || kind == ostree::object_kind::dirmeta;
  fuzz::must(!leaf || found->empty(), "files and directory metadata lead nowhere");
  fuzz::must(!ostree::check_object({kind, std::string(64, '0')}, served), "under another name it is refused");
  return 0;
}
