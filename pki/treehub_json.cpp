#include "pki/treehub_json.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "pki/checked_url.hpp"

namespace otafleet::pki {
namespace {

using nlohmann::json;

/// `path` names the member in errors; its value may be a secret and is not shown.
tl::expected<std::string, std::string> text_of(const json& object, const char* name, const std::string& path) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
    return tl::unexpected(path + "." + name + " must be a text that is not empty");
  return found->get<std::string>();
}

tl::expected<std::string, std::string> url_of(const json& object, const char* name, const std::string& path) {
  auto text = text_of(object, name, path);
  if (!text)
    return text;
  return checked_url(*text).map_error([&](const std::string& why) { return path + "." + name + " " + why; });
}

tl::expected<treehub_login, std::string> oauth2_of(const json& object) {
  auto server = url_of(object, "server", "oauth2");
  auto id = text_of(object, "client_id", "oauth2");
  auto secret = text_of(object, "client_secret", "oauth2");
  for (auto* part : {&server, &id, &secret})
    if (!*part)
      return tl::unexpected(std::move(part->error()));
  treehub_oauth2 result{std::move(*server), std::move(*id), std::move(*secret), {}};
  if (const auto scope = object.find("scope"); scope != object.end()) {
    if (!scope->is_string())
      return tl::unexpected(std::string{"oauth2.scope must be a text"});
    result.scope = scope->get<std::string>();
  }
  return result;
}

tl::expected<treehub_login, std::string> basic_auth_of(const json& object) {
  auto user = text_of(object, "user", "basic_auth");
  auto password = text_of(object, "password", "basic_auth");
  for (auto* part : {&user, &password})
    if (!*part)
      return tl::unexpected(std::move(part->error()));
  return treehub_basic_auth{std::move(*user), std::move(*password)};
}

tl::expected<treehub_login, std::string> login_of(const json& document) {
  const auto none = document.find("no_auth");
  if (none != document.end() && !none->is_boolean())
    return tl::unexpected(std::string{"no_auth must be true or false"});
  using reader = tl::expected<treehub_login, std::string> (*)(const json&);
  constexpr std::pair<const char*, reader> logins[] = {{"oauth2", oauth2_of}, {"basic_auth", basic_auth_of}};
  for (const auto& [name, read] : logins) {
    const auto found = document.find(name);
    if (found == document.end())
      continue;
    if (!found->is_object())
      return tl::unexpected(std::string{name} + " must be an object");
    return read(*found);
  }
  return treehub_no_auth{};
}

struct login_writer {
  json& into;
  void operator()(const treehub_no_auth& /*login*/) const { into["no_auth"] = true; }
  void operator()(const treehub_oauth2& login) const {
    auto& part = into["oauth2"];
    part = {{"server", login.server}, {"client_id", login.client_id}, {"client_secret", login.client_secret}};
    if (!login.scope.empty())
      part["scope"] = login.scope;
  }
  void operator()(const treehub_basic_auth& login) const {
    into["basic_auth"] = {{"user", login.user}, {"password", login.password}};
  }
};

} // namespace

tl::expected<treehub_access, std::string> read_treehub_json(std::string_view text) {
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return tl::unexpected(std::string{"must be a JSON object"});
  const auto ostree = document.find("ostree");
  if (ostree == document.end() || !ostree->is_object())
    return tl::unexpected(std::string{"ostree must be an object with the treehub's URL as server"});
  auto server = url_of(*ostree, "server", "ostree");
  if (!server)
    return tl::unexpected(std::move(server.error()));
  auto login = login_of(document);
  if (!login)
    return tl::unexpected(std::move(login.error()));
  return treehub_access{std::move(*server), std::move(*login)};
}

std::string write_treehub_json(const treehub_access& access) {
  json document{{"ostree", {{"server", access.server}}}};
  std::visit(login_writer{document}, access.login);
  return document.dump(-1, ' ', true, json::error_handler_t::replace);
}

} // namespace otafleet::pki
