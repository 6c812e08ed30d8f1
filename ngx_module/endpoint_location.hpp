#ifndef OAUTH2_NGX_MODULE_ENDPOINT_LOCATION_HPP
#define OAUTH2_NGX_MODULE_ENDPOINT_LOCATION_HPP

#include <memory>

#include "ngx.hpp"
#include "oauth2/endpoint.h"
#include "request_body.hpp"

namespace oauth2::nginx {

/// Reads the body of a request to an endpoint before limit_req runs, so that its variables are
/// there.
ngx_int_t prepare_endpoint_request(ngx_http_request_t* r);

/// The content handler of every location that serves an endpoint.
ngx_int_t handle_endpoint_request(ngx_http_request_t* r);

/// The exchange of a request, or null if it is none of ours (or not read yet); also after an
/// internal redirect.
EndpointExchange* exchange_of(ngx_http_request_t* r);

/// Whether the exchange of a request has responded.
bool has_responded(ngx_http_request_t* r);

/// Where the body of a request to an endpoint goes; null if it is none.
RequestBody* request_body_of(ngx_http_request_t* r);

class UserCheck;

/// The check of a password or a refresh that a request waits for, or null.
UserCheck* user_check_of(ngx_http_request_t* r);

}  // namespace oauth2::nginx

#endif
