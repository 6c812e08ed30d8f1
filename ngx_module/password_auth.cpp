#include "auth_subrequest.hpp"
#include "crypto.h"

namespace oauth2::nginx {
namespace {

class PasswordAuth final : public AuthSubrequest {
 public:
  PasswordAuth(ngx_http_request_t* r, ngx_http_complex_value_t* subject, std::string_view username,
               UserCheckDone done)
      : AuthSubrequest(r), subject_(subject), done_(std::move(done)) {
    verdict_.subject = username;
  }
  ~PasswordAuth() override { forget_credentials(); }

  /// Makes the header Authorization in `pool`; its data is null without memory.
  ngx_str_t authorize(ngx_pool_t* pool, std::string_view username, std::string_view password);

 protected:
  void judge(ngx_http_request_t* sr, const Answer& answer) override;
  void resume() override;

 private:
  void forget_credentials() const;

  ngx_http_complex_value_t* subject_;
  UserCheckDone done_;
  UserVerdict verdict_;
  ngx_str_t authorization_ = ngx_null_string;
};

ngx_str_t PasswordAuth::authorize(ngx_pool_t* pool, std::string_view username,
                                  std::string_view password) {
  std::string pair(username);
  pair.append(":").append(password);
  ngx_str_t source = to_ngx(pair);
  const std::string_view scheme = "Basic ";
  const size_t size = scheme.size() + ngx_base64_encoded_length(pair.size());
  authorization_.data = static_cast<u_char*>(ngx_pnalloc(pool, size));
  if (authorization_.data != nullptr) {
    ngx_str_t encoded = {0, ngx_cpymem(authorization_.data, scheme.data(), scheme.size())};
    ngx_encode_base64(&encoded, &source);
    authorization_.len = scheme.size() + encoded.len;
  }
  cleanse(pair);
  return authorization_;
}

void PasswordAuth::judge(ngx_http_request_t* sr, const Answer& answer) {
  ngx_log_t log = discreet(sr->connection->log);
  if (answer.cached) {
    ngx_log_error(
        NGX_LOG_ALERT, &log, 0,
        "oauth2: the location of \"oauth2_password_auth\" answered from a cache, not by a "
        "check of this user, so nobody is let in");
    return;
  }
  if (answer.status == NGX_HTTP_UNAUTHORIZED || answer.status == NGX_HTTP_FORBIDDEN) {
    verdict_.kind = UserVerdict::Kind::refused;
    return;
  }
  if (!is_success(answer.status)) {
    ngx_log_error(NGX_LOG_ERR, &log, 0, "oauth2: password check: unexpected status %i",
                  answer.status);
    return;
  }
  if (!is_success(answer.upstream_status)) {
    ngx_log_error(NGX_LOG_ALERT, &log, 0,
                  "oauth2: the location of \"oauth2_password_auth\" said yes without an upstream; "
                  "nginx checks no access in subrequests, so nobody is let in");
    return;
  }
  if (subject_ != nullptr) {
    ngx_str_t value;
    if (ngx_http_complex_value(sr, subject_, &value) != NGX_OK) {
      return;
    }
    verdict_.subject = view(value);
  }
  verdict_.kind = UserVerdict::Kind::accepted;
}

void PasswordAuth::resume() {
  forget_credentials();
  const UserCheckDone done = std::move(done_);
  done(verdict_);
}

void PasswordAuth::forget_credentials() const {
  if (authorization_.data != nullptr) {
    cleanse(authorization_.data, authorization_.len);
  }
}

}  // namespace

std::unique_ptr<UserCheck> check_password_auth(ngx_http_request_t* r, const std::string& uri,
                                               ngx_http_complex_value_t* subject,
                                               std::string_view username, std::string_view password,
                                               UserCheckDone done) {
  auto check = std::make_unique<PasswordAuth>(r, subject, username, std::move(done));
  const ngx_str_t authorization = check->authorize(r->pool, username, password);
  if (authorization.data == nullptr || !check->begin(uri, {{"Authorization", authorization}})) {
    return nullptr;
  }
  return check;
}

}  // namespace oauth2::nginx
