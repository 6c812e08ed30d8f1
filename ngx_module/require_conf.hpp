#ifndef OAUTH2_NGX_MODULE_REQUIRE_CONF_HPP
#define OAUTH2_NGX_MODULE_REQUIRE_CONF_HPP

#include "ngx.hpp"

namespace oauth2::nginx {

struct LocationConf;

/// `oauth2_require [scope ...] | off`
char* set_require(ngx_conf_t* cf, ngx_command_t* command, void* conf);

/// `oauth2_require_active on | off`
char* set_require_active(ngx_conf_t* cf, ngx_command_t* command, void* conf);

/// Takes what `location` leaves open of both from `outer`.
void inherit_requirement(LocationConf& location, const LocationConf& outer);

/// Adds the handlers of protected locations, if there are any. The access handler runs after all
/// others of its phase.
ngx_int_t add_protection(ngx_conf_t* cf);

}  // namespace oauth2::nginx

#endif
