// The backend of the trace: a TLS server that answers as the real client was answered, and records who asks what.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/test_server.hpp"
#include "p12_flavour.hpp"
#include "pki/certificate_authority.hpp"
#include "scene.hpp"

namespace otafleet::fidelity {

/// What arrived during one scene.
struct recording {
  std::vector<net::test_request> requests;
  std::vector<net::test_server::failed_handshake> failed_handshakes;
  /// All connections, those without a request too.
  int connections = 0;
};

/// All members are thread safe.
class gateway {
public:
  gateway();

  [[nodiscard]] std::string url() const { return server_->url(""); }
  /// The credential that all devices share; trusts this gateway.
  [[nodiscard]] pki::credential shared_credential() const { return credential_for("demo-bootstrap"); }
  [[nodiscard]] pki::credential credential_for(const std::string& name) const;

  /// How the archives of POST /devices are written from now on.
  void write_archives_as(p12_flavour flavour);
  /// What GET requests are answered with, by path.
  void serve(std::map<std::string, std::string> documents, std::map<std::string, std::string> images);

  /// Each request of the scene is answered with its status; other ones as a healthy backend would.
  void begin(const scene& what);
  /// What has arrived since `begin`; waits for the handshakes that the scene expects to fail.
  [[nodiscard]] recording end(const scene& what);

private:
  struct scripted {
    int status;
    std::string body;
  };

  [[nodiscard]] std::optional<std::string> answer(const net::test_request& request);
  [[nodiscard]] std::string healthy_answer(const std::string& line, const net::test_request& request) const;

  pki::certificate_authority device_ca_;
  pki::certificate_authority gateway_ca_;

  std::mutex mutex_;
  p12_flavour flavour_ = p12_flavour::aes;
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::string> images_;
  std::map<std::string, std::deque<scripted>> script_; // by `METHOD path`
  std::size_t requests_before_ = 0;
  std::size_t failed_before_ = 0;
  int connections_before_ = 0;

  std::unique_ptr<net::test_server> server_; // last: its threads use the above
};

} // namespace otafleet::fidelity
