#ifndef OAUTH2_NGX_MODULE_DIRECTIVES_HPP
#define OAUTH2_NGX_MODULE_DIRECTIVES_HPP

#include "ngx.hpp"

namespace oauth2::nginx {

/// The directives that make a location an endpoint: the one that command->offset names.
char* set_endpoint(ngx_conf_t* cf, ngx_command_t* command, void* conf);

/// The other directives that are one line each.
char* set_key(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_password_file(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_password_auth(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_refresh_auth(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_subject(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_issuer(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_consent_page(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_metadata(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_status(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_zone(ngx_conf_t* cf, ngx_command_t* command, void* conf);

}  // namespace oauth2::nginx

#endif
