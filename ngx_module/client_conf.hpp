#ifndef OAUTH2_NGX_MODULE_CLIENT_CONF_HPP
#define OAUTH2_NGX_MODULE_CLIENT_CONF_HPP

#include "ngx.hpp"

namespace oauth2::nginx {

/// `oauth2_client id { ... }`
char* set_client(ngx_conf_t* cf, ngx_command_t* command, void* conf);

}  // namespace oauth2::nginx

#endif
