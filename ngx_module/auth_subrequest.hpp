#ifndef OAUTH2_NGX_MODULE_AUTH_SUBREQUEST_HPP
#define OAUTH2_NGX_MODULE_AUTH_SUBREQUEST_HPP

#include <string>
#include <vector>

#include "user_check.hpp"

namespace oauth2::nginx {

/// A check that asks an upstream by a subrequest. The upstream sees a GET request without body,
/// credentials and conditions of the client, and nothing of it reaches the main request.
class AuthSubrequest : public UserCheck {
 public:
  /// A header that the upstream gets. `name` lives as long as the program, `value` as the request.
  struct Header {
    std::string_view name;
    ngx_str_t value;
  };

  /// Begins the subrequest for `uri`; false where that is not possible. This must be the request's
  /// user_check_of() before nginx runs posted requests.
  bool begin(const std::string& uri, const std::vector<Header>& headers);

 protected:
  explicit AuthSubrequest(ngx_http_request_t* r) : request_(r) {}

  /// How the subrequest ended. nginx checks no access in subrequests, so that a yes is worth
  /// something only if an upstream gave it.
  struct Answer {
    ngx_int_t status = 0;            ///< of the first finalization
    ngx_uint_t upstream_status = 0;  ///< as the upstream sent it; 0 if none did
    bool cached = false;             ///< perhaps said of another user
  };

  /// Judges the answer, once and in the subrequest `sr`; not called where it broke off.
  virtual void judge(ngx_http_request_t* sr, const Answer& answer) = 0;

  /// Passes the verdict on, which may end the request, and this object with it.
  virtual void resume() = 0;

 private:
  static ngx_int_t on_finalized(ngx_http_request_t* sr, void* data, ngx_int_t rc);
  static void on_resumed(ngx_http_request_t* r);

  ngx_http_request_t* request_;
  bool finalized_ = false;
};

/// Whether `status` is 2xx.
inline bool is_success(ngx_uint_t status) {
  return status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE;
}

}  // namespace oauth2::nginx

#endif
