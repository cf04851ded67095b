#include "server-stub/device_config.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otafleet::stub {
namespace {

const std::string wanted = R"([pacman]
type = "none"
[uptane]
polling_sec = 10
force_install_completion = false
)";

/// What is wrong with `more` behind a configuration that is complete.
std::string objection_to_more(const std::string& more) {
  const auto objection = objection_to_config(wanted + more);
  return objection ? objection->description : std::string{};
}

TEST(device_config, is_what_aktualizr_dumps) {
  EXPECT_FALSE(objection_to_config(R"([logger]
loglevel = 1

[p11]
module = ""
pass = ""
uptane_key_id = ""

[tls]
server = "https://localhost:8443"
server_url_path = ""
ca_source = "file"

[pacman]
type = "none"
images_path = "/var/sota/images"
fake_need_reboot = false

[uptane]
polling_sec = 86400
director_server = "https://localhost:8443/director"
force_install_completion = true
secondary_config_file = ""
)"));
}

TEST(device_config, lacks_nothing_that_the_registry_wants) {
  const auto without = [](const std::string& line) {
    auto text = wanted;
    text.erase(text.find(line), line.size());
    return objection_to_config(text)->description;
  };
  EXPECT_EQ(without("type = \"none\""), "the configuration has no pacman.type, a string");
  EXPECT_EQ(without("polling_sec = 10"), "the configuration has no uptane.polling_sec, a number");
  EXPECT_EQ(without("force_install_completion = false"),
            "the configuration has no uptane.force_install_completion, true or false");
  EXPECT_EQ(objection_to_config("pacman.type=1\n" + wanted.substr(wanted.find("[uptane]")))->code, "malformed_input");
  EXPECT_EQ(objection_to_config("")->status, 400u);
  EXPECT_FALSE(objection_to_config("pacman = {type = 'none'}\n" + wanted.substr(wanted.find("[uptane]"))))
      << "however it is written";
}

TEST(device_config, is_toml_with_all_kinds_of_values) {
  EXPECT_EQ(objection_to_more("a = [1, 2.5e-3, 'x', [true], {b = 1, c.d = 2},\n # a comment\n]\n"), "");
  EXPECT_EQ(objection_to_more("a = \"\"\"two\nlines\"\"\"\nb = '''raw\n'''\n"), "");
  EXPECT_EQ(objection_to_more("a = 0xff\nb = 1_000\nc = +inf\nd = 1979-05-27T07:32:00Z\ne = \"q\\\"\\u00e9\"\r\n"), "");
  EXPECT_EQ(objection_to_more("[x.\"y z\"]\nk = 1\n[[list]]\nk = 1\n[[list]]\nk = 2 # twice\n"), "");
}

TEST(device_config, is_refused_with_the_line_that_is_no_toml) {
  for (const auto* wrong :
       {"a\n", "a = \n", "a = x\n", "a = 'open\n", "a = \"\\x\"\n", "a = 1 2\n", "[open\n", "a = [1,,2]\n",
        "a = {b = 1\n", "= 1\n", "a = 01\n", "a = 1__0\n", "a = 1.\n", "a = \"open"})
    EXPECT_EQ(objection_to_more(wrong).substr(0, 40), "the configuration is no TOML from line 6") << wrong;
  EXPECT_NE(objection_to_more("a = 1\na = 2\n"), "") << "a key twice";
  EXPECT_NE(objection_to_more("[pacman]\n"), "") << "a table twice";
}

TEST(device_config, may_not_nest_without_end) {
  EXPECT_NE(objection_to_more("a = " + std::string(100'000, '[')), "");
  std::string tables = "a = ";
  for (int at = 0; at < 10'000; ++at)
    tables += "{b = ";
  EXPECT_NE(objection_to_more(tables), "");
}

} // namespace
} // namespace otafleet::stub
