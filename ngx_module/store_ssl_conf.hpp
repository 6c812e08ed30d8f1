#ifndef OAUTH2_NGX_MODULE_STORE_SSL_CONF_HPP
#define OAUTH2_NGX_MODULE_STORE_SSL_CONF_HPP

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf.hpp"
#include "ngx.hpp"
#include "store_ssl.hpp"

namespace oauth2::nginx {

/// The `ssl_*` directives of one `oauth2_redis` block while it is read.
struct StoreSslConf {
  std::vector<Placed<std::string>> given;  // the names of all that stand there
  std::optional<bool> verify;
  std::optional<bool> server_name;
  std::optional<bool> session_reuse;
  ngx_int_t verify_depth = 1;
  std::optional<Placed<std::string>> trusted_certificate;
  std::optional<Placed<std::string>> crl;
  std::optional<Placed<std::string>> certificate;
  std::optional<Placed<std::string>> certificate_key;
  std::optional<Placed<std::string>> ciphers;
  std::string name;
  ngx_uint_t protocols = 0;          // 0: those by default
  ngx_array_t* passwords = nullptr;  // of the certificate's key
};

/// What the names of these directives begin with.
constexpr std::string_view ssl_directive_prefix = "ssl_";

/// Reads the directive at hand, whose name begins so.
char* read_ssl_directive(ngx_conf_t* cf, StoreSslConf& conf);

/// Makes what the block at `position` has asked for, if its servers have TLS (`uses_tls`). Reports
/// what does not fit together and what OpenSSL refuses, at the directive that says so.
char* make_store_ssl(ngx_conf_t* cf, const Position& position, const StoreSslConf& conf,
                     bool uses_tls, std::shared_ptr<StoreSsl>& ssl);

}  // namespace oauth2::nginx

#endif
