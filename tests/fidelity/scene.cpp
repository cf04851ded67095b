#include "scene.hpp"

#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace otafleet::fidelity {
namespace {

expected_request request_from(const nlohmann::json& raw) {
  expected_request made;
  made.number = raw.at("number");
  made.method = raw.at("method");
  made.path = raw.at("path");
  made.connection = raw.at("connection");
  made.client = raw.at("client");
  made.status = raw.at("status");
  made.answer = raw.value("answer", "");
  made.content_type = raw.value("content_type", "");
  if (raw.contains("body"))
    made.body = raw.at("body").dump();
  made.length = raw.value("length", std::size_t{0});
  return made;
}

} // namespace

scene load_scene(std::string_view id) {
  const auto file = std::string{OTAFLEET_SCENES "/"} + static_cast<char>(id.at(0) - 'A' + 'a') + ".json";
  std::ifstream in{file};
  for (const auto& raw : nlohmann::json::parse(in)) {
    if (raw.at("id") != id)
      continue;
    scene made;
    made.id = raw.at("id");
    made.title = raw.at("title");
    made.failed_handshakes = raw.at("failed_handshakes");
    for (const auto& one : raw.at("requests"))
      made.requests.push_back(request_from(one));
    for (const auto& one : raw.at("events"))
      made.events.push_back(one.dump());
    return made;
  }
  throw std::out_of_range{file + " holds no scene " + std::string{id}};
}

} // namespace otafleet::fidelity
