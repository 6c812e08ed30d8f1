#ifndef OAUTH2_SRC_REDIS_STORE_HOST_H
#define OAUTH2_SRC_REDIS_STORE_HOST_H

#include <cstdint>
#include <memory>
#include <string>

#include "redis/store_log.h"
#include "redis/transport.h"

namespace oauth2::redis {

/// The process in which a store lives: what it gives to each of the store's connections.
class StoreHost {
 public:
  virtual ~StoreHost() = default;

  /// A transport of its own for `user`, which outlives it.
  virtual std::unique_ptr<Transport> make_transport(TransportUser& user) = 0;

  /// Where a connection to the Redis of this name reports.
  virtual std::unique_ptr<StoreLog> make_log(const std::string& name) = 0;

  /// The clock of its transports.
  virtual uint64_t now_ms() const = 0;
};

}  // namespace oauth2::redis

#endif
