#include "uptane/secondary.hpp"

#include <algorithm>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"
#include "uptane/target_search.hpp"

namespace otafleet::uptane {
namespace {

tl::unexpected<failure> refuse(failure_code code, repository repo, std::string detail) {
  return tl::unexpected(failure{code, repo, std::nullopt, std::move(detail)});
}

verdict check_hardware(const target& assigned, std::string_view serial, std::string_view hardware_id) {
  const auto& meant = assigned.ecus.find(std::string{serial})->second;
  if (meant != hardware_id)
    return refuse(failure_code::bad_hardware_id, repository::director,
                  "target " + shown(assigned.filename) + " is for hardware " + shown(meant) + ", but ECU " +
                      shown(serial) + " is " + shown(hardware_id));
  return {};
}

verdict check_listed(const target& assigned, const targets& image) {
  if (find_match(assigned, image) == nullptr)
    return refuse(failure_code::target_mismatch, repository::image,
                  "the Image repository's top-level targets do not list the Director's " + shown(assigned.filename));
  return {};
}

} // namespace

verdict secondary_trust::put_metadata(const director_trust& from_director, const image_trust& from_image,
                                      std::string_view serial, std::string_view hardware_id, judge& by) {
  auto accepted = director.take_over(from_director, by).and_then([&] { return image.take_over(from_image, by); });
  if (!accepted)
    return accepted;
  const auto* mine = assigned(serial);
  if (mine == nullptr)
    return refuse(failure_code::target_mismatch, repository::director,
                  "the Director's list has no target for ECU " + shown(serial));
  return check_hardware(*mine, serial, hardware_id).and_then([&] { return check_listed(*mine, *image.targets()); });
}

const target* secondary_trust::assigned(std::string_view serial) const {
  if (director.targets() == nullptr)
    return nullptr;
  const auto& list = director.targets()->list;
  const auto found =
      std::ranges::find_if(list, [&](const target& one) { return one.ecus.contains(std::string{serial}); });
  return found == list.end() ? nullptr : &*found;
}

} // namespace otafleet::uptane
