#ifndef OAUTH2_NGX_MODULE_RESPONSE_HPP
#define OAUTH2_NGX_MODULE_RESPONSE_HPP

#include <string_view>

#include "ngx.hpp"
#include "oauth2/endpoint.h"

namespace oauth2::nginx {

/// Sends `response`, which lives as long as the request's pool, with the headers of every reply of
/// this module. The result is for ngx_http_finalize_request().
ngx_int_t send_response(ngx_http_request_t* r, const Response& response);

/// Adds a response header; `name` and `value` live as long as the request. False without memory.
bool add_header(ngx_http_request_t* r, std::string_view name, std::string_view value);

/// Sends `body`, which lives as long as the request's pool, with `status` and `content_type` and
/// the headers added before. The result is for ngx_http_finalize_request().
ngx_int_t send_body(ngx_http_request_t* r, ngx_uint_t status, std::string_view content_type,
                    std::string_view body);

}  // namespace oauth2::nginx

#endif
