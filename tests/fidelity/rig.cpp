#include "rig.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "manifest_check.hpp"
#include "pki/digest.hpp"
#include "solo/session.hpp"

namespace otafleet::fidelity {
namespace {

/// More than all retries of one scene together take.
constexpr auto patience = std::chrono::seconds{60};
constexpr auto user_agent = "Aktualizr/2020.10-359-ge5118a748";

std::string method_of(const net::test_request& request) {
  return request.request_line.substr(0, request.request_line.find(' '));
}

std::string path_of(const net::test_request& request) {
  const auto begin = request.request_line.find(' ') + 1;
  return request.request_line.substr(begin, request.request_line.rfind(' ') - begin);
}

/// `METHOD path` of each, to read a wrong order at a glance.
template <class Requests, class Line>
std::string listed(const Requests& requests, Line line) {
  std::string text;
  for (const auto& each : requests)
    text += "\n    " + line(each);
  return text;
}

/// Numbers in the order of their first appearance: 52 52 53 and 7 7 9 are the same pattern.
std::vector<std::size_t> ranks(const std::vector<int>& numbers) {
  std::vector<int> seen;
  std::vector<std::size_t> made;
  for (const int each : numbers) {
    const auto found = std::ranges::find(seen, each);
    made.push_back(static_cast<std::size_t>(found - seen.begin()));
    if (found == seen.end())
      seen.push_back(each);
  }
  return made;
}

} // namespace

device::settings settings_of_the_trace(const gateway& backend) {
  device::settings made;
  made.gateway_url = backend.url();
  made.primary.hardware_id = "demo-hw";
  made.primary.uptane_key = pki::key_type::rsa_2048;
  made.certificate_ttl_days = "365";
  made.mode = device::run_mode::once;
  made.user_agent = user_agent;
  return made;
}

rig::rig() : settings(settings_of_the_trace(backend)) {
  std::string name = (std::filesystem::temp_directory_path() / "otafleet-fidelity-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::runtime_error{"cannot make a directory for the device's state"};
  directory_ = name;
  expected.bind("gateway", backend.url());
}

rig::~rig() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void rig::play(std::string_view scene_id) {
  const auto what = load_scene(scene_id);
  SCOPED_TRACE(what.id + " (" + what.title + ")");
  auto images = served.images();
  for (const auto& [path, content] : std::exchange(spoiled_images, {}))
    images[path] = content;
  backend.serve(served.documents(), std::move(images));
  backend.begin(what);
  run_device();
  compare(what, backend.end(what));
}

void rig::run_device() {
  solo::session_options options;
  options.settings = settings;
  options.state_directory = directory_;
  options.shared = shared;
  options.imported = imported;
  options.seed = std::hash<std::string>{}(directory_.string()); // each device another
  solo::observer nobody;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto end =
      solo::run_session(options, engine_, nobody, [&] { return std::chrono::steady_clock::now() > deadline; });
  ASSERT_TRUE(end) << end.error();
  EXPECT_LT(std::chrono::steady_clock::now(), deadline) << "the device did not come to its end";
}

// -- comparing ------------------------------------------------------------------------

void rig::compare(const scene& what, const recording& got) {
  std::vector<net::test_request> requests;
  std::vector<net::test_request> events;
  for (const auto& each : got.requests)
    (path_of(each) == "/events" ? events : requests).push_back(each);
  const auto their_list = listed(what.requests, [](const auto& each) { return each.method + ' ' + each.path; });
  const auto our_list = listed(requests, [](const auto& each) { return method_of(each) + ' ' + path_of(each); });
  EXPECT_EQ(our_list, their_list);
  for (std::size_t i = 0; i < std::min(requests.size(), what.requests.size()); ++i)
    compare_request(what, what.requests[i], requests[i]);
  compare_connections(what, requests, got);
  compare_events(what, events);
}

void rig::compare_request(const scene& what, const expected_request& wanted, const net::test_request& got) {
  SCOPED_TRACE(what.id + " request " + std::to_string(wanted.number) + ": " + wanted.method + ' ' + wanted.path);
  if (method_of(got) != wanted.method || path_of(got) != wanted.path)
    return; // the list has told it
  EXPECT_TRUE(got.request_line.ends_with(" HTTP/1.1"));
  std::vector<std::string> headers{"Host: " + backend.url().substr(std::string_view{"https://"}.size()),
                                   std::string{"User-Agent: "} + user_agent, "Accept: */*"};
  if (!wanted.content_type.empty()) {
    headers.push_back("Content-Type: " + wanted.content_type);
    headers.push_back("Content-Length: " + std::to_string(got.body.size()));
  }
  EXPECT_EQ(got.headers, headers);
  if (wanted.path == "/director/ecus")
    take_registration(got.body);
  std::vector<std::string> differences;
  if (wanted.content_type == "application/toml")
    differences = expected.compare_lines(wanted.body, got.body);
  else if (!wanted.content_type.empty())
    differences = expected.compare_json(wanted.body, got.body);
  for (const auto& each : differences)
    ADD_FAILURE() << each;
  if (wanted.length != 0) {
    EXPECT_EQ(got.body.size(), wanted.length);
  }
  if (wanted.path == "/director/manifest")
    for (const auto& each : bad_signatures(got.body, keys_))
      ADD_FAILURE() << each;
  // After the body: that of POST /devices is where a name is first told, and the credential is still the shared one.
  EXPECT_TRUE(expected.agrees(wanted.client, got.client)) << "the certificate is " << got.client << "'s";
}

void rig::take_registration(const std::string& body) {
  keys_ = keys_in_registration(body);
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (keys_.empty())
    return; // the comparison tells
  serials_.clear();
  for (const auto& ecu : parsed.at("ecus")) {
    expected.bind("keyid:" + std::to_string(serials_.size()), key_id_of(ecu.at("clientKey").at("keyval").at("public")));
    serials_.push_back(ecu.at("ecu_serial"));
  }
}

void rig::compare_connections(const scene& what, const std::vector<net::test_request>& got, const recording& all) {
  std::vector<int> theirs;
  std::vector<int> ours;
  std::ranges::transform(what.requests, std::back_inserter(theirs), &expected_request::connection);
  std::ranges::transform(got, std::back_inserter(ours), &net::test_request::connection);
  EXPECT_EQ(ranks(ours), ranks(theirs)) << "requests share other connections";
  EXPECT_EQ(all.failed_handshakes.size(), static_cast<std::size_t>(what.failed_handshakes));
  for (const auto& each : all.failed_handshakes) {
    EXPECT_EQ(each.why, "tlsv1 alert unknown ca");
    if (!all.requests.empty()) {
      EXPECT_LT(each.connection, all.requests.front().connection) << "a handshake failed after the first request";
    }
  }
  std::vector<int> used;
  for (const auto& each : all.requests) {
    EXPECT_FALSE(each.resumed) << each.request_line;
    EXPECT_EQ(each.offered, "h2,http/1.1") << each.request_line;
  }
  std::ranges::transform(all.requests, std::back_inserter(used), &net::test_request::connection);
  std::ranges::sort(used);
  const auto distinct = std::unique(used.begin(), used.end()) - used.begin();
  EXPECT_EQ(all.connections, distinct + what.failed_handshakes) << "a connection brought no request";
}

void rig::compare_events(const scene& what, const std::vector<net::test_request>& posts) {
  std::vector<std::string> sent;
  for (const auto& each : posts) {
    SCOPED_TRACE(what.id + " events");
    EXPECT_EQ(each.request_line, "POST /events HTTP/1.1");
    ASSERT_EQ(each.headers.size(), 5U);
    EXPECT_EQ(each.headers[3], "Content-Type: application/json");
    EXPECT_EQ(each.headers[4], "Content-Length: " + std::to_string(each.body.size()));
    const auto batch = nlohmann::json::parse(each.body, nullptr, false);
    ASSERT_TRUE(batch.is_array() && !batch.empty()) << each.body;
    EXPECT_EQ(batch.dump(-1, ' ', true), each.body);
    for (const auto& one : batch)
      sent.push_back(one.dump(-1, ' ', true));
  }
  EXPECT_EQ(sent.size(), what.events.size()) << what.id << ": events" << listed(sent, [](const auto& e) { return e; });
  for (std::size_t i = 0; i < std::min(sent.size(), what.events.size()); ++i)
    for (const auto& each : expected.compare_json(what.events[i], sent[i]))
      ADD_FAILURE() << what.id << " event " << i + 1 << ": " << each;
}

} // namespace otafleet::fidelity
