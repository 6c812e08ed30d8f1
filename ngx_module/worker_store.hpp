#ifndef OAUTH2_NGX_MODULE_WORKER_STORE_HPP
#define OAUTH2_NGX_MODULE_WORKER_STORE_HPP

#include <string>

#include "oauth2/environment.h"
#include "redis/redis_store.h"
#include "store_conf.hpp"

namespace oauth2::nginx {

/// Writes what a connection reports to nginx's error log, the same line at most once a second.
class NginxStoreLog final : public redis::StoreLog {
 public:
  explicit NginxStoreLog(std::string name) : name_(std::move(name)) {}
  void log(redis::Severity severity, const std::string& text) override;

 private:
  std::string name_;
  std::string last_text_;
  ngx_msec_t next_line_ = 0;
};

/// nginx's event loop, for one store.
class NginxStoreHost final : public redis::StoreHost {
 public:
  /// `conf` outlives it.
  explicit NginxStoreHost(const StoreConf& conf) : conf_(conf) {}

  std::unique_ptr<redis::Transport> make_transport(redis::TransportUser& user) override;
  std::unique_ptr<redis::StoreLog> make_log(const std::string& name) override;
  uint64_t now_ms() const override { return ngx_current_msec; }

 private:
  const StoreConf& conf_;
};

/// One worker's connections to one store.
class WorkerStore {
 public:
  explicit WorkerStore(const StoreConf& conf);

  redis::RedisStore& store() { return store_; }

 private:
  NginxStoreHost host_;
  redis::RedisStore store_;
};

/// The store of `conf` in this process, connected when it is first asked for.
TokenStore& worker_store(StoreConf& conf);

/// Disconnects it; all its operations are answered.
void stop_worker_store(StoreConf& conf);

/// nginx's cached clocks and OpenSSL's generator.
Environment& environment();

}  // namespace oauth2::nginx

#endif
