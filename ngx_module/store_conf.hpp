#ifndef OAUTH2_NGX_MODULE_STORE_CONF_HPP
#define OAUTH2_NGX_MODULE_STORE_CONF_HPP

#include <memory>
#include <string>

#include "ngx.hpp"
#include "redis/options.h"
#include "redis/store_state.h"

namespace oauth2::nginx {

class WorkerStore;

/// One `oauth2_redis` block. The configuration is the master's; the connection is each worker's
/// own, made when it starts.
struct StoreConf {
  StoreConf();
  ~StoreConf();
  StoreConf(const StoreConf&) = delete;
  StoreConf& operator=(const StoreConf&) = delete;

  std::string name;  // of its servers, without credentials: for the shared zone and the status
  redis::StoreOptions options;
  redis::StoreState* state = nullptr;  // in the shared zone
  std::unique_ptr<WorkerStore> worker;
};

/// Whether two blocks are about the same families.
bool are_same_store(const StoreConf& one, const StoreConf& other);

/// `oauth2_redis { ... }`
char* set_redis(ngx_conf_t* cf, ngx_command_t* command, void* conf);

}  // namespace oauth2::nginx

#endif
