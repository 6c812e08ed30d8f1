#ifndef OAUTH2_NGX_MODULE_STORE_CONF_HPP
#define OAUTH2_NGX_MODULE_STORE_CONF_HPP

#include <memory>
#include <string>

#include "name_query.hpp"
#include "ngx.hpp"
#include "redis/options.h"
#include "redis/store_state.h"
#include "store_ssl.hpp"

namespace oauth2::nginx {

class WorkerStore;
struct MainConf;

/// One `oauth2_redis` block. The configuration is the master's; the connection is each worker's
/// own, made when it starts.
struct StoreConf {
  StoreConf();
  ~StoreConf();
  StoreConf(const StoreConf&) = delete;
  StoreConf& operator=(const StoreConf&) = delete;

  std::string name;  // of its servers, without credentials: for the shared zone and the status
  redis::StoreOptions options;
  ResolverLevel resolver;              // of the block's level
  std::shared_ptr<StoreSsl> ssl;       // null: plain TCP
  redis::StoreState* state = nullptr;  // in the shared zone
  std::unique_ptr<WorkerStore> worker;
};

/// Whether two blocks are about the same families.
bool are_same_store(const StoreConf& one, const StoreConf& other);

/// `oauth2_redis { ... }`
char* set_redis(ngx_conf_t* cf, ngx_command_t* command, void* conf);

/// Reports a name in some `server` that has no resolver, once all levels are merged.
char* check_resolvers(ngx_conf_t* cf, const MainConf& main);

}  // namespace oauth2::nginx

#endif
