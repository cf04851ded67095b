#include "metadata.hpp"

#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"

namespace otafleet::fidelity {
namespace {

using nlohmann::json;

/// As jsoncpp writes, since that is what signatures cover: `uptane::testing` knows no escapes for what is not ASCII.
std::string written(const json& value) {
  return value.dump(-1, ' ', true);
}

json target_of(const assignment& what) {
  return {{"custom", {{"targetFormat", "BINARY"}}},
          {"hashes",
           {{"sha256", pki::sha256_hex(as_bytes(what.content))}, {"sha512", pki::sha512_hex(as_bytes(what.content))}}},
          {"length", what.content.size()}};
}

std::string encoded(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 ||
        std::string_view{"-._~/"}.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    std::array<char, 4> escape{};
    std::snprintf(escape.data(), escape.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += escape.data();
  }
  return out;
}

} // namespace

std::string image_content(const std::string& filename, std::size_t size) {
  std::string content;
  for (int i = 0; content.size() < size; ++i)
    content += pki::sha256_hex(as_bytes(filename + std::to_string(i)));
  content.resize(size);
  return content;
}

metadata::metadata()
    : director_(uptane::repository::director, pki::key_type::ed25519),
      image_(uptane::repository::image, pki::key_type::ed25519) {
  publish();
}

void metadata::assign(const std::vector<assignment>& what, const std::string& correlation_id) {
  auto assigned = json::object();
  auto listed = json::object();
  for (const auto& one : what) {
    assigned[one.filename] = target_of(one);
    assigned[one.filename]["custom"]["ecuIdentifiers"] = {{one.ecu_serial, {{"hardwareId", one.hardware_id}}}};
    auto entry = target_of(one);
    entry["custom"]["hardwareIds"] = {one.hardware_id};
    listed_[one.filename] = written(entry);
    images_["/repo/targets/" + encoded(one.filename)] = one.content;
  }
  for (const auto& [name, entry] : listed_)
    listed[name] = json::parse(entry);
  director_.targets.members["targets"] = written(assigned);
  director_.targets.correlation_id = correlation_id;
  ++director_.targets.version;
  if (image_.targets.members["targets"] != written(listed)) {
    image_.targets.members["targets"] = written(listed);
    ++image_.targets.version;
    ++image_.snapshot.version;
    ++image_.timestamp.version;
  }
  publish();
}

void metadata::rotate_root_and_assign_nothing() {
  director_.rotate(uptane::role::root);
  director_.targets.members["targets"] = "{}";
  director_.targets.correlation_id.clear();
  ++director_.targets.version;
  publish();
}

void metadata::publish() {
  documents_["/director/" + std::to_string(director_.root.version) + ".root.json"] = director_.root_text();
  documents_["/director/targets.json"] = director_.targets_text();
  documents_["/repo/" + std::to_string(image_.root.version) + ".root.json"] = image_.root_text();
  documents_["/repo/targets.json"] = image_.targets_text();
  documents_["/repo/snapshot.json"] = image_.snapshot_text();
  documents_["/repo/timestamp.json"] = image_.timestamp_text();
}

} // namespace otafleet::fidelity
