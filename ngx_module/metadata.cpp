#include "metadata.hpp"

#include "oauth2/metadata.h"
#include "response.hpp"

namespace oauth2::nginx {

void make_metadata(const MainConf& main) {
  for (ServerConf* server : main.servers) {
    if (!server->has_metadata) {
      continue;
    }
    ServerFacts facts;
    facts.issuer = server->issuer;
    facts.clients = server->clients.get();
    facts.paths = server->paths;
    facts.password_grant = server->password_grant;
    server->metadata = metadata_document(facts);
  }
}

ngx_int_t handle_metadata_request(ngx_http_request_t* r) {
  if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0) {
    return NGX_HTTP_NOT_ALLOWED;
  }
  const ngx_int_t discarded = ngx_http_discard_request_body(r);
  if (discarded != NGX_OK) {
    return discarded;
  }
  if (!add_header(r, "Cache-Control", "no-store")) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  return send_body(r, NGX_HTTP_OK, "application/json", location_conf(r).server->metadata);
}

}  // namespace oauth2::nginx
