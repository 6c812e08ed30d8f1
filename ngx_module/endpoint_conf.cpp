#include "endpoint_conf.hpp"

#include <algorithm>

#include "endpoint_location.hpp"
#include "exchange_log.hpp"
#include "metadata.hpp"
#include "require_conf.hpp"
#include "status.hpp"

namespace oauth2::nginx {
namespace {

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
  const std::string directive = endpoint_directive(location.serves->value);
  if (core_location(cf).handler != handle_endpoint_request) {
    return report_other_handler(cf, location.serves->position, directive);
  }
  if (take_server(cf, location, directive, location.serves->position) != NGX_CONF_OK) {
    return conf_error();
  }
  location.store->options.keeps_index =
      location.store->options.keeps_index || needs_index(location, *server.clients);
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

// The configuration of auth_basic begins with its realm, which is null where it does not run.
bool checks_passwords(const ngx_module_t* auth_basic, void** locations) {
  if (auth_basic == nullptr) {
    return false;
  }
  const auto* realm = *static_cast<ngx_http_complex_value_t**>(locations[auth_basic->ctx_index]);
  const auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(locations[ngx_http_core_module.ctx_index]);
  const bool runs = realm != nullptr && (realm->lengths != nullptr || view(realm->value) != "off");
  return runs && core->satisfy == NGX_HTTP_SATISFY_ALL;
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

char* complete_location(ngx_conf_t* cf, LocationConf& location) {
  if (location.status.has_value()) {
    main_conf(cf).used = true;
  }
  if (location.metadata.has_value() && complete_metadata(cf, location) != NGX_CONF_OK) {
    return conf_error();
  }
  if (location.is_protected() && complete_protection(cf, location) != NGX_CONF_OK) {
    return conf_error();
  }
  return location.serves.has_value() ? complete_endpoint(cf, location) : NGX_CONF_OK;
}

// nginx takes $remote_user from the Authorization header, whether or not somebody has checked it.
void warn_of_unchecked_users(ngx_conf_t* cf, const MainConf& main) {
  const ngx_module_t* auth_basic = nullptr;
  for (ngx_uint_t i = 0; cf->cycle->modules[i] != nullptr; ++i) {
    if (std::string_view(cf->cycle->modules[i]->name) == "ngx_http_auth_basic_module") {
      auth_basic = cf->cycle->modules[i];
    }
  }
  for (const auto& [position, locations] : main.remote_user_locations) {
    if (!checks_passwords(auth_basic, locations)) {
      report_warning(cf, position,
                     "\"oauth2_subject $remote_user\" is whatever a browser says, as no "
                     "\"auth_basic\" checks it here");
    }
  }
}

}  // namespace oauth2::nginx
