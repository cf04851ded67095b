#include "server-stub/treehub.hpp"

#include <gtest/gtest.h>

#include "server-stub/running_stub.test.hpp"
#include "server-stub/treehub_routes.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

std::string hex(std::string_view text) {
  return std::string{as_text(pki::from_hex(text).value())};
}

/// (a{sv}aya(say)sstayay) by hand: no metadata, `parent`, no related objects, subject, no body, time, two checksums.
std::string commit(const std::string& parent) {
  std::string made;
  std::string ends; // last member first
  const auto end = [&] { ends.insert(ends.begin(), static_cast<char>(made.size())); };
  end(); // a{sv}
  made += parent;
  end(); // ay
  end(); // a(say)
  made += std::string("subject") + '\0';
  end(); // s
  made += '\0';
  end(); // s
  while (made.size() % 8 != 0)
    made += '\0';
  made += std::string(7, '\0') + '\1'; // t
  made += std::string(32, '\x11');
  end(); // ay
  made += std::string(32, '\x22');
  return made + ends;
}

std::string name_of(const std::string& hash, std::string_view type = ".commit") {
  return hash.substr(0, 2) + "/" + hash.substr(2) + std::string{type};
}

const std::string first(64, 'a');
const std::string second(64, 'b');

TEST(treehub, knows_the_one_spelling_of_an_objects_name) {
  const std::string rest(62, 'f');
  for (const auto* type : {"commit", "dirtree", "dirmeta", "filez", "commitmeta"})
    EXPECT_TRUE(is_object_name("0a/" + rest + "." + type)) << type;
  for (const auto& wrong :
       {"0A/" + rest + ".commit", "0a/" + rest + ".file", "0a/" + rest, "0a/" + rest + "f.commit",
        "0a" + rest + ".commit", "../" + rest + ".commit", "0a/" + rest + ".commit/", std::string{}})
    EXPECT_FALSE(is_object_name(wrong)) << wrong;
}

TEST(treehub, keeps_content_once_and_takes_an_object_once) {
  object_pool pool;
  treehub qa{pool};
  treehub production{pool};
  ASSERT_TRUE(qa.add_object(name_of(first), "content"));
  ASSERT_TRUE(production.add_object(name_of(first), "content"));
  EXPECT_EQ(qa.object(name_of(first)), production.object(name_of(first))) << "the same bytes, not equal ones";
  EXPECT_EQ(qa.add_object(name_of(first), "other").error().code, "object_exists");
  EXPECT_EQ(*qa.object(name_of(first)), "content");
  EXPECT_EQ(qa.object(name_of(second)), nullptr);
  EXPECT_EQ(qa.add_object("x", "content").error().code, "invalid_entity");
}

TEST(treehub, finds_the_parent_in_a_commit) {
  EXPECT_EQ(parent_of_commit(commit("")), "");
  EXPECT_EQ(parent_of_commit(commit(hex(first))), first);
  EXPECT_FALSE(parent_of_commit("")) << "no room for the ends of six members";
  EXPECT_FALSE(parent_of_commit(std::string(40, '\xff')));
  auto odd = commit(hex(first));
  --odd[odd.size() - 2];
  EXPECT_FALSE(parent_of_commit(odd)) << "a parent of 31 bytes";
}

TEST(treehub, moves_a_ref_forward_only_unless_forced) {
  object_pool pool;
  treehub one{pool};
  ASSERT_TRUE(one.set_ref("heads/main", first, false));
  EXPECT_EQ(one.ref("heads/main"), first);
  EXPECT_TRUE(one.set_ref("heads/main", first, false)) << "where it is already";
  EXPECT_EQ(one.set_ref("heads/main", second, false).error().status, 412u) << "the commit is not even there";
  ASSERT_TRUE(one.add_object(name_of(second), commit(hex(first))));
  EXPECT_TRUE(one.set_ref("heads/main", second, false));
  EXPECT_EQ(one.set_ref("heads/main", first, false).error().code, "commit_not_fast_forward");
  EXPECT_TRUE(one.set_ref("heads/main", first, true));
  EXPECT_EQ(one.ref("heads/main"), first);
  for (const auto* wrong : {"heads/", "tags/x", "heads/../x", "heads/a b", "heads/x/", "heads//x", "main"})
    EXPECT_EQ(one.set_ref(wrong, first, true).error().code, "invalid_entity") << wrong;
  EXPECT_EQ(one.set_ref("heads/main", std::string(64, 'A'), true).error().code, "invalid_entity");
}

TEST(treehub, refuses_bodies_over_its_limits_by_their_announced_length) {
  const auto object = "objects/" + name_of(first);
  EXPECT_EQ(treehub_path_of(verb::post, object, true).max_body_bytes, max_ostree_object_bytes);
  EXPECT_FALSE(treehub_path_of(verb::post, object, false).is_allowed) << "devices only read";
  EXPECT_TRUE(treehub_path_of(verb::head, object, false).is_allowed);
  EXPECT_EQ(treehub_path_of(verb::post, "refs/heads/x", true).max_body_bytes, 1024u);
  EXPECT_FALSE(treehub_path_of(verb::get, "other", true).exists);
}

TEST(treehub, is_pushed_by_operators_and_pulled_by_devices) {
  running_stub backend;
  const auto object = name_of(second);
  const auto content = commit(hex(first));
  EXPECT_EQ(backend.operate("HEAD", "/api/v3/objects/" + object)->status, 404);
  EXPECT_EQ(backend.operate("POST", "/api/v3/objects/" + object, content)->status, 204);
  const auto again = backend.operate("POST", "/api/v3/objects/" + object, content);
  EXPECT_EQ(again->status, 409);
  EXPECT_EQ(json::parse(again->body)["code"], "object_exists");
  EXPECT_EQ(backend.operate("HEAD", "/api/v3/objects/" + object)->status, 200);
  const auto moved = backend.operate("POST", "/api/v3/refs/heads/main", second);
  EXPECT_EQ(moved->status, 200);
  EXPECT_EQ(moved->body, second);
  EXPECT_EQ(backend.operate("GET", "/api/v2/refs/heads/main")->body, second);
  EXPECT_EQ(backend.operate("PUT", "/api/v3/manifests/" + second, R"({"layers":1})")->status, 200);
  EXPECT_EQ(backend.operate("PUT", "/api/v3/manifests/" + second, "{")->status, 400);
  EXPECT_EQ(backend.operate("PUT", "/api/v3/objects/" + object, content)->status, 405);

  auto device = backend.connect(backend.provision("dev-1"));
  EXPECT_EQ(device.request("GET", "/treehub/config")->body, "[core]\nrepo_version=1\nmode=archive-z2\n");
  const auto pulled = device.request("GET", "/treehub/objects/" + object);
  EXPECT_EQ(pulled->status, 200);
  EXPECT_EQ(pulled->body, content);
  EXPECT_EQ(pulled->headers.at("content-type"), "application/octet-stream");
  EXPECT_EQ(device.request("GET", "/treehub/refs/heads/main")->body, second);
  for (const auto* none : {"/treehub/summary", "/treehub/summary.sig", "/treehub/deltas/aa/bb/superblock",
                           "/treehub/objects/zz/x.commit", "/treehub/nothing"})
    EXPECT_EQ(device.request("GET", none)->status, 404) << none;
  EXPECT_EQ(device.request("POST", "/treehub/objects/" + name_of(first), "x")->status, 405) << "devices only read";
}

TEST(treehub, content_is_what_an_ostree_target_leads_to) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  auto vehicle = test_vehicle::make();
  ASSERT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 201);
  ASSERT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest())->status, 200);
  const std::string filename = "tree-" + second;
  const json target{{"uri", nullptr},
                    {"checksum", {{"method", "sha256"}, {"hash", second}}},
                    {"length", 0},
                    {"name", "tree"},
                    {"version", second},
                    {"hardwareIds", json::array({"gw"})},
                    {"targetFormat", "OSTREE"}};
  ASSERT_EQ(backend.operate("POST", "/api/v1/user_repo/targets/" + filename, target.dump())->status, 200);
  const json update{{"targets",
                     {{"gw",
                       {{"from", nullptr},
                        {"to",
                         {{"target", filename},
                          {"checksum", {{"method", "sha256"}, {"hash", second}}},
                          {"targetLength", 0},
                          {"uri", nullptr}}}}}}}};
  const auto id = backend.operate("POST", "/api/v1/multi_target_updates", update.dump());
  ASSERT_EQ(id->status, 201) << id->body;
  ASSERT_EQ(backend.operate("POST", "/api/v1/assignments", assignment_body(json::parse(id->body), {"dev-1"}))->status,
            201);
  const auto directed =
      json::parse(device.request("GET", "/director/targets.json")->body)["signed"]["targets"][filename];
  EXPECT_EQ(directed["length"], 0);
  EXPECT_EQ(directed["hashes"]["sha256"], second);
  EXPECT_FALSE(directed["custom"].contains("targetFormat")) << "with no format and no length it is OSTree";
  const auto vouched = json::parse(device.request("GET", "/repo/targets.json")->body)["signed"]["targets"][filename];
  EXPECT_EQ(vouched["custom"]["targetFormat"], "OSTREE");
  EXPECT_EQ(vouched["length"], 0);
  const auto no_file = device.request("GET", "/repo/targets/" + filename);
  EXPECT_EQ(no_file->status, 417);
  EXPECT_EQ(json::parse(no_file->body)["code"], "no_uri_for_unmanaged_target");

  vehicle.ecus[0].filepath = filename;
  vehicle.ecus[0].sha256 = second;
  ASSERT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest(true))->status, 200);
  EXPECT_EQ(backend.device("dev-1")["assignment"], "done");
}

} // namespace
} // namespace otafleet::stub
