// The entry treehub.json of a credentials.zip: where images are pushed to, and how to log in there.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

namespace otafleet::pki {

/// Log in with nothing (`"no_auth": true`), or with the client certificate that `client_auth.p12` holds.
struct treehub_no_auth {
  bool operator==(const treehub_no_auth&) const = default;
};

/// OAuth 2 client credentials. Whether `server` is used as it is or gets `/token` appended is in protocol.md
/// section 1.1; `scope` is empty when the entry names none.
struct treehub_oauth2 {
  std::string server;
  std::string client_id;
  std::string client_secret;
  std::string scope;
  bool operator==(const treehub_oauth2&) const = default;
};

struct treehub_basic_auth {
  std::string user;
  std::string password;
  bool operator==(const treehub_basic_auth&) const = default;
};

using treehub_login = std::variant<treehub_no_auth, treehub_oauth2, treehub_basic_auth>;

/// What the entry says.
struct treehub_access {
  /// `ostree.server`: the treehub's base URL, for example `https://treehub.example/api/v3`.
  std::string server;
  treehub_login login;
  bool operator==(const treehub_access&) const = default;
};

/// Reads the JSON text. Where it names several logins, OAuth 2 goes before basic, as in aktualizr's tools; members that
/// nobody knows are passed over.
[[nodiscard]] tl::expected<treehub_access, std::string> read_treehub_json(std::string_view json);
[[nodiscard]] std::string write_treehub_json(const treehub_access& access);

} // namespace otafleet::pki
