#ifndef OAUTH2_NGX_MODULE_USER_CHECK_HPP
#define OAUTH2_NGX_MODULE_USER_CHECK_HPP

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "conf.hpp"
#include "ngx.hpp"
#include "oauth2/endpoint.h"

namespace oauth2::nginx {

/// A check of one user that is under way. Destroying it gives it up: its `done` is not called any
/// more.
class UserCheck {
 public:
  virtual ~UserCheck() = default;
};

/// Called once, never before the check was returned, from an event of the request's connection or
/// from one of the thread pool.
using UserCheckDone = std::function<void(const UserVerdict& verdict)>;

/// Looks the user up in the htpasswd file `path`, off the event loop: the hashes are slow on
/// purpose. `subject` may be null: the user name. Null where that cannot begin.
std::unique_ptr<UserCheck> check_password_file(ngx_http_request_t* r, ngx_thread_pool_t* threads,
                                               const std::string& path,
                                               ngx_http_complex_value_t* subject,
                                               std::string_view username, std::string_view password,
                                               UserCheckDone done);

/// Asks the upstream behind `uri` by a subrequest with the user's Basic credentials. `subject`, if
/// not null, is evaluated in that subrequest. Null where that cannot begin.
std::unique_ptr<UserCheck> check_password_auth(ngx_http_request_t* r, const std::string& uri,
                                               ngx_http_complex_value_t* subject,
                                               std::string_view username, std::string_view password,
                                               UserCheckDone done);

}  // namespace oauth2::nginx

#endif
