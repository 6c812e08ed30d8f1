#include "active_check.hpp"

#include "worker_store.hpp"

namespace oauth2::nginx {
namespace {

// The body of a main request is not read yet: what comes is its beginning, or the client's end.
bool watch_client(ngx_http_request_t* r) {
  if (r != r->main || r->reading_body || r->discard_body) {
    return true;
  }
  r->read_event_handler = ngx_http_test_reading;
  return ngx_handle_read_event(r->connection->read, 0) == NGX_OK;
}

}  // namespace

std::shared_ptr<ActiveCheck> ActiveCheck::begin(ngx_http_request_t* request,
                                                const BearerToken& token,
                                                const LocationConf& location) {
  auto check = std::make_shared<ActiveCheck>(request, token);
  TokenStore& store = worker_store(*location.store);
  store.read(token.claims().family, environment().monotonic_ms() + store.request_budget_ms(),
             check);
  check->waiting_ = !check->decision_.has_value();
  if (check->waiting_ && !watch_client(request)) {
    check->detach();
    return nullptr;
  }
  return check;
}

void ActiveCheck::store_answered(const StoreAnswer& answer) {
  if (request_ == nullptr) {
    return;
  }
  decision_ = token_.judge(answer);
  if (waiting_) {
    resume();
  }
}

void ActiveCheck::resume() {
  ngx_http_request_t* r = request_;
  ngx_connection_t* connection = r->connection;
  ngx_http_set_log_request(connection->log, r);
  if (r->read_event_handler == ngx_http_test_reading) {
    r->read_event_handler = ngx_http_block_reading;
  }
  ngx_http_core_run_phases(r);
  ngx_http_run_posted_requests(connection);
}

}  // namespace oauth2::nginx
