#ifndef OAUTH2_NGX_MODULE_STORE_SSL_HPP
#define OAUTH2_NGX_MODULE_STORE_SSL_HPP

#include <string>

#include "ngx.hpp"

namespace oauth2::nginx {

/// How to talk TLS to the Redis of one `oauth2_redis` block: what its `ssl_*` directives say.
struct StoreSsl {
  StoreSsl() { ngx_memzero(&context, sizeof(context)); }
  ~StoreSsl() {
    if (context.ctx != nullptr) {
      ngx_ssl_cleanup_ctx(&context);
    }
  }
  StoreSsl(const StoreSsl&) = delete;
  StoreSsl& operator=(const StoreSsl&) = delete;

  ngx_ssl_t context;
  bool verify = true;         // the certificate, and its name
  bool server_name = true;    // SNI, where the name is none of an address
  bool session_reuse = true;  // of the connection before
  std::string name;           // in the certificate; empty: the host that is connected to
};

}  // namespace oauth2::nginx

#endif
