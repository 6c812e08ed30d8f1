#include "refresh_auth.hpp"

#include <strings.h>

#include "auth_subrequest.hpp"
#include "form.h"

namespace oauth2::nginx {
namespace {

constexpr std::string_view revoke_header = "X-OAuth2-Revoke";
constexpr std::string_view revoke_family = "family";

class RefreshAuth final : public AuthSubrequest {
 public:
  RefreshAuth(ngx_http_request_t* r, RefreshCheckDone done)
      : AuthSubrequest(r), done_(std::move(done)) {}

 protected:
  void judge(ngx_http_request_t* sr, const Answer& answer) override;
  void resume() override;

 private:
  RefreshCheckDone done_;
  RefreshVerdict verdict_ = RefreshVerdict::unavailable;
};

// As the upstream sent it: what nginx adds to or hides from answers says nothing about a family.
bool ends_family(const ngx_http_request_t* sr) {
  const ngx_list_part_t* part = &sr->upstream->headers_in.headers.part;
  for (; part != nullptr; part = part->next) {
    const auto* headers = static_cast<const ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      const std::string_view name = view(headers[i].key);
      if (name.size() == revoke_header.size() &&
          strncasecmp(name.data(), revoke_header.data(), name.size()) == 0 &&
          view(headers[i].value) == revoke_family) {
        return true;
      }
    }
  }
  return false;
}

void RefreshAuth::judge(ngx_http_request_t* sr, const Answer& answer) {
  ngx_log_t log = discreet(sr->connection->log);
  if (answer.cached) {
    ngx_log_error(NGX_LOG_ALERT, &log, 0,
                  "oauth2: the location of \"oauth2_refresh_auth\" answered from a cache, not by a "
                  "check of this refresh, so it is not granted");
    return;
  }
  const bool refused = answer.status == NGX_HTTP_FORBIDDEN;
  if (!refused && !is_success(answer.status)) {
    ngx_log_error(NGX_LOG_ERR, &log, 0, "oauth2: refresh check: unexpected status %i",
                  answer.status);
    return;
  }
  if (refused ? answer.upstream_status != NGX_HTTP_FORBIDDEN
              : !is_success(answer.upstream_status)) {
    ngx_log_error(NGX_LOG_ALERT, &log, 0,
                  "oauth2: the location of \"oauth2_refresh_auth\" said %i without an upstream, "
                  "which tells nothing about this refresh, so it is not granted",
                  answer.status);
    return;
  }
  verdict_ = !refused          ? RefreshVerdict::accepted
             : ends_family(sr) ? RefreshVerdict::family_refused
                               : RefreshVerdict::refused;
}

void RefreshAuth::resume() {
  const RefreshCheckDone done = std::move(done_);
  done(verdict_);
}

}  // namespace

std::unique_ptr<UserCheck> check_refresh_auth(ngx_http_request_t* r, const std::string& uri,
                                              const RefreshClaim& claim, RefreshCheckDone done) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"X-OAuth2-Subject", claim.subject},
      {"X-OAuth2-Client", claim.client},
      {"X-OAuth2-Scope", claim.scope},
  };
  std::vector<AuthSubrequest::Header> headers;
  for (const auto& [name, text] : fields) {
    const ngx_str_t value = copy_to_pool(r->pool, text);
    if (value.data == nullptr || has_control_character(text)) {
      return nullptr;
    }
    headers.push_back({name, value});
  }
  auto check = std::make_unique<RefreshAuth>(r, std::move(done));
  if (!check->begin(uri, headers)) {
    return nullptr;
  }
  return check;
}

}  // namespace oauth2::nginx
