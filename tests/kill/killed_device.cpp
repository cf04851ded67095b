#include "tests/kill/killed_device.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/engine.hpp"
#include "pki/pkcs12.hpp"
#include "solo/session.hpp"

extern char** environ;

namespace otafleet::kill_test {

namespace {

constexpr std::string_view child_mark = "--be-the-device";

/// Writes each line through at once: what is written survives the kill.
class deadly_observer final : public solo::observer {
public:
  deadly_observer(int protocol, std::size_t dies_at) : protocol_(protocol), dies_at_(dies_at) {}

  void state_saved() override { step("saved"); }

  void request_leaves(const device::send_request& what) override {
    const auto path = what.url.substr(what.url.find('/', what.url.find("://") + 3));
    std::string line = what.method == device::http_method::get    ? "> GET "
                       : what.method == device::http_method::post ? "> POST "
                                                                  : "> PUT ";
    line += path;
    if (constexpr std::string_view member = R"("report_counter":")"; what.to == device::endpoint::manifest) {
      const auto at = what.body.find(member) + member.size();
      line += " " + what.body.substr(at, what.body.find('"', at) - at);
    }
    for (const std::string_view type : {"EcuDownloadStarted", "EcuDownloadCompleted", "EcuInstallationStarted",
                                        "EcuInstallationApplied", "EcuInstallationCompleted"})
      if (what.to == device::endpoint::events && what.body.find(type) != what.body.npos)
        line.append(" ").append(type);
    step(line);
  }

  void reply_arrived(const device::send_request& what, const net::reply& reply) override {
    step("< " + std::string{to_string(what.to)} + " " +
         (reply.why == net::failure::none ? std::to_string(reply.status) : net::to_string(reply.why)));
  }

private:
  void step(const std::string& line) {
    const auto text = line + "\n";
    if (::write(protocol_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      std::abort();
    if (++steps_ == dies_at_)
      ::kill(::getpid(), SIGKILL);
  }

  int protocol_;
  std::size_t dies_at_;
  std::size_t steps_ = 0;
};

[[nodiscard]] std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Arguments: mark, gateway, p12, state directory, device id, reboots, step, protocol file.
[[nodiscard]] int be_the_device(char** argv) {
  auto shared = pki::from_pkcs12(as_bytes(content_of(argv[3])), "");
  if (!shared)
    return 3;
  solo::session_options options;
  options.settings.gateway_url = argv[2];
  options.settings.primary.hardware_id = "kill-hw";
  options.settings.primary.uptane_key = pki::key_type::ed25519;
  options.settings.device_id = argv[5];
  options.settings.reboots = std::string_view{argv[6]} == "reboots";
  options.settings.mode = device::run_mode::once;
  options.settings.profile.http_retry_pause = std::chrono::milliseconds{20};
  options.state_directory = argv[4];
  options.shared = std::move(*shared);
  const int protocol = ::open(argv[8], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  net::engine network{{.threads = 1, .max_in_flight = 16, .max_queued = 64}};
  deadly_observer watch{protocol, std::strtoul(argv[7], nullptr, 10)};
  const auto end = solo::run_session(options, network, watch, [] { return false; });
  return !end ? 4 : end->ok ? 0 : 1;
}

} // namespace

life live(const life_plan& plan) {
  const auto protocol_file = plan.state_directory.string() + ".protocol";
  const std::vector<std::string> words{"kill_test",
                                       std::string{child_mark},
                                       plan.gateway_url,
                                       plan.provisioning_p12.string(),
                                       plan.state_directory.string(),
                                       plan.device_id,
                                       plan.reboots ? "reboots" : "stays",
                                       std::to_string(plan.dies_at),
                                       protocol_file};
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0)
    throw std::runtime_error{"cannot start the device's process"};
  int status = 0;
  if (::waitpid(child, &status, 0) != child)
    throw std::runtime_error{"lost the device's process"};
  life lived;
  lived.was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  lived.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::ifstream in{protocol_file};
  for (std::string line; std::getline(in, line);)
    lived.lines.push_back(line);
  return lived;
}

bool was_child(int argc, char** argv, int& exit_code) {
  if (argc != 9 || argv[1] != child_mark)
    return false;
  exit_code = be_the_device(argv);
  return true;
}

} // namespace otafleet::kill_test
