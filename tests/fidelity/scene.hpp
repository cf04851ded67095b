// What the real client sent in one scene of the trace, as the files in scenes/ hold it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otafleet::fidelity {

struct expected_request {
  /// Its number in the trace.
  int number = 0;
  std::string method;
  std::string path;
  /// The connection's number in the trace: the same for requests that share one.
  int connection = 0;
  /// The CN of its certificate.
  std::string client;
  /// What the server answered; 0 when it closed the connection instead.
  int status = 0;
  /// The body of an error answer, where it matters.
  std::string answer;
  /// Empty without a body.
  std::string content_type;
  /// The shape of a JSON body as JSON, or the lines of a TOML body as an array of them; empty without a body.
  std::string body;
  /// Its size in bytes, where nothing of it depends on the machine; else 0.
  std::size_t length = 0;
};

struct scene {
  std::string id;
  std::string title;
  /// Handshakes that ended with the alert unknown_ca, before the first request.
  int failed_handshakes = 0;
  /// But for POST /events: those come from another thread of the real client, whenever they like.
  std::vector<expected_request> requests;
  /// The events that were sent, one after the other, however they were spread over requests.
  std::vector<std::string> events;
};

/// The scene of that id, `D3` say. Throws when the files hold none: a test without its scene is broken.
[[nodiscard]] scene load_scene(std::string_view id);

} // namespace otafleet::fidelity
