#ifndef OAUTH2_NGX_MODULE_REQUEST_BODY_HPP
#define OAUTH2_NGX_MODULE_REQUEST_BODY_HPP

#include <string>

#include "ngx.hpp"

namespace oauth2::nginx {

/// Where a request body goes: read unbuffered, so that nginx never spills a secret into a temporary
/// file, and kept up to oauth2::max_body_size.
struct RequestBody {
  std::string bytes;
  bool too_large = false;
  bool complete = false;  // or too large
};

/// Reads the body of the main request `r` into `body`, which lives as long as `r`. NGX_DECLINED:
/// it is complete now; NGX_DONE: when it is, the phases of `r` run again from the current handler;
/// any other value is an HTTP status.
ngx_int_t read_request_body(ngx_http_request_t* r, RequestBody& body);

}  // namespace oauth2::nginx

#endif
