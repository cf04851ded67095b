#include "server-stub/campaigns.hpp"

#include <gtest/gtest.h>

#include "server-stub/running_stub.test.hpp"

namespace otafleet::stub {
namespace {

using nlohmann::json;
using namespace testing;

json listed(const campaign_list& list, const char* device) {
  return json::parse(list.for_device(device, campaign_form::with_auto_accept))["campaigns"];
}

TEST(campaigns, are_read_with_what_devices_understand) {
  const auto made = read_campaign(R"({"name":"c","size":62470,"autoAccept":true,"devices":["a","b","a"],"metadata":[
      {"type":"DESCRIPTION","value":"text"},{"type":"ESTIMATED_INSTALLATION_DURATION","value":"10"}]})")
                        .value();
  EXPECT_EQ(made.size, 62470u);
  EXPECT_TRUE(made.auto_accept);
  EXPECT_EQ(made.devices.size(), 2u);
  EXPECT_EQ(made.metadata.at("ESTIMATED_INSTALLATION_DURATION"), "10");
  EXPECT_TRUE(is_uuid(made.id));
}

TEST(campaigns, that_a_device_would_reject_are_not_made) {
  for (const auto* wrong :
       {"{}", R"({"name":""})", R"({"name":"c","size":-1})", R"({"name":"c","autoAccept":1})",
        R"({"name":"c","devices":[]})", R"({"name":"c","devices":[1]})", R"({"name":"c","metadata":{}})",
        R"({"name":"c","metadata":[{"type":"T","value":"1"},{"type":"T","value":"2"}]})",
        R"({"name":"c","metadata":[{"type":"ESTIMATED_INSTALLATION_DURATION","value":"soon"}]})",
        R"({"name":"c","metadata":[{"type":"T"}]})"})
    EXPECT_EQ(read_campaign(wrong).error().code, "invalid_entity") << wrong;
}

TEST(campaigns, ask_whom_they_are_for_until_they_are_answered) {
  campaign_list list;
  auto made = read_campaign(R"({"name":"c","devices":["a","b"]})").value();
  const auto id = made.id;
  ASSERT_TRUE(list.add(std::move(made)));
  EXPECT_EQ(listed(list, "a")[0]["id"], id);
  EXPECT_TRUE(listed(list, "c").empty());
  list.record("a", id, campaign_answer::postponed);
  EXPECT_EQ(listed(list, "a").size(), 1u) << "postponed is not settled";
  list.record("a", id, campaign_answer::accepted);
  list.record("b", id, campaign_answer::declined);
  list.record("b", "no such campaign", campaign_answer::accepted);
  EXPECT_TRUE(listed(list, "a").empty());
  EXPECT_TRUE(listed(list, "b").empty());
  const auto shown = json::parse(list.overview())["values"][0];
  EXPECT_EQ(shown["accepted"], 1);
  EXPECT_EQ(shown["declined"], 1);
  EXPECT_EQ(shown["postponed"], 0);
}

TEST(campaigns, of_an_account_fit_what_a_device_reads) {
  campaign_list list;
  const auto body =
      json{{"name", "c"}, {"metadata", json::array({{{"type", "DESCRIPTION"}, {"value", std::string(4'000, 'x')}}})}}
          .dump();
  int made = 0;
  while (list.add(read_campaign(body).value()))
    ++made;
  EXPECT_GT(made, 200);
  EXPECT_LT(list.for_device("a", campaign_form::with_auto_accept).size(), 1024u * 1024);
  EXPECT_EQ(list.add(read_campaign(body).value()).error().code, "too_many_elements");
}

TEST(campaigns, are_made_by_operators_and_answered_by_events) {
  running_stub backend;
  const char* const path = "/otafleet/v1/accounts/qa/campaigns";
  const auto made = backend.operate("POST", path, R"({"name":"c","autoAccept":true})");
  ASSERT_EQ(made->status, 201);
  const std::string id = json::parse(made->body);
  auto device = backend.connect(backend.provision("dev-1"));
  const auto asked = json::parse(device.request("GET", "/campaigner/campaigns")->body);
  EXPECT_EQ(
      asked,
      (json{{"campaigns",
             json::array(
                 {{{"id", id}, {"name", "c"}, {"size", 0}, {"autoAccept", true}, {"metadata", json::array()}}})}}));
  const json event{{"id", "e1"},
                   {"deviceTime", "2026-01-25T12:35:42Z"},
                   {"eventType", {{"id", "campaign_accepted"}, {"version", 0}}},
                   {"event", {{"campaignId", id}}}};
  EXPECT_EQ(device.request("POST", "/events", json::array({event}).dump())->status, 204);
  EXPECT_EQ(device.request("GET", "/campaigner/campaigns")->body, R"({"campaigns":[]})");
  EXPECT_EQ(json::parse(backend.operate("GET", path)->body)["values"][0]["accepted"], 1);
  EXPECT_EQ(backend.operate("POST", path, "{}")->status, 400);
}

} // namespace
} // namespace otafleet::stub
