#ifndef OAUTH2_NGX_MODULE_PROTECTED_LOCATION_HPP
#define OAUTH2_NGX_MODULE_PROTECTED_LOCATION_HPP

#include "ngx.hpp"
#include "oauth2/protected_resource.h"

namespace oauth2::nginx {

/// The access handler of every location: lets a main request to a protected one in only with a good
/// access token.
ngx_int_t protect_request(ngx_http_request_t* r);

/// Does the same to a subrequest, in a phase that nginx does not skip there.
ngx_int_t protect_subrequest(ngx_http_request_t* r);

/// The access token that let `r` in, or, where the location of a subrequest is not protected, its
/// main request. Null if there was none or the last check refused it.
const AccessClaims* granted_claims(ngx_http_request_t* r);

}  // namespace oauth2::nginx

#endif
