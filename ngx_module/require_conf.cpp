#include "require_conf.hpp"

#include <exception>

#include "conf.hpp"
#include "oauth2/scope.h"
#include "protected_location.hpp"
#include "settings_conf.hpp"

namespace oauth2::nginx {
namespace {

ngx_http_handler_pt* push_handler(ngx_conf_t* cf, ngx_http_phases phase) {
  auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  return static_cast<ngx_http_handler_pt*>(ngx_array_push(&core->phases[phase].handlers));
}

// nginx calls the handlers of a phase from the last one to the first.
ngx_http_handler_pt* push_last_to_run(ngx_conf_t* cf, ngx_http_phases phase) {
  ngx_http_handler_pt* end = push_handler(cf, phase);
  if (end == nullptr) {
    return nullptr;
  }
  auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  auto* first = static_cast<ngx_http_handler_pt*>(core->phases[phase].handlers.elts);
  std::move_backward(first, end, end + 1);
  return first;
}

}  // namespace

char* set_require(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  if (location.requirement != nullptr) {
    return report_directive(cf, "is duplicate");
  }
  try {
    auto requirement = std::make_shared<Requirement>();
    requirement->position = position_of(cf);
    requirement->on = word_count(cf) != 2 || word(cf, 1) != "off";
    std::string scope;
    for (ngx_uint_t i = 1; requirement->on && i < word_count(cf); ++i) {
      scope.append(word(cf, i)).push_back(' ');
    }
    if (!normalize_scope(scope, requirement->scope)) {
      return report_directive(cf, "has a scope that is not allowed or too long");
    }
    location.requirement = std::move(requirement);
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_require_active(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  return read_flag(cf, static_cast<LocationConf*>(conf)->requires_active);
}

void inherit_requirement(LocationConf& location, const LocationConf& outer) {
  if (location.requirement == nullptr) {
    location.requirement = outer.requirement;
  }
  if (!location.requires_active.has_value()) {
    location.requires_active = outer.requires_active;
  }
}

ngx_int_t add_protection(ngx_conf_t* cf) {
  if (!main_conf(cf).protects) {
    return NGX_OK;
  }
  ngx_http_handler_pt* access = push_last_to_run(cf, NGX_HTTP_ACCESS_PHASE);
  ngx_http_handler_pt* subrequest = push_handler(cf, NGX_HTTP_PREACCESS_PHASE);
  if (access == nullptr || subrequest == nullptr) {
    return NGX_ERROR;
  }
  *access = protect_request;
  *subrequest = protect_subrequest;
  return NGX_OK;
}

}  // namespace oauth2::nginx
