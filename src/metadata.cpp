#include "oauth2/metadata.h"

#include "json.h"
#include "oauth2/scope.h"

namespace oauth2 {
namespace {

constexpr std::string_view https = "https://";

struct MethodRow {
  AuthMethod bit;
  std::string_view name;
};
constexpr MethodRow method_table[] = {
    {client_secret_basic, "client_secret_basic"},
    {client_secret_post, "client_secret_post"},
    {no_authentication, "none"},
};

/// What some client may use.
struct Usage {
  unsigned grant_types = 0;
  unsigned auth_methods = 0;
  unsigned introspection_methods = 0;
  std::string scope;
};

Usage usage_of(const ServerFacts& facts) {
  Usage usage;
  std::string scopes;
  for (const auto& client : facts.clients->all()) {
    usage.grant_types |= client->grant_types;
    usage.auth_methods |= client->auth_methods;
    usage.introspection_methods |= client->introspect ? client->auth_methods : 0;
    if (!scope_contains(usage.scope, client->scope)) {
      scopes.append(client->scope).push_back(' ');
      normalize_scope(scopes, usage.scope);
    }
  }
  const bool authorizes = facts.paths.count(Endpoint::authorization) != 0;
  if (!authorizes) {
    usage.grant_types &= ~(authorization_code_grant_type | implicit_grant_type);
  }
  if (!facts.password_grant) {
    usage.grant_types &= ~password_grant_type;
  }
  // Nothing but the implicit grant goes without a token endpoint.
  if (facts.paths.count(Endpoint::token) == 0) {
    usage.grant_types &= implicit_grant_type;
  }
  return usage;
}

template <class Table>
std::string names_of(const Table& table, unsigned bits) {
  std::string names;
  for (const auto& row : table) {
    if ((bits & row.bit) != 0) {
      names.append(names.empty() ? "" : " ").append(row.name);
    }
  }
  return names;
}

std::string response_types(unsigned grant_types) {
  std::string types;
  if ((grant_types & authorization_code_grant_type) != 0) {
    types.append("code");
  }
  if ((grant_types & implicit_grant_type) != 0) {
    types.append(types.empty() ? "" : " ").append("token");
  }
  return types;
}

}  // namespace

const char* check_issuer(std::string_view text) {
  if (text.substr(0, https.size()) != https) {
    return "must use https";
  }
  RedirectUri uri;
  const char* wrong = RedirectUri::parse(text, uri);
  if (wrong != nullptr) {
    return wrong;
  }
  return text.find('?') != std::string_view::npos ? "has a query" : nullptr;
}

std::string metadata_document(const ServerFacts& facts) {
  const Usage usage = usage_of(facts);
  const std::string_view origin = facts.issuer.substr(0, facts.issuer.find('/', https.size()));
  const std::string methods = names_of(method_table, usage.auth_methods);
  std::string document;
  JsonObject json(document);
  const auto add_endpoint = [&](Endpoint endpoint, std::string_view name) {
    const auto path = facts.paths.find(endpoint);
    if (path != facts.paths.end()) {
      json.add(name, std::string(origin).append(path->second));
    }
    return path != facts.paths.end();
  };
  json.add("issuer", facts.issuer);
  if (add_endpoint(Endpoint::authorization, "authorization_endpoint")) {
    json.add_flag("authorization_response_iss_parameter_supported", true);
    if ((usage.grant_types & authorization_code_grant_type) != 0) {
      json.add_words("code_challenge_methods_supported", "S256");
    }
  }
  if (add_endpoint(Endpoint::token, "token_endpoint")) {
    json.add_words("token_endpoint_auth_methods_supported", methods);
  }
  if (add_endpoint(Endpoint::revocation, "revocation_endpoint")) {
    json.add_words("revocation_endpoint_auth_methods_supported", methods);
  }
  if (usage.introspection_methods != 0 &&
      add_endpoint(Endpoint::introspection, "introspection_endpoint")) {
    json.add_words("introspection_endpoint_auth_methods_supported",
                   names_of(method_table, usage.introspection_methods));
  }
  const std::string types = response_types(usage.grant_types);
  // RFC 8414 section 3.2: "Claims with zero elements MUST be omitted from the response."
  if (!types.empty()) {
    json.add_words("response_types_supported", types);
    json.add_words("response_modes_supported", types == "code"    ? "query"
                                               : types == "token" ? "fragment"
                                                                  : "query fragment");
  }
  if (usage.grant_types != 0) {
    json.add_words("grant_types_supported", names_of(grant_type_table, usage.grant_types));
  }
  if (!usage.scope.empty()) {
    json.add_words("scopes_supported", usage.scope);
  }
  json.end();
  return document;
}

}  // namespace oauth2
