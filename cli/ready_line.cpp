// The line by which a stub tells its parent where it listens.
#include <exception>

#include <nlohmann/json.hpp>

#include "cli/stub_process.hpp"
#include "pki/encoding.hpp"

namespace otafleet::cli {

std::string ready_line(const actors::backend_access& access) {
  nlohmann::json accounts = nlohmann::json::object();
  for (const auto& [name, p12] : access.provisioning_p12)
    accounts[name] = pki::to_base64(p12);
  const nlohmann::json line{{"gateway_url", access.gateway_url},
                            {"operator_url", access.operators.url},
                            {"operator_token", access.operators.token},
                            {"provisioning_p12", accounts}};
  return line.dump() + "\n";
}

tl::expected<actors::backend_access, std::string> read_ready_line(const std::string& text) {
  try {
    const auto line = nlohmann::json::parse(text);
    actors::backend_access access;
    access.gateway_url = line.at("gateway_url").get<std::string>();
    access.operators.url = line.at("operator_url").get<std::string>();
    access.operators.token = line.at("operator_token").get<std::string>();
    for (const auto& [name, p12] : line.at("provisioning_p12").items()) {
      auto decoded = pki::from_base64(p12.get<std::string>());
      if (!decoded)
        return tl::unexpected("the embedded backend's ready line is broken: " + decoded.error());
      access.provisioning_p12.emplace(name, std::move(*decoded));
    }
    return access;
  } catch (const nlohmann::json::exception&) {
    // The line holds secrets, so its words are not repeated.
    return tl::unexpected(std::string{"the embedded backend's ready line is not what was expected"});
  }
}

} // namespace otafleet::cli
