// Other people's clients against the gateway: curl, which aktualizr is built on, with keys in files and in a token, and
// libostree. A test is skipped where its tool is not installed.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "pki/cli.test.hpp"
#include "server-stub/forged_ca.test.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

bool has_tool(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null 2>&1").c_str()) == 0;
}

/// A device's files in a directory of their own: client.pem, pkey.pem, root.crt, as in its import folder.
struct device_folder {
  pki::workshop files;
  std::string gateway;

  device_folder(const running_stub& backend, const pki::credential& credential, bool with_chain = false)
      : gateway(backend.server->gateway_url()) {
    auto chain = credential.leaf.pem();
    if (with_chain)
      for (const auto& authority : credential.authorities)
        chain += authority.pem();
    files.put("client.pem", as_bytes(chain));
    files.put("pkey.pem", as_bytes(credential.key.pkcs8_pem()));
    files.put("root.crt", as_bytes(backend.server->gateway_ca()));
  }

  /// Runs curl with the device's identity; the body is in the file `body` afterwards.
  [[nodiscard]] std::string curl(const std::string& arguments, const std::string& path,
                                 const std::string& identity = "--cert client.pem --key pkey.pem") const {
    return files.run(
        "curl -sS --path-as-is --max-time 60 --cacert root.crt -o body -w '%{http_code} %{http_version}' " + identity +
        " " + arguments + " '" + gateway + path + "'");
  }
};

TEST(odd_clients, offer_http_2_first) {
  if (!has_tool("curl"))
    GTEST_SKIP() << "curl is not installed";
  running_stub backend;
  const device_folder device{backend, backend.provision("dev-1")};
  EXPECT_EQ(device.curl("--http2", "/director/1.root.json"), "200 1.1");
  EXPECT_EQ(device.curl("--no-alpn", "/director/1.root.json"), "200 1.1");
}

TEST(odd_clients, put_a_slash_behind_the_gateways_url) {
  if (!has_tool("curl"))
    GTEST_SKIP() << "curl is not installed";
  running_stub backend;
  const device_folder device{backend, backend.provision("dev-1")};
  EXPECT_EQ(device.curl("", "//director/1.root.json"), "200 1.1");
  EXPECT_EQ(device.curl("", "//repo//targets.json"), "200 1.1");
  EXPECT_EQ(device.curl("-X PUT --data-binary '{}'", "//system_info"), "200 1.1");
}

TEST(odd_clients, ask_before_they_send_a_large_body) {
  if (!has_tool("curl"))
    GTEST_SKIP() << "curl is not installed";
  running_stub backend;
  const device_folder device{backend, backend.provision("dev-1")};
  device.files.put("info", as_bytes(R"({"id":")" + std::string(900'000, 'x') + R"("})"));
  // One second is curl's own patience for the 100: with it the request would take longer.
  EXPECT_EQ(device.curl("-X PUT -H 'Expect: 100-continue' --expect100-timeout 50 --data-binary @info", "/system_info"),
            "200 1.1");
  device.files.put("info", as_bytes(std::string(2'000'000, ' ')));
  EXPECT_EQ(device.curl("-X PUT -H 'Expect: 100-continue' --expect100-timeout 50 --data-binary @info", "/system_info"),
            "413 1.1")
      << "refused before it is sent";
}

TEST(odd_clients, escape_file_names_once_and_resume_where_they_stopped) {
  if (!has_tool("curl"))
    GTEST_SKIP() << "curl is not installed";
  running_stub backend;
  std::string image(300'000, 'a');
  image.replace(100'000, 200'000, 200'000, 'b');
  // As aktualizr escapes "dir/fw+1 %2B.bin".
  const std::string name = "dir/fw%2B1%20%252B.bin";
  ASSERT_EQ(
      backend.operate("PUT", "/api/v1/user_repo/targets/" + name + "?name=f&version=1&hardwareIds=g", image)->status,
      204);
  const device_folder device{backend, backend.provision("dev-1")};
  EXPECT_EQ(device.curl("", "/repo/targets/" + name), "200 1.1");
  EXPECT_EQ(as_text(device.files.get("body")), image);
  device.files.put("body", as_bytes(image.substr(0, 100'001)));
  EXPECT_EQ(device.curl("-C -", "/repo/targets/" + name), "206 1.1");
  EXPECT_EQ(as_text(device.files.get("body")), image);
}

TEST(odd_clients, use_older_tls_and_rsa_and_send_their_anchors_along) {
  if (!has_tool("curl"))
    GTEST_SKIP() << "curl is not installed";
  running_stub backend;
  forged_ca fleet;
  ASSERT_EQ(backend.operate("POST", "/otafleet/v1/accounts/qa/device-cas", fleet.make().pem())->status, 201);
  for (const auto type : {pki::key_type::ec_p256, pki::key_type::rsa_2048}) {
    auto credential = fleet.issue("dev-1", type);
    credential.authorities = {pki::certificate::from_pem(backend.server->gateway_ca()).value(), fleet.make()};
    const device_folder device{backend, credential, true};
    EXPECT_EQ(device.curl("--tls-max 1.2", "/director/1.root.json"), "200 1.1");
    EXPECT_EQ(device.curl("--tlsv1.3", "/director/1.root.json"), "200 1.1");
  }
}

TEST(odd_clients, keep_their_key_and_certificate_in_a_token) {
  const std::string module = "/usr/lib/softhsm/libsofthsm2.so";
  if (!has_tool("curl") || !has_tool("softhsm2-util") || !has_tool("pkcs11-tool") || !std::filesystem::exists(module))
    GTEST_SKIP() << "curl, softhsm2 or opensc (pkcs11-tool) is not installed";
  if (std::system("openssl engine pkcs11 > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "OpenSSL's pkcs11 engine (libengine-pkcs11-openssl) is not installed";
  running_stub backend;
  for (const auto type : {pki::key_type::ec_p256, pki::key_type::rsa_2048}) {
    forged_ca fleet;
    fleet.common_name += pki::to_string(type);
    ASSERT_EQ(backend.operate("POST", "/otafleet/v1/accounts/qa/device-cas", fleet.make().pem())->status, 201);
    const auto id = "in-token-" + std::string{pki::to_string(type)};
    const auto credential = fleet.issue(id, type);
    const device_folder device{backend, credential};
    device.files.put("client.der", credential.leaf.der());
    // Certificate 01 and key 02, as protocol.md section 2.5 has them.
    const std::string token = "export SOFTHSM2_CONF=$PWD/softhsm2.conf PKCS11_MODULE_PATH=" + module + "; ";
    device.files.run("mkdir tokens; echo \"directories.tokendir = $PWD/tokens\" > softhsm2.conf; " + token +
                     "softhsm2-util --init-token --free --label device --pin 1234 --so-pin 1234 && "
                     "softhsm2-util --import pkey.pem --token device --label tls --id 02 --pin 1234 && "
                     "pkcs11-tool --module " +
                     module +
                     " --login --pin 1234 --write-object client.der --type cert --id 01 && rm pkey.pem client.pem");
    const auto answer = device.files.run(
        token +
        "curl -sS --cacert root.crt --engine pkcs11 --key-type ENG --cert-type ENG "
        "--key 'pkcs11:token=device;id=%02;pin-value=1234' --cert 'pkcs11:token=device;id=%01;pin-value=1234' "
        "-H 'X-Otafleet-Device: " +
        id + "' -o body -w '%{http_code}' " + device.gateway + "/director/1.root.json");
    EXPECT_EQ(answer, "200") << id;
    EXPECT_EQ(backend.device(id)["device_id"], id);
  }
  EXPECT_EQ(backend.status()["identity"]["mismatches"], 0);
}

TEST(odd_clients, pull_a_tree_with_libostree) {
  if (!has_tool("ostree"))
    GTEST_SKIP() << "ostree is not installed";
  running_stub backend;
  const device_folder device{backend, backend.provision("dev-1")};
  auto commit = device.files.run("ostree --repo=source init --mode=archive >&2; mkdir -p tree/etc; "
                                 "echo 1.0 > tree/etc/version; head -c 200000 /dev/urandom > tree/blob; "
                                 "ostree --repo=source commit -b main --tree=dir=tree");
  ASSERT_EQ(commit.size(), 65u) << commit;
  commit.pop_back();
  // What garage-push does: children first and the commit last would be its order; the treehub takes any.
  const auto names = device.files.run("cd source/objects && find . -type f | sed 's,^[.]/,,'");
  for (std::size_t from = 0, end = 0; (end = names.find('\n', from)) != std::string::npos; from = end + 1) {
    const auto name = names.substr(from, end - from);
    const auto content = device.files.get("source/objects/" + name);
    EXPECT_EQ(backend.operate("POST", "/api/v3/objects/" + name, as_text(content))->status, 204) << name;
  }
  EXPECT_EQ(backend.operate("POST", "/api/v3/refs/heads/main", commit)->status, 200);
  device.files.run("ostree --repo=device init --mode=archive && ostree --repo=device remote add aktualizr-remote '" +
                   device.gateway +
                   "/treehub' --set=gpg-verify=false --set=tls-client-cert-path=$PWD/client.pem "
                   "--set=tls-client-key-path=$PWD/pkey.pem --set=tls-ca-path=$PWD/root.crt && "
                   "ostree --repo=device pull aktualizr-remote " +
                   commit + " && ostree --repo=device fsck && ostree --repo=device checkout -U " + commit +
                   " out && diff -r tree out");
  // Its successor knows the first as its parent, so that the ref moves forward without force.
  auto second = device.files.run("echo 1.1 > tree/etc/version; ostree --repo=source commit -b main --tree=dir=tree");
  second.pop_back();
  const auto name = second.substr(0, 2) + "/" + second.substr(2) + ".commit";
  EXPECT_EQ(backend.operate("POST", "/api/v3/refs/heads/main", second)->status, 412) << "it is not there yet";
  EXPECT_EQ(
      backend.operate("POST", "/api/v3/objects/" + name, as_text(device.files.get("source/objects/" + name)))->status,
      204);
  EXPECT_EQ(backend.operate("POST", "/api/v3/refs/heads/main", second)->status, 200);
}

} // namespace
} // namespace otafleet::stub
