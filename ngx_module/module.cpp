#include <algorithm>
#include <exception>

#include "client_conf.hpp"
#include "conf.hpp"
#include "directives.hpp"
#include "endpoint_conf.hpp"
#include "endpoint_location.hpp"
#include "metadata.hpp"
#include "require_conf.hpp"
#include "settings_conf.hpp"
#include "shared_zone.hpp"
#include "variables.hpp"
#include "worker_store.hpp"

namespace oauth2::nginx {
namespace {

constexpr ngx_uint_t main_level = NGX_HTTP_MAIN_CONF;
constexpr ngx_uint_t server_levels = NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF;
constexpr ngx_uint_t all_levels = server_levels | NGX_HTTP_LOC_CONF;
constexpr ngx_uint_t block_levels = NGX_HTTP_LIF_CONF | NGX_HTTP_LMT_CONF;

constexpr ngx_uint_t main_offset = NGX_HTTP_MAIN_CONF_OFFSET;
constexpr ngx_uint_t server_offset = NGX_HTTP_SRV_CONF_OFFSET;
constexpr ngx_uint_t location_offset = NGX_HTTP_LOC_CONF_OFFSET;

constexpr ngx_uint_t offset_of(Endpoint endpoint) {
  return static_cast<ngx_uint_t>(endpoint);
}

ngx_command_t commands[] = {
    {ngx_string("oauth2_token"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_endpoint, location_offset,
     offset_of(Endpoint::token), nullptr},
    {ngx_string("oauth2_authorize"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_endpoint,
     location_offset, offset_of(Endpoint::authorization), nullptr},
    {ngx_string("oauth2_revoke"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_endpoint,
     location_offset, offset_of(Endpoint::revocation), nullptr},
    {ngx_string("oauth2_introspect"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_endpoint,
     location_offset, offset_of(Endpoint::introspection), nullptr},
    {ngx_string("oauth2_metadata"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_metadata,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_issuer"), server_levels | NGX_CONF_TAKE1, set_issuer, server_offset, 0,
     nullptr},
    {ngx_string("oauth2_consent_page"), all_levels | NGX_CONF_TAKE1, set_consent_page,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_sessions"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_endpoint,
     location_offset, offset_of(Endpoint::sessions), nullptr},
    {ngx_string("oauth2_client"), server_levels | NGX_CONF_BLOCK | NGX_CONF_TAKE1, set_client,
     server_offset, 0, nullptr},
    {ngx_string("oauth2_key"), server_levels | NGX_CONF_TAKE1, set_key, server_offset, 0, nullptr},
    {ngx_string("oauth2_redis"), server_levels | NGX_CONF_BLOCK | NGX_CONF_NOARGS, set_redis,
     server_offset, 0, nullptr},
    {ngx_string("oauth2_refresh_token_validity"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_refresh_token_renewal"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_refresh_token_retry"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_refresh_token_lifetime"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_refresh_token_reuse"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_access_token_validity"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_access_token_format"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_code_validity"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_consent"), all_levels | NGX_CONF_TAKE1, set_token_setting, location_offset,
     0, nullptr},
    {ngx_string("oauth2_max_families"), all_levels | NGX_CONF_TAKE1, set_token_setting,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_password_file"), all_levels | NGX_CONF_TAKE1, set_password_file,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_password_auth"), all_levels | NGX_CONF_TAKE1, set_password_auth,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_refresh_auth"), all_levels | NGX_CONF_TAKE1, set_refresh_auth,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_subject"), all_levels | NGX_CONF_TAKE1, set_subject, location_offset, 0,
     nullptr},
    {ngx_string("oauth2_require"), all_levels | block_levels | NGX_CONF_ANY, set_require,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_require_active"), all_levels | block_levels | NGX_CONF_TAKE1,
     set_require_active, location_offset, 0, nullptr},
    {ngx_string("oauth2_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE1, set_status,
     location_offset, 0, nullptr},
    {ngx_string("oauth2_zone"), main_level | NGX_CONF_TAKE1, set_zone, main_offset, 0, nullptr},
    ngx_null_command,
};

ngx_int_t add_body_handler(ngx_conf_t* cf) {
  auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  auto* handler = static_cast<ngx_http_handler_pt*>(
      ngx_array_push(&core->phases[NGX_HTTP_PREACCESS_PHASE].handlers));
  if (handler == nullptr) {
    return NGX_ERROR;
  }
  *handler = prepare_endpoint_request;
  return NGX_OK;
}

// After all levels are merged: the subkeys are derived, nobody needs the root keys any more.
ngx_int_t finish_configuration(ngx_conf_t* cf) {
  MainConf& main = main_conf(cf);
  for (ServerConf* server : main.servers) {
    server->keys.clear();
  }
  for (const std::shared_ptr<StoreConf>& store : main.stores) {
    store->options.longest_window_ms = uint64_t{main.longest_retry_seconds} * 1000;
    store->options.keeps_index =
        std::any_of(main.stores.begin(), main.stores.end(), [&](const auto& other) {
          return other->options.keeps_index && are_same_store(*store, *other);
        });
  }
  try {
    make_metadata(main);
  } catch (const std::exception& e) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "oauth2: %s", e.what());
    return NGX_ERROR;
  }
  if (check_resolvers(cf, main) != NGX_CONF_OK) {
    return NGX_ERROR;
  }
  warn_of_unchecked_users(cf, main);
  if (!main.used) {
    return NGX_OK;
  }
  const bool added = add_shared_zone(cf, main) == NGX_CONF_OK && add_protection(cf) == NGX_OK;
  return added ? add_body_handler(cf) : NGX_ERROR;
}

// Every worker connects at once, so that its outage clock runs before its first request.
ngx_int_t start_worker(ngx_cycle_t* cycle) {
  MainConf* main = main_conf(cycle);
  const bool serves = ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
  if (main == nullptr || !main->used || !serves) {
    return NGX_OK;
  }
  try {
    for (const std::shared_ptr<StoreConf>& store : main->stores) {
      worker_store(*store);
    }
    return NGX_OK;
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "oauth2: %s", e.what());
    return NGX_ERROR;
  }
}

void stop_worker(ngx_cycle_t* cycle) {
  MainConf* main = main_conf(cycle);
  if (main == nullptr) {
    return;
  }
  for (const std::shared_ptr<StoreConf>& store : main->stores) {
    stop_worker_store(*store);
  }
}

ngx_http_module_t module_context = {
    add_variables,         // preconfiguration
    finish_configuration,  // postconfiguration
    create_main_conf,      // create main configuration
    nullptr,               // init main configuration
    create_server_conf,    // create server configuration
    merge_server_conf,     // merge server configuration
    create_location_conf,  // create location configuration
    merge_location_conf,   // merge location configuration
};

}  // namespace
}  // namespace oauth2::nginx

ngx_module_t ngx_http_oauth2_module = {
    NGX_MODULE_V1,
    &oauth2::nginx::module_context,
    oauth2::nginx::commands,
    NGX_HTTP_MODULE,
    nullptr,                      // init master
    nullptr,                      // init module
    oauth2::nginx::start_worker,  // init process
    nullptr,                      // init thread
    nullptr,                      // exit thread
    oauth2::nginx::stop_worker,   // exit process
    nullptr,                      // exit master
    NGX_MODULE_V1_PADDING,
};
