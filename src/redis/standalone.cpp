#include "redis/standalone.h"

#include <utility>

namespace oauth2::redis {

Standalone::Standalone(const ConnectionOptions& options, Endpoint endpoint, StoreHost& host,
                       StoreState& state, uint64_t longest_window_ms, uint64_t seed)
    : endpoint_(std::move(endpoint)),
      node_(options, *this, host, to_string(endpoint_), state, longest_window_ms, seed) {}

}  // namespace oauth2::redis
