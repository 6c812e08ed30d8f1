#include "auth_subrequest.hpp"

#include <algorithm>
#include <exception>
#include <iterator>

#include "endpoint_location.hpp"

namespace oauth2::nginx {
namespace {

// Of the client's own request: its body, its credentials, and conditions on what it wants to see.
constexpr std::string_view dropped_headers[] = {
    "authorization", "proxy-authorization", "cookie", "transfer-encoding", "expect", "range",
};
constexpr std::string_view dropped_prefixes[] = {"content-", "if-", "x-http-method"};

// What the module itself tells an upstream.
constexpr std::string_view own_prefix = "x-oauth2-";

// FastCGI and its like make no difference between "-" and "_", which underscores_in_headers lets
// in.
bool begins_with(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), name.begin(), [](char wanted, char given) {
           return wanted == (given == '_' ? '-' : static_cast<char>(ngx_tolower(given)));
         });
}

bool is_dropped(std::string_view name) {
  const auto is_name = [&](std::string_view dropped) {
    return name.size() == dropped.size() && begins_with(name, dropped);
  };
  const auto is_prefix = [&](std::string_view prefix) { return begins_with(name, prefix); };
  return begins_with(name, own_prefix) ||
         std::any_of(std::begin(dropped_headers), std::end(dropped_headers), is_name) ||
         std::any_of(std::begin(dropped_prefixes), std::end(dropped_prefixes), is_prefix);
}

bool copy_headers(ngx_http_request_t* sr) {
  const ngx_list_part_t* part = &sr->main->headers_in.headers.part;
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

void forget_special_headers(ngx_http_headers_in_t& headers) {
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
  headers.authorization = nullptr;
#if (nginx_version >= 1023000)
  headers.cookie = nullptr;
#else
  ngx_memzero(&headers.cookies, sizeof(headers.cookies));
#endif
  headers.chunked = 0;
  ngx_str_null(&headers.user);
  ngx_str_null(&headers.passwd);
}

bool add_header(ngx_http_request_t* sr, const AuthSubrequest::Header& added) {
  auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&sr->headers_in.headers));
  auto* lowercase = static_cast<u_char*>(ngx_pnalloc(sr->pool, added.name.size()));
  if (header == nullptr || lowercase == nullptr) {
    return false;
  }
  ngx_memzero(header, sizeof(*header));
  header->key = to_ngx(added.name);
  header->hash = ngx_hash_strlow(lowercase, header->key.data, header->key.len);
  header->lowcase_key = lowercase;
  header->value = added.value;
  if (added.name == "Authorization") {
    sr->headers_in.authorization = header;
  }
  return true;
}

// A subrequest shares its parent's variables, headers and body. Of the client, none of these may
// reach the upstream, and nothing of the upstream's user may reach the main request's limits.
bool isolate(ngx_http_request_t* sr, const std::vector<AuthSubrequest::Header>& added) {
  auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_get_module_main_conf(sr, ngx_http_core_module));
  sr->variables = static_cast<ngx_http_variable_value_t*>(
      ngx_pcalloc(sr->pool, core->variables.nelts * sizeof(ngx_http_variable_value_t)));
  sr->request_body =
      static_cast<ngx_http_request_body_t*>(ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t)));
  if (sr->variables == nullptr || sr->request_body == nullptr || !copy_headers(sr)) {
    return false;
  }
  sr->header_only = 1;
  forget_special_headers(sr->headers_in);
  return std::all_of(added.begin(), added.end(),
                     [&](const AuthSubrequest::Header& header) { return add_header(sr, header); });
}

bool is_cached(const ngx_http_request_t* sr) {
#if (NGX_HTTP_CACHE)
  return sr->cached != 0;
#else
  return false;
#endif
}

}  // namespace

bool AuthSubrequest::begin(const std::string& uri, const std::vector<Header>& headers) {
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
  if (!isolate(sr, headers)) {
    // The subrequest is in nginx's queue already; it must not go out with the client's own headers.
    sr->write_event_handler = [](ngx_http_request_t* failed) {
      ngx_http_finalize_request(failed, NGX_HTTP_INTERNAL_SERVER_ERROR);
    };
  }
  return true;
}

// The verdict is the first finalization of the subrequest: a later one may come from error_page.
ngx_int_t AuthSubrequest::on_finalized(ngx_http_request_t* sr, void*, ngx_int_t rc) {
  auto* check = static_cast<AuthSubrequest*>(user_check_of(sr->main));
  const bool broke_off = rc == NGX_ERROR || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST;
  if (check == nullptr || std::exchange(check->finalized_, true) || broke_off) {
    return rc;
  }
  Answer answer;
  answer.status = rc >= NGX_HTTP_OK ? rc : static_cast<ngx_int_t>(sr->headers_out.status);
  answer.upstream_status = sr->upstream != nullptr ? sr->upstream->headers_in.status_n : 0;
  answer.cached = is_cached(sr);
  try {
    check->judge(sr, answer);
  } catch (const std::exception& e) {
    ngx_log_t log = discreet(sr->connection->log);
    ngx_log_error(NGX_LOG_ALERT, &log, 0, "oauth2: %s", e.what());
  }
  return rc;
}

void AuthSubrequest::on_resumed(ngx_http_request_t* r) {
  auto* check = static_cast<AuthSubrequest*>(user_check_of(r));
  if (check == nullptr || !check->finalized_) {
    return;
  }
  r->write_event_handler = ngx_http_request_empty_handler;
  check->resume();
}

}  // namespace oauth2::nginx
