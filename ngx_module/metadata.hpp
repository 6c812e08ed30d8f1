#ifndef OAUTH2_NGX_MODULE_METADATA_HPP
#define OAUTH2_NGX_MODULE_METADATA_HPP

#include "conf.hpp"
#include "ngx.hpp"

namespace oauth2::nginx {

/// The content handler of `oauth2_metadata`.
ngx_int_t handle_metadata_request(ngx_http_request_t* r);

/// Writes the documents of all servers, once all their locations are known.
void make_metadata(const MainConf& main);

}  // namespace oauth2::nginx

#endif
