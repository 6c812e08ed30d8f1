#ifndef OAUTH2_SRC_REDIS_BACKOFF_H
#define OAUTH2_SRC_REDIS_BACKOFF_H

#include <algorithm>
#include <cstdint>

namespace oauth2::redis {

/// The pause after `failures` attempts in a row, not counting the last one: about `first_ms`, twice
/// as long each time, up to about `max_ms`. It is spread by half, so that many workers do not come
/// back at once. `random` is the state of the generator, never 0.
inline uint64_t backoff_ms(uint64_t first_ms, uint64_t max_ms, unsigned failures,
                           uint64_t& random) {
  random ^= random << 13;  // xorshift64
  random ^= random >> 7;
  random ^= random << 17;
  const uint64_t pause = std::min(first_ms << std::min(failures, 16U), max_ms);
  return pause / 2 + random % pause;
}

}  // namespace oauth2::redis

#endif
