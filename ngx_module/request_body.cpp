#include "request_body.hpp"

#include <exception>

#include "crypto.h"
#include "endpoint_location.hpp"
#include "oauth2/endpoint.h"

namespace oauth2::nginx {
namespace {

// nginx calls this before it has the whole body; the reading goes on below.
void body_begun(ngx_http_request_t*) {}

void take_buffers(ngx_http_request_t* r, RequestBody& body) {
  for (ngx_chain_t* link = r->request_body->bufs; link != nullptr; link = link->next) {
    ngx_buf_t* buffer = link->buf;
    if (buffer->in_file) {
      body.too_large = true;
      continue;
    }
    const auto size = static_cast<size_t>(buffer->last - buffer->pos);
    if (body.bytes.size() + size > max_body_size) {
      body.too_large = true;
    } else {
      body.bytes.append(reinterpret_cast<const char*>(buffer->pos), size);
    }
    cleanse(buffer->pos, size);
    buffer->pos = buffer->last;
  }
  r->request_body->bufs = nullptr;
}

// NGX_AGAIN: there is more to come.
ngx_int_t take_what_is_there(ngx_http_request_t* r, RequestBody& body) {
  take_buffers(r, body);
  while (r->reading_body && !body.too_large) {
    const ngx_int_t result = ngx_http_read_unbuffered_request_body(r);
    if (result >= NGX_HTTP_SPECIAL_RESPONSE) {
      return result;
    }
    const bool more_at_once = r->request_body->bufs != nullptr;
    take_buffers(r, body);
    if (result == NGX_AGAIN && !more_at_once) {
      return NGX_AGAIN;
    }
  }
  body.complete = true;
  return NGX_OK;
}

void body_readable(ngx_http_request_t* r) {
  RequestBody* body = request_body_of(r);
  ngx_int_t result = NGX_HTTP_INTERNAL_SERVER_ERROR;
  try {
    result = take_what_is_there(r, *body);
  } catch (const std::exception&) {
    ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0, "oauth2: no memory for a request body");
  }
  if (result == NGX_AGAIN) {
    return;
  }
  r->read_event_handler = ngx_http_block_reading;
  if (result != NGX_OK) {
    ngx_http_finalize_request(r, result);
    return;
  }
  r->write_event_handler = ngx_http_core_run_phases;
  ngx_http_core_run_phases(r);
}

}  // namespace

ngx_int_t read_request_body(ngx_http_request_t* r, RequestBody& body) {
  if (r->headers_in.content_length_n > static_cast<off_t>(max_body_size)) {
    body.too_large = true;
    body.complete = true;
    return NGX_DECLINED;
  }
  // Once: what a growing string leaves behind, nobody overwrites.
  body.bytes.reserve(r->headers_in.content_length_n > 0
                         ? static_cast<size_t>(r->headers_in.content_length_n)
                         : max_body_size);
  r->request_body_no_buffering = 1;
  const ngx_int_t begun = ngx_http_read_client_request_body(r, body_begun);
  if (begun >= NGX_HTTP_SPECIAL_RESPONSE) {
    return begun;
  }
  ngx_int_t result = NGX_OK;
  if (r->request_body == nullptr) {
    body.complete = true;
  } else {
    result = take_what_is_there(r, body);
  }
  if (result >= NGX_HTTP_SPECIAL_RESPONSE) {
    --r->main->count;
    return result;
  }
  if (result == NGX_OK) {
    --r->main->count;  // of the reading, which is over before anybody waited for it
    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;
    return NGX_DECLINED;
  }
  r->read_event_handler = body_readable;
  r->write_event_handler = ngx_http_request_empty_handler;
  ngx_http_finalize_request(r, NGX_DONE);
  return NGX_DONE;
}

}  // namespace oauth2::nginx
