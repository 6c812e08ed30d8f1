#include "active_check.hpp"

#include "worker_store.hpp"

namespace oauth2::nginx {

bool ActiveCheck::ask(const LocationConf& location) {
  store_ = &worker_store(*location.store);
  store_->read(token_.claims().family, environment().monotonic_ms() + store_->request_budget_ms(),
               shared_from_this());
  waiting_ = !decision_.has_value();
  return !waiting_ || watch_client();
}

void ActiveCheck::store_answered(const StoreAnswer& answer) {
  if (request_ == nullptr) {
    return;
  }
  decision_ = token_.judge(answer, store_->breaker(), environment().monotonic_ms());
  if (waiting_) {
    resume();
  }
}

// The body of the request is not read yet: what comes is its beginning, or the client's end.
bool ActiveCheck::watch_client() {
  if (request_->main->reading_body || request_->main->discard_body) {
    return true;
  }
  read_handler_ = std::exchange(request_->read_event_handler, ngx_http_test_reading);
  return ngx_handle_read_event(request_->connection->read, 0) == NGX_OK;
}

void ActiveCheck::resume() {
  ngx_http_request_t* r = request_;
  ngx_connection_t* connection = r->connection;
  ngx_http_set_log_request(connection->log, r);
  if (read_handler_ != nullptr) {
    r->read_event_handler = read_handler_;
  }
  ngx_http_core_run_phases(r);
  ngx_http_run_posted_requests(connection);
}

}  // namespace oauth2::nginx
