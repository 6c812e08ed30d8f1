#include "conf.hpp"

#include <algorithm>
#include <exception>

#include "endpoint_conf.hpp"
#include "require_conf.hpp"

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
  server.key_ring = std::make_shared<KeyRing>(roots, server.store->options.prefix);
}

}  // namespace

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
  inherit_requirement(location, outer);
  take_handler(cf, location, outer);
  try {
    return complete_location(cf, location);
  } catch (const std::exception& e) {
    return report_error(cf, std::string("oauth2: ") + e.what());
  }
}

}  // namespace oauth2::nginx
