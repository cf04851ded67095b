// What the backend of the trace served: the metadata of one vehicle in both repositories, and its images.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "uptane/test_repository.hpp"

namespace otafleet::fidelity {

struct assignment {
  std::string filename;
  std::string content;
  std::string ecu_serial;
  std::string hardware_id;
};

/// `size` bytes that differ from those of every other name.
[[nodiscard]] std::string image_content(const std::string& filename, std::size_t size);

class metadata {
public:
  metadata();

  /// The Director assigns these and nothing else, under a new version; the Image repository lists them too, beside all
  /// before.
  void assign(const std::vector<assignment>& what, const std::string& correlation_id);
  /// The Director's next root, with a new root key; it assigns nothing any more.
  void rotate_root_and_assign_nothing();

  /// By path: `/director/1.root.json`, `/repo/targets.json`, ...
  [[nodiscard]] const std::map<std::string, std::string>& documents() const noexcept { return documents_; }
  /// By path, percent-encoded: `/repo/targets/fw-1.0.bin`.
  [[nodiscard]] const std::map<std::string, std::string>& images() const noexcept { return images_; }

private:
  void publish();

  uptane::testing::test_repository director_;
  uptane::testing::test_repository image_;
  std::map<std::string, std::string> listed_; // raw JSON by file name
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::string> images_;
};

} // namespace otafleet::fidelity
