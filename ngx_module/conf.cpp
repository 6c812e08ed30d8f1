#include "conf.hpp"

#include <algorithm>
#include <exception>

#include "endpoint_location.hpp"
#include "exchange_log.hpp"
#include "metadata.hpp"
#include "require_conf.hpp"
#include "status.hpp"

namespace oauth2::nginx {
namespace {

template <class Conf>
void* create(ngx_conf_t* cf) {
  try {
    return create_in_pool<Conf>(cf->pool);
  } catch (const std::exception&) {
    return nullptr;
  }
}

// Two keys of one level must not share an id: tokens name their key by it.
char* check_key_ids(ngx_conf_t* cf, const ServerConf& server) {
  for (size_t i = 0; i < server.keys.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (key_id(server.keys[i].value) != key_id(server.keys[j].value)) {
        continue;
      }
      const bool same = server.keys[i].value.bytes == server.keys[j].value.bytes;
      return report_error(cf, server.keys[i].position,
                          same ? "the key of \"oauth2_key\" is duplicate"
                               : "the key of \"oauth2_key\" has the same key id as another one");
    }
  }
  return NGX_CONF_OK;
}

void derive_keys(ServerConf& server) {
  if (server.key_ring != nullptr || server.keys.empty() || server.store == nullptr) {
    return;
  }
  std::vector<RootKey> roots;
  for (const Placed<RootKey>& key : server.keys) {
    roots.push_back(key.value);
  }
  server.key_ring = std::make_shared<KeyRing>(roots, server.store->prefix);
}

// RFC 9700 section 2.2.2: "Refresh tokens for public clients MUST be sender-constrained or use
// refresh token rotation". RFC 8252 section 8.6: "authorization servers SHOULD NOT process
// authorization requests automatically without user consent" for native apps.
char* check_public_clients(ngx_conf_t* cf, const LocationConf& location,
                           const ClientRegistry& clients) {
  const bool authorizes = location.serves->value == Endpoint::authorization;
  for (const std::shared_ptr<const Client>& client : clients.all()) {
    if (!client->is_public()) {
      continue;
    }
    const auto report = [&](const Position& position, const char* setting) {
      return report_error(
          cf, position,
          std::string("\"").append(setting).append("\" is not allowed for the public client \"") +
              client->id + "\"");
    };
    const TokenPolicy policy = resolve_policy(client->settings, location.settings);
    if (!policy.renewal) {
      return report(location.renewal_position, "oauth2_refresh_token_renewal off");
    }
    if (policy.retry.until_used) {
      return report(location.retry_position, "oauth2_refresh_token_retry until_used");
    }
    if (authorizes && !policy.consent && client->is_native()) {
      return report(location.consent_position, "oauth2_consent off");
    }
  }
  return NGX_CONF_OK;
}

ServerConf& server_conf(ngx_conf_t* cf) {
  return *static_cast<ServerConf*>(ngx_http_conf_get_module_srv_conf(cf, ngx_http_oauth2_module));
}

ngx_http_core_loc_conf_t& core_location(ngx_conf_t* cf) {
  return *static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
}

char* report_missing(ngx_conf_t* cf, const Position& position, const char* missing,
                     const std::string& directive) {
  return report_error(
      cf, position,
      std::string("no \"").append(missing).append("\" is defined for \"") + directive + "\"");
}

char* report_other_handler(ngx_conf_t* cf, const Position& position, const std::string& directive) {
  return report_error(cf, position,
                      "another directive of the location answers instead of \"" + directive + "\"");
}

// Anybody may put a name into an Authorization header; see warn_of_unchecked_users().
char* complete_authorization(ngx_conf_t* cf, LocationConf& location, const ServerConf& server) {
  if (server.issuer.empty()) {
    return report_missing(cf, location.serves->position, "oauth2_issuer", "oauth2_authorize");
  }
  if (!location.own_subject.has_value() || location.subject.value_or(nullptr) == nullptr) {
    return report_error(cf, location.serves->position,
                        "\"oauth2_authorize\" needs an \"oauth2_subject\" in the same location");
  }
  if (location.own_subject->value.find("remote_user") != std::string::npos) {
    auto* context = static_cast<ngx_http_conf_ctx_t*>(cf->ctx);
    main_conf(cf).remote_user_locations.emplace_back(location.own_subject->position,
                                                     context->loc_conf);
  }
  if (location.consent_page.has_value() && *location.consent_page != nullptr) {
    location.endpoint.consent_page = location.consent_page->get();
  }
  return NGX_CONF_OK;
}

// What the directive `needing`, of `position`, takes from the server.
char* take_server(ngx_conf_t* cf, LocationConf& location, const std::string& needing,
                  const Position& position) {
  const ServerConf& server = server_conf(cf);
  if (server.keys.empty()) {
    return report_missing(cf, position, "oauth2_key", needing);
  }
  if (server.store == nullptr) {
    return report_missing(cf, position, "oauth2_redis", needing);
  }
  location.store = server.store;
  location.key_ring = server.key_ring;
  main_conf(cf).used = true;
  return NGX_CONF_OK;
}

char* complete_protection(ngx_conf_t* cf, LocationConf& location) {
  if (!location.is_protected()) {
    return NGX_CONF_OK;
  }
  main_conf(cf).protects = true;
  return take_server(cf, location, "oauth2_require", location.requirement->position);
}

// A location that is named or a pattern has no address of its own.
void note_path(ngx_conf_t* cf, Endpoint endpoint, ServerConf& server) {
  const ngx_http_core_loc_conf_t& core = core_location(cf);
  bool is_pattern = false;
#if (NGX_PCRE)
  is_pattern = core.regex != nullptr;
#endif
  if (!core.named && !core.noname && !is_pattern) {
    server.paths.emplace(endpoint, to_string(core.name));
  }
}

// Without need, no index of a user's families is kept.
bool needs_index(const LocationConf& location, const ClientRegistry& clients) {
  return location.serves->value == Endpoint::sessions ||
         std::any_of(clients.all().begin(), clients.all().end(),
                     [&](const std::shared_ptr<const Client>& client) {
                       return resolve_policy(client->settings, location.settings).max_families != 0;
                     });
}

char* complete_endpoint(ngx_conf_t* cf, LocationConf& location) {
  ServerConf& server = server_conf(cf);
  if (take_server(cf, location, endpoint_directive(location.serves->value),
                  location.serves->position) != NGX_CONF_OK) {
    return conf_error();
  }
  location.store->keeps_index =
      location.store->keeps_index || needs_index(location, *server.clients);
  location.endpoint.endpoint = location.serves->value;
  location.endpoint.keys = server.key_ring.get();
  location.endpoint.clients = server.clients.get();
  location.endpoint.settings = location.settings;
  location.endpoint.issuer = server.issuer;
  location.endpoint.password_grant = location.password_check.has_value() &&
                                     location.password_check->kind != PasswordCheck::Kind::off;
  location.endpoint.refresh_check =
      location.refresh_auth.has_value() && !location.refresh_auth->empty();
  location.endpoint.orphans = &orphan_observer();
  note_path(cf, location.serves->value, server);
  if (location.serves->value == Endpoint::token) {
    server.password_grant = server.password_grant || location.endpoint.password_grant;
  }
  if (location.serves->value == Endpoint::authorization &&
      complete_authorization(cf, location, server) != NGX_CONF_OK) {
    return conf_error();
  }
  return check_public_clients(cf, location, *server.clients);
}

char* complete_metadata(ngx_conf_t* cf, LocationConf& location) {
  ServerConf& server = server_conf(cf);
  if (core_location(cf).handler != handle_metadata_request) {
    return report_other_handler(cf, *location.metadata, "oauth2_metadata");
  }
  if (server.issuer.empty()) {
    return report_missing(cf, *location.metadata, "oauth2_issuer", "oauth2_metadata");
  }
  location.server = &server;
  server.has_metadata = true;
  return NGX_CONF_OK;
}

// The blocks "if" and "limit_except" of a location answer what it answers, with their own settings,
// unless they have another handler.
void take_handler(ngx_conf_t* cf, LocationConf& location, const LocationConf& outer) {
  ngx_http_core_loc_conf_t& core = core_location(cf);
  if (!core.noname || core.handler != nullptr) {
    return;
  }
  location.serves = outer.serves;
  location.own_subject =
      location.own_subject.has_value() ? location.own_subject : outer.own_subject;
  location.status = outer.status;
  location.metadata = outer.metadata;
  core.handler = location.serves.has_value()     ? handle_endpoint_request
                 : location.status.has_value()   ? handle_status_request
                 : location.metadata.has_value() ? handle_metadata_request
                                                 : nullptr;
}

}  // namespace

std::string endpoint_directive(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::token:
      return "oauth2_token";
    case Endpoint::authorization:
      return "oauth2_authorize";
    case Endpoint::revocation:
      return "oauth2_revoke";
    case Endpoint::sessions:
      return "oauth2_sessions";
    case Endpoint::introspection:
      break;
  }
  return "oauth2_introspect";
}

MainConf* main_conf(volatile ngx_cycle_t* cycle) {
  return static_cast<MainConf*>(ngx_http_cycle_get_module_main_conf(cycle, ngx_http_oauth2_module));
}

MainConf& main_conf(ngx_conf_t* cf) {
  return *static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth2_module));
}

MainConf& main_conf(const ngx_http_request_t* r) {
  return *static_cast<MainConf*>(ngx_http_get_module_main_conf(r, ngx_http_oauth2_module));
}

LocationConf& location_conf(const ngx_http_request_t* r) {
  return *static_cast<LocationConf*>(ngx_http_get_module_loc_conf(r, ngx_http_oauth2_module));
}

void* create_main_conf(ngx_conf_t* cf) {
  return create<MainConf>(cf);
}

void* create_server_conf(ngx_conf_t* cf) {
  return create<ServerConf>(cf);
}

void* create_location_conf(ngx_conf_t* cf) {
  return create<LocationConf>(cf);
}

char* merge_server_conf(ngx_conf_t* cf, void* parent, void* child) {
  auto& outer = *static_cast<ServerConf*>(parent);
  auto& server = *static_cast<ServerConf*>(child);
  try {
    main_conf(cf).servers.insert(main_conf(cf).servers.end(), {&outer, &server});
    if (check_key_ids(cf, outer) != NGX_CONF_OK || check_key_ids(cf, server) != NGX_CONF_OK) {
      return conf_error();
    }
    const bool inherits_all = server.keys.empty() && server.store == nullptr;
    if (server.keys.empty()) {
      server.keys = outer.keys;
    }
    if (server.store == nullptr) {
      server.store = outer.store;
    }
    if (server.issuer.empty()) {
      server.issuer = outer.issuer;
    }
    derive_keys(outer);
    if (inherits_all) {
      server.key_ring = outer.key_ring;
    }
    derive_keys(server);
    if (server.clients->all().empty()) {
      server.clients = outer.clients;
    } else {
      server.clients->inherit(*outer.clients);
    }
  } catch (const std::exception& e) {
    return report_error(cf, std::string("oauth2: ") + e.what());
  }
  return NGX_CONF_OK;
}

char* merge_location_conf(ngx_conf_t* cf, void* parent, void* child) {
  auto& outer = *static_cast<LocationConf*>(parent);
  auto& location = *static_cast<LocationConf*>(child);
  if (!location.settings.retry.has_value()) {
    location.retry_position = outer.retry_position;
  }
  if (!location.settings.renewal.has_value()) {
    location.renewal_position = outer.renewal_position;
  }
  if (!location.settings.consent.has_value()) {
    location.consent_position = outer.consent_position;
  }
  location.settings.inherit(outer.settings);
  if (!location.password_check.has_value()) {
    location.password_check = outer.password_check;
  }
  if (!location.subject.has_value()) {
    location.subject = outer.subject;
  }
  if (!location.consent_page.has_value()) {
    location.consent_page = outer.consent_page;
  }
  if (!location.refresh_auth.has_value()) {
    location.refresh_auth = outer.refresh_auth;
  }
  take_handler(cf, location, outer);
  if (location.status.has_value()) {
    main_conf(cf).used = true;
  }
  inherit_requirement(location, outer);
  try {
    if (location.metadata.has_value() && complete_metadata(cf, location) != NGX_CONF_OK) {
      return conf_error();
    }
    if (complete_protection(cf, location) != NGX_CONF_OK) {
      return conf_error();
    }
    if (!location.serves.has_value()) {
      return NGX_CONF_OK;
    }
    if (core_location(cf).handler != handle_endpoint_request) {
      return report_other_handler(cf, location.serves->position,
                                  endpoint_directive(location.serves->value));
    }
    return complete_endpoint(cf, location);
  } catch (const std::exception& e) {
    return report_error(cf, std::string("oauth2: ") + e.what());
  }
}

}  // namespace oauth2::nginx
