#ifndef OAUTH2_NGX_MODULE_WORKER_STORE_HPP
#define OAUTH2_NGX_MODULE_WORKER_STORE_HPP

#include <string>

#include "oauth2/environment.h"
#include "redis/redis_store.h"
#include "socket_transport.hpp"
#include "store_conf.hpp"

namespace oauth2::nginx {

/// Writes what a store reports to nginx's error log, the same line at most once a second.
class NginxStoreLog final : public redis::StoreLog {
 public:
  explicit NginxStoreLog(std::string name) : name_(std::move(name)) {}
  void log(redis::Severity severity, const std::string& text) override;

 private:
  std::string name_;
  std::string last_text_;
  ngx_msec_t next_line_ = 0;
};

/// One worker's connection to one store.
class WorkerStore {
 public:
  explicit WorkerStore(const StoreConf& conf);

  redis::RedisStore& store() { return store_; }

 private:
  SocketTransport transport_;
  NginxStoreLog log_;
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
