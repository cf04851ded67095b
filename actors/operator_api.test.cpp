#include "actors/operator_api.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

const operator_access access{"http://127.0.0.1:8444", "t0ken"};

[[nodiscard]] net::reply answer(int status, std::string body) {
  net::reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

TEST(operator_api, makes_the_same_image_for_the_same_seed_and_another_for_another_name) {
  EXPECT_EQ(make_image(7, "fw-1", 1'000), make_image(7, "fw-1", 1'000));
  EXPECT_NE(make_image(7, "fw-1", 1'000), make_image(7, "fw-2", 1'000));
  EXPECT_NE(make_image(7, "fw-1", 1'000), make_image(8, "fw-1", 1'000));
  EXPECT_EQ(make_image(7, "fw-1", 13).size(), 13u);
}

TEST(operator_api, uploads_to_the_path_and_namespace_of_the_reposerver) {
  const auto request = upload_request(access, "qa", "dir a/fw+1", {"gw-1", "gw-2"}, "bytes");
  EXPECT_EQ(request.url, "http://127.0.0.1:8444/api/v1/user_repo/targets/dir%20a%2Ffw%2B1"
                         "?name=dir%20a%2Ffw%2B1&version=1&hardwareIds=gw-1%2Cgw-2&targetFormat=BINARY");
  EXPECT_EQ(request.headers, (std::vector<std::string>{"Authorization: Bearer t0ken", "x-ats-namespace: qa"}));
  EXPECT_EQ(request.body, "bytes");
}

TEST(operator_api, assigns_with_the_directors_own_body) {
  const auto request = assignment_request(access, "qa", "u-1", "urn:here-ota:mtu:1", {"d-1", "d-2"});
  EXPECT_EQ(request.body,
            R"({"correlationId":"urn:here-ota:mtu:1","devices":["d-1","d-2"],"dryRun":false,"mtuId":"u-1"})");
}

TEST(operator_api, names_an_image_for_every_kind_of_ecu_that_is_to_run_it) {
  const auto request = multi_target_update_request(access, "qa", {"gw", "lamp"}, {"fw", "aa", 9});
  const std::string to = R"({"from":null,"to":{"checksum":{"hash":"aa","method":"sha256"},"target":"fw",)"
                         R"("targetLength":9,"uri":null}})";
  EXPECT_EQ(request.body, R"({"targets":{"gw":)" + to + R"(,"lamp":)" + to + "}}");
}

TEST(operator_api, attacks_and_rotates_through_the_embedded_backends_own_paths) {
  const auto attack = attack_request(access, "qa", "rollback");
  EXPECT_EQ(attack.url, "http://127.0.0.1:8444/otafleet/v1/accounts/qa/attack");
  EXPECT_EQ(attack.verb, net::method::put);
  EXPECT_EQ(attack.body, R"({"kind":"rollback"})");
  EXPECT_EQ(attack_request(access, "qa", "").body, R"({"kind":null})");
  const auto rotation = rotation_request(access, "qa", "image", {"root", "targets"});
  EXPECT_EQ(rotation.url, "http://127.0.0.1:8444/otafleet/v1/accounts/qa/rotations");
  EXPECT_EQ(rotation.body, R"({"keys":["root","targets"],"repository":"image"})");
  const auto authority = device_ca_request(access, "qa", "PEM");
  EXPECT_EQ(authority.url, "http://127.0.0.1:8444/otafleet/v1/accounts/qa/device-cas");
  EXPECT_EQ(authority.body, "PEM");
}

TEST(operator_api, sends_no_authorization_where_there_is_no_token) {
  EXPECT_TRUE(status_request({"http://127.0.0.1:8444", ""}).headers.empty());
}

TEST(operator_api, reads_what_became_of_attacks) {
  const auto status = read_status(answer(200, R"({"identity":{"requests_checked":1,"mismatches":0},
      "manifests":{"accepted":1,"refused":0},"cpu_seconds":0.5,"peak_rss_bytes":1,
      "attacks":{"qa":{"freeze":{"served":312,"devices":200,"accepted":1}},"dev":{}}})"));
  ASSERT_TRUE(status) << status.error();
  EXPECT_EQ(status->attacks.at("qa").at("freeze").served, 312u);
  EXPECT_EQ(status->attacks.at("qa").at("freeze").devices, 200u);
  EXPECT_EQ(status->attacks.at("qa").at("freeze").accepted, 1u);
  EXPECT_FALSE(read_status(answer(200, R"({"identity":{"requests_checked":1,"mismatches":0},
      "manifests":{"accepted":1,"refused":0},"cpu_seconds":0.5,"peak_rss_bytes":1,"attacks":{"qa":7}})")));
}

TEST(operator_api, repeats_the_servers_words_when_it_refuses) {
  EXPECT_EQ(complaint("upload", answer(412, R"({"code":"role_key_not_found","description":"offline"})")),
            "upload was refused with status 412 (role_key_not_found: offline)");
  EXPECT_TRUE(complaint("upload", answer(204, "")).empty());
}

TEST(operator_api, survives_answers_that_are_not_what_they_should_be) {
  for (const auto* body : {"", "null", "[]", "{", "{\"values\":[{}]}", "<html>", "[1,2]"}) {
    EXPECT_FALSE(read_devices(answer(200, body))) << body;
    EXPECT_FALSE(read_status(answer(200, body))) << body;
  }
  EXPECT_FALSE(read_ids(answer(200, R"([1])")));
  EXPECT_FALSE(read_id(answer(200, R"({"id":1})")));
}

TEST(operator_api, reads_the_primary_ecus_image) {
  const auto page =
      read_devices(answer(200, R"({"values":[{"device_id":"d-1","registered":true,"assignment":"done","ecus":[
      {"primary":false,"filepath":"other","sha256":"bb"},{"primary":true,"filepath":"fw","sha256":"aa"}]}],"next":null})"));
  ASSERT_TRUE(page) << page.error();
  ASSERT_EQ(page->devices.size(), 1u);
  EXPECT_EQ(page->devices[0].filepath, "fw");
  EXPECT_EQ(page->devices[0].sha256, "aa");
  EXPECT_TRUE(page->next.empty());
}

} // namespace
} // namespace otafleet::actors
