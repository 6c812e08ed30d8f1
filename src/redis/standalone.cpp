#include "redis/standalone.h"

#include "redis/record.h"

namespace oauth2::redis {

Standalone::Standalone(const StoreOptions& options, StoreHost& host, StoreState& state,
                       uint64_t seed)
    : endpoint_(options.servers.front()),
      prefix_(options.prefix),
      node_(options, *this, host, to_string(endpoint_), state, seed) {}

std::string Standalone::probe_key() const {
  return redis::probe_key(prefix_);
}

}  // namespace oauth2::redis
