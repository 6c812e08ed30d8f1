#include "endpoint_location.hpp"

#include <exception>

#include "conf.hpp"
#include "crypto.h"
#include "exchange_log.hpp"
#include "refresh_auth.hpp"
#include "response.hpp"
#include "shared_zone.hpp"
#include "user_check.hpp"
#include "worker_store.hpp"

namespace oauth2::nginx {
namespace {

/// What the module keeps of one main request, in its pool.
class RequestContext final : public ExchangeHost {
 public:
  explicit RequestContext(ngx_http_request_t* r) : request_(r) {
    send_event_.data = this;
    send_event_.handler = on_send;
    send_event_.log = r->connection->log;
  }
  ~RequestContext() override {
    detach();
    cleanse(body.bytes);
  }

  void make_exchange();
  void start();

  /// The request ends: nothing calls it any more.
  void detach();

  void respond(EndpointExchange& finished) override;
  std::string authenticated_subject() override;
  void check_user(std::string_view username, std::string_view password) override;
  void check_refresh(std::string_view subject, std::string_view client,
                     std::string_view scope) override;

  RequestBody body;
  std::shared_ptr<EndpointExchange> exchange;
  std::unique_ptr<UserCheck> user_check;
  bool responded = false;

 private:
  void send();
  static void on_send(ngx_event_t* event);

  ngx_http_request_t* request_;
  ngx_event_t send_event_{};
  LocationConf* location_ = nullptr;  // that the exchange was made in
  bool in_content_phase_ = false;     // nginx runs the posted requests itself
};

void destroy_context(void* data) {
  static_cast<RequestContext*>(data)->~RequestContext();
}

// An internal redirect clears a request's contexts, but not its pool.
RequestContext* find_context(ngx_http_request_t* r) {
  auto* context =
      static_cast<RequestContext*>(ngx_http_get_module_ctx(r->main, ngx_http_oauth2_module));
  for (ngx_pool_cleanup_t* cleanup = r->main->pool->cleanup;
       context == nullptr && cleanup != nullptr; cleanup = cleanup->next) {
    if (cleanup->handler == destroy_context) {
      context = static_cast<RequestContext*>(cleanup->data);
      ngx_http_set_ctx(r->main, context, ngx_http_oauth2_module);
    }
  }
  return context;
}

RequestContext* create_context(ngx_http_request_t* r) {
  ngx_pool_cleanup_t* memory = ngx_pool_cleanup_add(r->pool, sizeof(RequestContext));
  ngx_http_cleanup_t* end = ngx_http_cleanup_add(r, 0);
  if (memory == nullptr || end == nullptr) {
    return nullptr;
  }
  auto* context = new (memory->data) RequestContext(r);
  memory->handler = destroy_context;
  end->handler = [](void* data) { static_cast<RequestContext*>(data)->detach(); };
  end->data = context;
  ngx_http_set_ctx(r, context, ngx_http_oauth2_module);
  return context;
}

std::string_view header_value(const ngx_table_elt_t* header) {
  return header != nullptr ? view(header->value) : std::string_view();
}

// Of a header that nginx has no field for; `name` is in lower case.
std::string find_header(ngx_http_request_t* r, std::string_view name) {
  for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr; part = part->next) {
    auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      const ngx_table_elt_t& header = headers[i];
      const std::string_view lowcase(reinterpret_cast<const char*>(header.lowcase_key),
                                     header.key.len);
      if (lowcase == name) {
        return to_string(header.value);
      }
    }
  }
  return {};
}

void RequestContext::make_exchange() {
  location_ = &location_conf(request_);
  Request request;
  request.method = view(request_->method_name);
  request.content_type = header_value(request_->headers_in.content_type);
  request.authorization = header_value(request_->headers_in.authorization);
  if (location_->endpoint.endpoint == Endpoint::sessions) {
    request.requested_with = find_header(request_, "x-requested-with");
  }
  request.query = view(request_->args);
  request.body = std::move(body.bytes);
  request.body_too_large = body.too_large;
  request.peer = view(request_->connection->addr_text);
  request.received_ms = ngx_current_msec;
  exchange = oauth2::make_exchange(location_->endpoint, worker_store(*location_->store),
                                   environment(), std::move(request));
}

void RequestContext::start() {
  in_content_phase_ = true;
  exchange->start(*this);
  in_content_phase_ = false;
}

void RequestContext::detach() {
  if (send_event_.posted) {
    ngx_delete_posted_event(&send_event_);
  }
  user_check.reset();
  if (exchange != nullptr) {
    exchange->detach();
  }
}

void RequestContext::respond(EndpointExchange& finished) {
  responded = true;
  if (!in_content_phase_) {
    ngx_post_event(&send_event_, &ngx_posted_events);
  }
  ngx_http_set_log_request(request_->connection->log, request_);
  count_exchange(main_conf(request_), finished);
  log_exchange(request_->connection->log, finished);
  if (in_content_phase_) {
    send();
  } else if (ngx_terminate || ngx_quit || ngx_exiting) {
    ngx_delete_posted_event(&send_event_);  // perhaps nobody looks for it any more
    on_send(&send_event_);
  }
}

void RequestContext::send() {
  ngx_int_t sent = NGX_HTTP_INTERNAL_SERVER_ERROR;
  try {
    sent = send_response(request_, exchange->response());
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_ALERT, request_->connection->log, 0, "oauth2: %s", e.what());
  }
  ngx_http_finalize_request(request_, sent);
}

// The store answers many requests at once. Their responses leave one right after the other, so that
// who waits for them is woken once.
void RequestContext::on_send(ngx_event_t* event) {
  auto* context = static_cast<RequestContext*>(event->data);
  ngx_connection_t* connection = context->request_->connection;
  ngx_http_set_log_request(connection->log, context->request_);
  context->send();
  ngx_http_run_posted_requests(connection);
}

std::string RequestContext::authenticated_subject() {
  ngx_http_complex_value_t* subject = location_->subject.value_or(nullptr);
  ngx_str_t value = ngx_null_string;
  if (subject == nullptr || ngx_http_complex_value(request_, subject, &value) != NGX_OK) {
    return {};
  }
  return to_string(value);
}

void RequestContext::check_user(std::string_view username, std::string_view password) {
  const PasswordCheck& check = *location_->password_check;
  ngx_http_complex_value_t* subject = location_->subject.value_or(nullptr);
  const auto done = [exchange = exchange](const UserVerdict& verdict) {
    exchange->user_checked(verdict);  // which may end the request, and this context with it
  };
  if (check.kind == PasswordCheck::Kind::file) {
    user_check = check_password_file(request_, main_conf(request_).thread_pool, check.target,
                                     subject, username, password, done);
  } else {
    user_check = check_password_auth(request_, check.target, subject, username, password, done);
  }
  if (user_check == nullptr) {
    exchange->user_checked(UserVerdict());
  }
}

// The store has answered, so nobody runs the posted requests but this.
void RequestContext::check_refresh(std::string_view subject, std::string_view client,
                                   std::string_view scope) {
  ngx_connection_t* connection = request_->connection;
  ngx_http_set_log_request(connection->log, request_);
  user_check = check_refresh_auth(
      request_, *location_->refresh_auth, {subject, client, scope},
      [exchange = exchange](RefreshVerdict verdict) { exchange->refresh_checked(verdict); });
  if (user_check != nullptr) {
    ngx_http_run_posted_requests(connection);
  } else {
    exchange->refresh_checked(RefreshVerdict::unavailable);
  }
}

bool begins_body(const ngx_http_request_t* r) {
  return r->method == NGX_HTTP_POST;
}

}  // namespace

ngx_int_t prepare_endpoint_request(ngx_http_request_t* r) {
  if (r != r->main || !location_conf(r).serves.has_value()) {
    return NGX_DECLINED;
  }
  try {
    RequestContext* context = find_context(r);
    if (context == nullptr) {
      context = create_context(r);
    }
    if (context == nullptr) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (context->exchange != nullptr) {
      return NGX_DECLINED;
    }
    if (begins_body(r) && !context->body.complete) {
      const ngx_int_t result = read_request_body(r, context->body);
      if (result != NGX_DECLINED) {
        return result;
      }
    }
    context->make_exchange();
    return NGX_DECLINED;
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0, "oauth2: %s", e.what());
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
}

ngx_int_t handle_endpoint_request(ngx_http_request_t* r) {
  RequestContext* context = r == r->main ? find_context(r) : nullptr;
  if (context == nullptr || context->exchange == nullptr || context->responded) {
    ngx_log_t log = discreet(r->connection->log);
    ngx_log_error(NGX_LOG_ERR, &log, 0, "oauth2: an endpoint is not for subrequests");
    return NGX_HTTP_FORBIDDEN;
  }
  const ngx_int_t discarded = ngx_http_discard_request_body(r);
  if (discarded != NGX_OK) {
    return discarded;
  }
  if (context->body.too_large) {
    r->keepalive = 0;
  }
  if (!r->reading_body && !r->discard_body) {
    r->read_event_handler = ngx_http_test_reading;
  }
  ++r->main->count;
  try {
    context->start();
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0, "oauth2: %s", e.what());
    ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
  }
  return NGX_DONE;
}

EndpointExchange* exchange_of(ngx_http_request_t* r) {
  RequestContext* context = find_context(r);
  return context != nullptr ? context->exchange.get() : nullptr;
}

bool has_responded(ngx_http_request_t* r) {
  RequestContext* context = find_context(r);
  return context != nullptr && context->responded;
}

RequestBody* request_body_of(ngx_http_request_t* r) {
  RequestContext* context = find_context(r);
  return context != nullptr ? &context->body : nullptr;
}

UserCheck* user_check_of(ngx_http_request_t* r) {
  RequestContext* context = find_context(r);
  return context != nullptr ? context->user_check.get() : nullptr;
}

}  // namespace oauth2::nginx
