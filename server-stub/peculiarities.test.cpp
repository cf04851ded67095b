#include "server-stub/peculiarities.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server-stub/gateway_paths.hpp"

namespace otafleet::stub {
namespace {

using nlohmann::json;

TEST(peculiarities, are_found_by_the_backends_name) {
  for (const auto like : {backend_like::here, backend_like::ota_ce, backend_like::airbotics})
    EXPECT_EQ(backend_like_from(peculiarities_of(like).name), like);
  EXPECT_EQ(peculiarities_of(backend_like::ota_ce).name, "ota-ce");
  EXPECT_FALSE(backend_like_from("mender"));
}

TEST(peculiarities, shape_errors_as_each_backend_does) {
  const refusal why{400, "invalid_entity", "no JSON"};
  EXPECT_EQ(json::parse(to_answer(why, error_form::object).body)["code"], "invalid_entity");
  EXPECT_EQ(json::parse(to_answer(why, error_form::object_or_text).body)["description"], "no JSON");
  EXPECT_EQ(to_answer(why, error_form::list).body, R"({"errors":["no JSON"]})");
  EXPECT_EQ(to_answer({400, "device_already_registered", "taken"}, error_form::list).body,
            R"({"code":"device_already_registered"})")
      << "the one field that aktualizr reads";
  const auto silent = to_answer({400, "ecus_registered", {}}, error_form::list);
  EXPECT_EQ(silent.body, "");
  EXPECT_EQ(silent.content_type, "");
}

TEST(peculiarities, have_plain_text_where_no_ota_lith_service_answers) {
  const auto unknown = no_such_route(404, {}, error_form::object_or_text);
  EXPECT_TRUE(unknown.content_type.starts_with("text/plain"));
  EXPECT_EQ(unknown.body, "The requested resource could not be found.");
  const auto wrong_verb = no_such_route(405, "PUT", error_form::object_or_text);
  EXPECT_EQ(wrong_verb.status, 405u);
  EXPECT_EQ(wrong_verb.headers.front(), (std::pair<std::string_view, std::string>{"Allow", "PUT"}));
  EXPECT_EQ(json::parse(no_such_route(404, {}, error_form::object).body)["code"], "missing_entity");
}

TEST(path_below, takes_slashes_together_that_a_gateway_url_doubled) {
  EXPECT_EQ(path_below("", "/director/manifest"), "/director/manifest");
  EXPECT_EQ(path_below("", "//director///manifest"), "/director/manifest");
  EXPECT_EQ(path_below("", "//repo//targets.json"), "/repo/targets.json");
  EXPECT_EQ(path_below("/api/v0/robot", "/api/v0/robot//director/ecus"), "/director/ecus");
  EXPECT_EQ(path_below("/api/v0/robot", "//api/v0/robot/director/ecus"), "/director/ecus");
}

TEST(path_below, leaves_a_file_its_own_slashes) {
  EXPECT_EQ(path_below("", "/repo/targets//lead//ing/"), "/repo/targets//lead//ing/");
  EXPECT_EQ(path_below("", "//repo//targets//f"), "/repo/targets//f");
  EXPECT_EQ(path_below("/api/v0/robot", "/api/v0/robot/repo/targets//f"), "/repo/targets//f");
  EXPECT_EQ(path_below("", "/x/repo/targets//f"), "/x/repo/targets/f") << "only where files are";
}

TEST(path_below, finds_nothing_outside_the_base_path) {
  EXPECT_FALSE(path_below("/api/v0/robot", "/director/ecus"));
  EXPECT_FALSE(path_below("/api/v0/robot", "/api/v0/robot"));
  EXPECT_FALSE(path_below("/api/v0/robot", "/api/v0/robotic/x"));
  EXPECT_FALSE(path_below("", ""));
  EXPECT_FALSE(path_below("", "*"));
}

TEST(peculiarities, decide_which_paths_there_are) {
  const auto which = [](backend_like like, verb method, std::string_view path) {
    return gateway_path_of(method, path, peculiarities_of(like)).which;
  };
  EXPECT_EQ(which(backend_like::ota_ce, verb::post, "/devices"), endpoint::unknown);
  EXPECT_EQ(which(backend_like::airbotics, verb::get, "/repo/targets/f"), endpoint::unknown);
  EXPECT_EQ(which(backend_like::airbotics, verb::get, "/campaigner/campaigns"), endpoint::unknown);
  EXPECT_EQ(which(backend_like::airbotics, verb::post, "/devices"), endpoint::provision);
  EXPECT_TRUE(gateway_path_of(verb::post, "/system_info", peculiarities_of(backend_like::ota_ce)).is_allowed);
  EXPECT_FALSE(gateway_path_of(verb::post, "/system_info").is_allowed);
}

} // namespace
} // namespace otafleet::stub
