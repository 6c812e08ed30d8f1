#ifndef OAUTH2_NGX_MODULE_STATUS_HPP
#define OAUTH2_NGX_MODULE_STATUS_HPP

#include "ngx.hpp"

namespace oauth2::nginx {

/// The content handler of `oauth2_status`.
ngx_int_t handle_status_request(ngx_http_request_t* r);

}  // namespace oauth2::nginx

#endif
