#include "redis/standalone.h"

#include "redis/record.h"

namespace oauth2::redis {

Standalone::Standalone(const StoreOptions& options, StoreHost& host, StoreState& state,
                       uint64_t seed)
    : endpoint_(options.servers.front()),
      prefix_(options.prefix),
      connection_(options.connection, *this, host, to_string(endpoint_),
                  OutageClock(state, options.longest_window_ms), seed) {}

std::string Standalone::probe_key() const {
  return redis::probe_key(prefix_);
}

}  // namespace oauth2::redis
