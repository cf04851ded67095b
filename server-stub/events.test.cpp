#include "server-stub/events.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace otafleet::stub {
namespace {

using nlohmann::json;

json event(const std::string& id, const std::string& type) {
  return {{"id", id},
          {"deviceTime", "2026-01-25T12:35:42Z"},
          {"eventType", {{"id", type}, {"version", 0}}},
          {"event", {{"ecu", "e"}}}};
}

TEST(events, are_counted_by_type_and_once_by_id) {
  event_ledger ledger;
  const auto body = json::array({event("1", "EcuDownloadStarted"), event("2", "EcuDownloadStarted"),
                                 event("3", "SomethingNew"), event("1", "EcuDownloadStarted")});
  const auto events = read_events(body.dump()).value();
  for (const auto& one : events)
    ledger.record(one);
  EXPECT_EQ(ledger.count(0), 2u);
  EXPECT_EQ(ledger.count(event_types.size() - 1), 1u) << "other";
  EXPECT_EQ(ledger.count(1), 0u);
}

TEST(events, are_recognised_again_among_the_last_64) {
  event_ledger ledger;
  for (std::uint64_t id = 1; id <= 65; ++id)
    ledger.record({0, id});
  ledger.record({0, 65});
  ledger.record({0, 2});
  EXPECT_EQ(ledger.count(0), 65u);
  ledger.record({0, 1});
  EXPECT_EQ(ledger.count(0), 66u) << "the first was forgotten with the 65th";
}

TEST(events, need_all_their_members) {
  EXPECT_TRUE(read_events("[]").value().empty());
  EXPECT_EQ(read_events("{}").error().code, "invalid_entity");
  for (const auto* name : {"id", "deviceTime", "eventType", "event"}) {
    auto one = event("1", "EcuDownloadStarted");
    one.erase(name);
    EXPECT_EQ(read_events(json::array({one}).dump()).error().code, "invalid_entity") << name;
  }
  auto one = event("1", "EcuDownloadStarted");
  one["eventType"]["version"] = "0";
  EXPECT_EQ(read_events(json::array({one}).dump()).error().code, "invalid_entity");
}

TEST(events, beyond_a_thousand_make_the_client_halve_its_batch) {
  auto many = json::array();
  for (int at = 0; at < 1'001; ++at)
    many.push_back(event(std::to_string(at), "EcuDownloadStarted"));
  EXPECT_EQ(read_events(many.dump()).error().status, 413u);
}

} // namespace
} // namespace otafleet::stub
