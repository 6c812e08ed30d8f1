#ifndef OAUTH2_NGX_MODULE_VARIABLES_HPP
#define OAUTH2_NGX_MODULE_VARIABLES_HPP

#include "ngx.hpp"

namespace oauth2::nginx {

/// Adds the $oauth2_* variables.
ngx_int_t add_variables(ngx_conf_t* cf);

}  // namespace oauth2::nginx

#endif
