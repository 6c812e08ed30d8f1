#include <strings.h>

#include <algorithm>
#include <exception>
#include <iterator>

#include "crypto.h"
#include "endpoint_location.hpp"
#include "user_check.hpp"

namespace oauth2::nginx {
namespace {

// Of the client's own request: its body, its credentials, and conditions on what it wants to see.
constexpr std::string_view dropped_headers[] = {
    "authorization", "proxy-authorization", "cookie", "transfer-encoding", "expect", "range",
};
constexpr std::string_view dropped_prefixes[] = {"content-", "if-", "x-http-method"};

/// The verdict is the first finalization of the subrequest: a later one may come from error_page.
class PasswordAuth final : public UserCheck {
 public:
  PasswordAuth(ngx_http_request_t* r, ngx_http_complex_value_t* subject, std::string_view username,
               UserCheckDone done)
      : request_(r), subject_(subject), done_(std::move(done)) {
    verdict_.subject = username;
  }
  ~PasswordAuth() override { forget_credentials(); }

  bool begin(const std::string& uri, std::string_view username, std::string_view password);

 private:
  static ngx_int_t on_finalized(ngx_http_request_t* sr, void* data, ngx_int_t rc);
  static void on_resumed(ngx_http_request_t* r);

  bool isolate(ngx_http_request_t* sr, std::string_view username, std::string_view password);
  bool copy_headers(ngx_http_request_t* sr);
  bool add_authorization(ngx_http_request_t* sr, std::string_view username,
                         std::string_view password);
  void judge(ngx_http_request_t* sr, ngx_int_t rc);
  void forget_credentials() const;

  ngx_http_request_t* request_;
  ngx_http_complex_value_t* subject_;
  UserCheckDone done_;
  UserVerdict verdict_;
  bool judged_ = false;
  ngx_str_t authorization_ = ngx_null_string;
};

bool begins_with(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() &&
         strncasecmp(name.data(), prefix.data(), prefix.size()) == 0;
}

bool is_dropped(std::string_view name) {
  const auto is_name = [&](std::string_view dropped) {
    return name.size() == dropped.size() && begins_with(name, dropped);
  };
  const auto is_prefix = [&](std::string_view prefix) { return begins_with(name, prefix); };
  return std::any_of(std::begin(dropped_headers), std::end(dropped_headers), is_name) ||
         std::any_of(std::begin(dropped_prefixes), std::end(dropped_prefixes), is_prefix);
}

bool PasswordAuth::begin(const std::string& uri, std::string_view username,
                         std::string_view password) {
  auto* handler = static_cast<ngx_http_post_subrequest_t*>(
      ngx_palloc(request_->pool, sizeof(ngx_http_post_subrequest_t)));
  ngx_str_t target = copy_to_pool(request_->pool, uri);
  if (handler == nullptr || target.data == nullptr) {
    return false;
  }
  handler->handler = on_finalized;
  handler->data = nullptr;
  ngx_http_request_t* sr = nullptr;
  if (ngx_http_subrequest(request_, &target, nullptr, &sr, handler, NGX_HTTP_SUBREQUEST_WAITED) !=
      NGX_OK) {
    return false;
  }
  request_->write_event_handler = on_resumed;
  if (!isolate(sr, username, password)) {
    // The subrequest is in nginx's queue already; it must not go out with the client's own headers.
    sr->write_event_handler = [](ngx_http_request_t* failed) {
      ngx_http_finalize_request(failed, NGX_HTTP_INTERNAL_SERVER_ERROR);
    };
  }
  return true;
}

// A subrequest shares its parent's variables, headers and body. Of the client, none of these may
// reach the upstream, and nothing of the upstream's user may reach the main request's limits.
bool PasswordAuth::isolate(ngx_http_request_t* sr, std::string_view username,
                           std::string_view password) {
  auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_get_module_main_conf(sr, ngx_http_core_module));
  sr->variables = static_cast<ngx_http_variable_value_t*>(
      ngx_pcalloc(sr->pool, core->variables.nelts * sizeof(ngx_http_variable_value_t)));
  sr->request_body =
      static_cast<ngx_http_request_body_t*>(ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t)));
  if (sr->variables == nullptr || sr->request_body == nullptr || !copy_headers(sr) ||
      !add_authorization(sr, username, password)) {
    return false;
  }
  sr->header_only = 1;
  ngx_http_headers_in_t& headers = sr->headers_in;
  headers.content_length = nullptr;
  headers.content_length_n = -1;
  headers.content_type = nullptr;
  headers.transfer_encoding = nullptr;
  headers.expect = nullptr;
  headers.range = nullptr;
  headers.if_range = nullptr;
  headers.if_match = nullptr;
  headers.if_none_match = nullptr;
  headers.if_modified_since = nullptr;
  headers.if_unmodified_since = nullptr;
#if (nginx_version >= 1023000)
  headers.cookie = nullptr;
#else
  ngx_memzero(&headers.cookies, sizeof(headers.cookies));
#endif
  headers.chunked = 0;
  ngx_str_null(&headers.user);
  ngx_str_null(&headers.passwd);
  return true;
}

bool PasswordAuth::copy_headers(ngx_http_request_t* sr) {
  const ngx_list_part_t* part = &request_->headers_in.headers.part;
  if (ngx_list_init(&sr->headers_in.headers, sr->pool, 20, sizeof(ngx_table_elt_t)) != NGX_OK) {
    return false;
  }
  for (; part != nullptr; part = part->next) {
    const auto* headers = static_cast<const ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      if (is_dropped(view(headers[i].key))) {
        continue;
      }
      auto* copy = static_cast<ngx_table_elt_t*>(ngx_list_push(&sr->headers_in.headers));
      if (copy == nullptr) {
        return false;
      }
      *copy = headers[i];
#if (nginx_version >= 1023000)
      copy->next = nullptr;  // to a header of the same name, in the client's own list
#endif
    }
  }
  return true;
}

bool PasswordAuth::add_authorization(ngx_http_request_t* sr, std::string_view username,
                                     std::string_view password) {
  std::string pair(username);
  pair.append(":").append(password);
  ngx_str_t source = to_ngx(pair);
  const std::string_view scheme = "Basic ";
  const size_t size = scheme.size() + ngx_base64_encoded_length(pair.size());
  authorization_.data = static_cast<u_char*>(ngx_pnalloc(sr->pool, size));
  auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&sr->headers_in.headers));
  if (authorization_.data == nullptr || header == nullptr) {
    cleanse(pair);
    return false;
  }
  ngx_str_t encoded = {0, ngx_cpymem(authorization_.data, scheme.data(), scheme.size())};
  ngx_encode_base64(&encoded, &source);
  authorization_.len = scheme.size() + encoded.len;
  cleanse(pair);

  ngx_memzero(header, sizeof(*header));
  static u_char name[] = "authorization";
  header->hash = ngx_hash_key(name, sizeof(name) - 1);
  ngx_str_set(&header->key, "Authorization");
  header->lowcase_key = name;
  header->value = authorization_;
  sr->headers_in.authorization = header;
  return true;
}

// What a cache says was said of another user, perhaps.
bool is_cached(const ngx_http_request_t* sr) {
#if (NGX_HTTP_CACHE)
  return sr->cached != 0;
#else
  return false;
#endif
}

void PasswordAuth::judge(ngx_http_request_t* sr, ngx_int_t rc) {
  ngx_log_t log = discreet(sr->connection->log);
  const ngx_int_t status = rc >= NGX_HTTP_OK ? rc : static_cast<ngx_int_t>(sr->headers_out.status);
  if (rc == NGX_ERROR) {
    return;
  }
  if (is_cached(sr)) {
    ngx_log_error(
        NGX_LOG_ALERT, &log, 0,
        "oauth2: the location of \"oauth2_password_auth\" answered from a cache, not by a "
        "check of this user, so nobody is let in");
    return;
  }
  if (status == NGX_HTTP_UNAUTHORIZED || status == NGX_HTTP_FORBIDDEN) {
    verdict_.kind = UserVerdict::Kind::refused;
    return;
  }
  if (status < NGX_HTTP_OK || status >= NGX_HTTP_SPECIAL_RESPONSE) {
    ngx_log_error(NGX_LOG_ERR, &log, 0, "oauth2: password check: unexpected status %i", status);
    return;
  }
  const ngx_uint_t answered = sr->upstream != nullptr ? sr->upstream->headers_in.status_n : 0;
  if (answered < NGX_HTTP_OK || answered >= NGX_HTTP_SPECIAL_RESPONSE) {
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

ngx_int_t PasswordAuth::on_finalized(ngx_http_request_t* sr, void*, ngx_int_t rc) {
  auto* check = static_cast<PasswordAuth*>(user_check_of(sr->main));
  if (check != nullptr && !std::exchange(check->judged_, true)) {
    try {
      check->judge(sr, rc);
    } catch (const std::exception&) {
      check->verdict_.kind = UserVerdict::Kind::unavailable;
    }
  }
  return rc;
}

void PasswordAuth::on_resumed(ngx_http_request_t* r) {
  auto* check = static_cast<PasswordAuth*>(user_check_of(r));
  if (check == nullptr || !check->judged_) {
    return;
  }
  r->write_event_handler = ngx_http_request_empty_handler;
  check->forget_credentials();
  const UserCheckDone done = std::move(check->done_);
  done(check->verdict_);
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
  if (!check->begin(uri, username, password)) {
    return nullptr;
  }
  return check;
}

}  // namespace oauth2::nginx
