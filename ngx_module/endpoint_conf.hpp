#ifndef OAUTH2_NGX_MODULE_ENDPOINT_CONF_HPP
#define OAUTH2_NGX_MODULE_ENDPOINT_CONF_HPP

#include <string>

#include "conf.hpp"
#include "ngx.hpp"

namespace oauth2::nginx {

/// The directive that makes a location serve `endpoint`.
std::string endpoint_directive(Endpoint endpoint);

/// Gives the blocks "if" and "limit_except" of a location what the location `outer` answers with.
void take_handler(ngx_conf_t* cf, LocationConf& location, const LocationConf& outer);

/// Gives a merged location what its endpoint, metadata or protection need of its server, and checks
/// whether all of it fits together. Reports what does not.
char* complete_location(ngx_conf_t* cf, LocationConf& location);

/// Warns of each authorization endpoint whose user is $remote_user where nobody checks it. For when
/// all modules have merged their levels.
void warn_of_unchecked_users(ngx_conf_t* cf, const MainConf& main);

}  // namespace oauth2::nginx

#endif
