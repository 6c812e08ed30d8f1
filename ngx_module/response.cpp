#include "response.hpp"

namespace oauth2::nginx {

// Not registered in headers_out: what is, "expires" overwrites.
bool add_header(ngx_http_request_t* r, std::string_view name, std::string_view value) {
  auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
  if (header == nullptr) {
    return false;
  }
  ngx_memzero(header, sizeof(*header));
  header->hash = 1;
  header->key = to_ngx(name);
  header->value = to_ngx(value);
  return true;
}

ngx_int_t send_body(ngx_http_request_t* r, ngx_uint_t status, std::string_view content_type,
                    std::string_view body) {
  auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
  if (buffer == nullptr) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  r->headers_out.status = status;
  r->headers_out.content_length_n = static_cast<off_t>(body.size());
  r->headers_out.content_type = to_ngx(content_type);
  r->headers_out.content_type_len = content_type.size();
  r->headers_out.content_type_lowcase = nullptr;
  ngx_http_clear_accept_ranges(r);

  r->header_only = r->header_only || body.empty() ? 1 : 0;  // nginx sends no empty buffers
  const ngx_int_t sent = ngx_http_send_header(r);
  if (sent == NGX_ERROR || sent > NGX_OK || r->header_only) {
    return sent;
  }
  const ngx_str_t bytes = to_ngx(body);
  buffer->pos = bytes.data;
  buffer->last = bytes.data + bytes.len;
  buffer->memory = 1;
  buffer->last_buf = r == r->main ? 1 : 0;
  buffer->last_in_chain = 1;
  ngx_chain_t out = {buffer, nullptr};
  return ngx_http_output_filter(r, &out);
}

namespace {

bool add_retry_after(ngx_http_request_t* r, unsigned seconds) {
  const ngx_str_t value = copy_to_pool(r->pool, std::to_string(seconds));
  return value.data != nullptr && add_header(r, "Retry-After", view(value));
}

// A page that asks for consent must not be framed, and what it links to learns nothing of it.
bool add_page_headers(ngx_http_request_t* r, std::string_view policy) {
  return add_header(r, "Content-Security-Policy", policy) &&
         add_header(r, "X-Frame-Options", "DENY") &&
         add_header(r, "X-Content-Type-Options", "nosniff");
}

}  // namespace

ngx_int_t send_response(ngx_http_request_t* r, const Response& response) {
  // RFC 6749 section 5.1: "The authorization server MUST include the HTTP "Cache-Control" response
  // header field with a value of "no-store" [...] as well as the "Pragma" response header field
  // with a value of "no-cache"."
  bool added = add_header(r, "Cache-Control", "no-store") && add_header(r, "Pragma", "no-cache");
  if (*response.allow != '\0') {
    added = added && add_header(r, "Allow", response.allow);
  }
  if (response.challenge_basic) {
    added = added && add_header(r, "WWW-Authenticate", "Basic realm=\"oauth2\", charset=\"UTF-8\"");
  }
  if (response.retry_after != 0) {
    added = added && add_retry_after(r, response.retry_after);
  }
  if (!response.location.empty()) {
    added = added && add_header(r, "Location", response.location);
  }
  if (!response.page_policy.empty()) {
    added = added && add_page_headers(r, response.page_policy);
  }
  // The URI of such a request or answer is nobody else's business (RFC 6749 section 10.12).
  if (!response.location.empty() || !response.page_policy.empty()) {
    added = added && add_header(r, "Referrer-Policy", "no-referrer");
  }
  if (!added) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  return send_body(r, static_cast<ngx_uint_t>(response.status), response.content_type,
                   response.body);
}

}  // namespace oauth2::nginx
