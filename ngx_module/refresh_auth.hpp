#ifndef OAUTH2_NGX_MODULE_REFRESH_AUTH_HPP
#define OAUTH2_NGX_MODULE_REFRESH_AUTH_HPP

#include "user_check.hpp"

namespace oauth2::nginx {

/// Who wants to refresh, and what for.
struct RefreshClaim {
  std::string_view subject;
  std::string_view client;
  std::string_view scope;  ///< of the access token; may be empty
};

/// As UserCheckDone.
using RefreshCheckDone = std::function<void(RefreshVerdict verdict)>;

/// Asks the upstream behind `uri` by a subrequest whether `claim` may be granted. It begins when
/// nginx runs the request's posted requests. Null where that cannot begin.
std::unique_ptr<UserCheck> check_refresh_auth(ngx_http_request_t* r, const std::string& uri,
                                              const RefreshClaim& claim, RefreshCheckDone done);

}  // namespace oauth2::nginx

#endif
