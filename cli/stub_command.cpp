// otafleet stub: the backend alone, for any client; also the child process of otafleet run.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/limits.hpp"
#include "cli/private_file.hpp"
#include "cli/signals.hpp"
#include "cli/stub_process.hpp"
#include "scenarios/load.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/stub.hpp"

namespace otafleet::cli {

namespace {

struct stub_arguments {
  std::string config;
  std::string directory = "otafleet-stub";
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;
  std::uint16_t operator_port = 8444;
  std::string host_name = "localhost";
  /// Empty for what the configuration says.
  std::string like;
  /// Where credentials.zip of every account goes; empty for nowhere.
  std::string credentials;
  /// `ACCOUNT=FILE` each.
  std::vector<std::string> device_cas;
  bool child = false;
};

constexpr std::size_t max_device_ca_file = 256 * 1024;

/// Without a configuration: one account, the simplest backend there is.
constexpr const char* default_config = R"(name: stub
backend: {stub: {}}
accounts: {default: {}}
fleets: {none: {account: default, devices: 1, hardware: none}}
)";

[[nodiscard]] stub::backend_like like_of(scenarios::likeness like) {
  switch (like) {
  case scenarios::likeness::ota_ce:
    return stub::backend_like::ota_ce;
  case scenarios::likeness::airbotics:
    return stub::backend_like::airbotics;
  case scenarios::likeness::here:
    break;
  }
  return stub::backend_like::here;
}

[[nodiscard]] stub::stub_options options_from(const scenarios::scenario& scenario, const stub_arguments& arguments) {
  stub::stub_options options;
  options.gateway_address = arguments.address;
  options.gateway_port = arguments.child ? std::uint16_t{0} : arguments.port;
  options.operator_port = arguments.child ? std::uint16_t{0} : arguments.operator_port;
  options.host_name = arguments.host_name;
  // The option's own check has let only names through that are known.
  options.like = stub::backend_like_from(arguments.like).value_or(like_of(scenario.backend.like));
  options.latency = scenario.backend.latency;
  options.issue_rate = scenario.backend.issue_rate;
  if (scenario.backend.workers != 0)
    options.workers = scenario.backend.workers;
  const bool chosen = arguments.child || !arguments.config.empty();
  for (const auto& [name, account] : scenario.accounts) {
    const auto key = account.metadata_keys == scenarios::signing_key_type::ed25519 ? pki::key_type::ed25519
                                                                                   : pki::key_type::rsa_2048;
    options.accounts.push_back({name, chosen ? key : stub::peculiarities_of(options.like).metadata_key, {}});
  }
  return options;
}

/// Reads the files of `--device-ca ACCOUNT=FILE` into the accounts; the sentence for the user when one is wrong.
[[nodiscard]] std::string add_device_cas(const std::vector<std::string>& given, stub::stub_options& options) {
  for (const auto& one : given) {
    const auto equals = one.find('=');
    const auto account = std::find_if(options.accounts.begin(), options.accounts.end(),
                                      [&](const auto& known) { return known.name == one.substr(0, equals); });
    if (equals == std::string::npos || account == options.accounts.end())
      return "--device-ca takes ACCOUNT=FILE with an account of the configuration, not \"" + one + "\"";
    std::ifstream file{one.substr(equals + 1), std::ios::binary};
    std::string pem(max_device_ca_file, '\0');
    file.read(pem.data(), static_cast<std::streamsize>(pem.size()));
    pem.resize(static_cast<std::size_t>(file.gcount()));
    if (pem.empty() || pem.size() == max_device_ca_file)
      return "cannot read a CA certificate from " + one.substr(equals + 1);
    account->device_cas.push_back(std::move(pem));
  }
  return {};
}

[[nodiscard]] actors::backend_access access_to(const stub::server& server, const stub::stub_options& options) {
  actors::backend_access access;
  access.gateway_url = server.gateway_url();
  access.operators = {server.operator_url(), server.operator_token()};
  for (const auto& account : options.accounts)
    access.provisioning_p12.emplace(account.name, server.provisioning_p12(account.name));
  return access;
}

/// Leaves what clients need: per account the provisioning credential and the gateway's URL, and the operators' token.
[[nodiscard]] bool write_credentials(const std::string& directory, const actors::backend_access& access) {
  const std::filesystem::path root{directory};
  bool ok = write_private_file(root / "operator.token", access.operators.token + "\n");
  for (const auto& [name, p12] : access.provisioning_p12) {
    ok = ok && write_private_file(root / name / "autoprov_credentials.p12", as_text(p12));
    ok = ok && write_private_file(root / name / "autoprov.url", access.gateway_url + "\n");
  }
  return ok;
}

/// Leaves `directory/<account>.zip` for every account; the sentence for the user when that is not possible.
[[nodiscard]] std::string write_archives(const std::string& directory, const stub::server& server,
                                         const stub::stub_options& options) {
  for (const auto& account : options.accounts) {
    const auto file = std::filesystem::path{directory} / (account.name + ".zip");
    const auto archive = server.credentials_zip(account.name);
    if (!archive)
      return archive.error();
    if (!write_private_file(file, as_text(*archive)))
      return "cannot write " + file.string() + "; choose another --credentials";
  }
  return {};
}

[[nodiscard]] int serve(const stub_arguments& arguments) {
  std::binary_semaphore stopped{0};
  const signal_watch signals{[&] { stopped.release(); }};
  raise_descriptor_limit();

  std::string text = default_config;
  std::string source = "built-in configuration";
  if (arguments.child) {
    text.assign(std::istreambuf_iterator<char>{std::cin}, {});
    source = "standard input";
  }
  const auto loaded = arguments.config.empty() ? scenarios::parse(text, source) : scenarios::load(arguments.config);
  if (!loaded) {
    for (const auto& problem : loaded.error())
      std::fprintf(stderr, "%s\n", problem.text().c_str());
    return exit_usage;
  }
  auto options = options_from(loaded->content, arguments);
  if (const auto problem = add_device_cas(arguments.device_cas, options); !problem.empty()) {
    std::fprintf(stderr, "otafleet stub: %s\n", problem.c_str());
    return exit_usage;
  }
  auto server = stub::server::start(options);
  if (!server) {
    std::fprintf(stderr, "otafleet stub: %s\n", server.error().c_str());
    return exit_setup_failed;
  }
  if (!arguments.credentials.empty())
    if (const auto problem = write_archives(arguments.credentials, **server, options); !problem.empty()) {
      std::fprintf(stderr, "otafleet stub: %s\n", problem.c_str());
      return exit_setup_failed;
    }
  const auto access = access_to(**server, options);
  if (arguments.child) {
    std::fputs(ready_line(access).c_str(), stdout);
    std::fflush(stdout);
  } else {
    if (!write_credentials(arguments.directory, access)) {
      std::fprintf(stderr, "otafleet stub: cannot write credentials below %s; choose another --dir\n",
                   arguments.directory.c_str());
      return exit_setup_failed;
    }
    std::printf("gateway   %s (mutual TLS)\noperators %s (bearer token in %s/operator.token)\n",
                access.gateway_url.c_str(), access.operators.url.c_str(), arguments.directory.c_str());
    for (const auto& account : options.accounts)
      std::printf("account   %s: provisioning credential in %s/%s\n", account.name.c_str(), arguments.directory.c_str(),
                  account.name.c_str());
    std::fflush(stdout);
  }
  stopped.acquire();
  (*server)->stop();
  return exit_pass;
}

} // namespace

void add_stub(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<stub_arguments>();
  auto* command = app.add_subcommand("stub", "Serve the backend alone, for any client");
  command->add_option("--config", arguments->config, "A scenario; its backend and accounts are served")
      ->type_name("FILE");
  command->add_option("--dir", arguments->directory, "Where credentials for clients and operators are written")
      ->capture_default_str();
  command->add_option("--address", arguments->address, "Address of the gateway")->capture_default_str();
  command->add_option("--port", arguments->port, "Port of the gateway; 0 picks a free one")->capture_default_str();
  command
      ->add_option("--operator-port", arguments->operator_port, "Loopback port of the operator API; 0 picks a free one")
      ->capture_default_str();
  command->add_option("--host-name", arguments->host_name, "Name in the gateway's certificate")->capture_default_str();
  command->add_option("--like", arguments->like, "Play another backend's peculiarities: here, ota-ce or airbotics")
      ->check(CLI::IsMember({"here", "ota-ce", "airbotics"}));
  command
      ->add_option("--credentials", arguments->credentials,
                   "Write DIR/ACCOUNT.zip, a credentials.zip, for every account")
      ->type_name("DIR");
  command
      ->add_option("--device-ca", arguments->device_cas,
                   "A CA (PEM) whose certificates make a device one of the account's; may be given again")
      ->type_name("ACCOUNT=FILE");
  // How `run` starts its backend: scenario on standard input, one line with ports and credentials on standard output.
  command->add_flag("--child", arguments->child)->group("");
  command->callback([arguments, &exit_code] {
    // Standard output belongs to the parent.
    spdlog::set_default_logger(spdlog::stderr_color_mt("stub"));
    exit_code = serve(*arguments);
  });
}

} // namespace otafleet::cli
