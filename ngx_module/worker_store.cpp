#include "worker_store.hpp"

#include "crypto.h"
#include "socket_transport.hpp"

namespace oauth2::nginx {
namespace {

constexpr ngx_msec_t line_interval_ms = 1000;

ngx_uint_t log_level(redis::Severity severity) {
  switch (severity) {
    case redis::Severity::alert:
      return NGX_LOG_ALERT;
    case redis::Severity::error:
      return NGX_LOG_ERR;
    case redis::Severity::warn:
      return NGX_LOG_WARN;
    case redis::Severity::notice:
      break;
  }
  return NGX_LOG_NOTICE;
}

uint64_t random_seed() {
  uint64_t seed = 0;
  random_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof(seed));
  return seed;
}

class NginxEnvironment final : public Environment {
 public:
  uint32_t unix_time() override { return static_cast<uint32_t>(ngx_time()); }
  uint64_t monotonic_ms() override { return ngx_current_msec; }
  void random(unsigned char* out, size_t size) override { random_bytes(out, size); }
};

}  // namespace

void NginxStoreLog::log(redis::Severity severity, const std::string& text) {
  if (text == last_text_ && ngx_current_msec < next_line_) {
    return;
  }
  last_text_ = text;
  next_line_ = ngx_current_msec + line_interval_ms;
  ngx_log_error(log_level(severity), ngx_cycle->log, 0, "oauth2: redis \"%s\" %s", name_.c_str(),
                text.c_str());
}

std::unique_ptr<redis::Transport> NginxStoreHost::make_transport(redis::TransportUser& user) {
  return std::make_unique<SocketTransport>(user, conf_.resolver, conf_.ssl);
}

std::unique_ptr<redis::StoreLog> NginxStoreHost::make_log(const std::string& name) {
  return std::make_unique<NginxStoreLog>(name);
}

WorkerStore::WorkerStore(const StoreConf& conf)
    : host_(conf), store_(conf.options, host_, *conf.state, random_seed()) {
  store_.start();
}

TokenStore& worker_store(StoreConf& conf) {
  if (conf.worker == nullptr) {
    conf.worker = std::make_unique<WorkerStore>(conf);
  }
  return conf.worker->store();
}

void stop_worker_store(StoreConf& conf) {
  if (conf.worker != nullptr) {
    conf.worker->store().stop();
    conf.worker.reset();
  }
}

Environment& environment() {
  static NginxEnvironment instance;
  return instance;
}

}  // namespace oauth2::nginx
