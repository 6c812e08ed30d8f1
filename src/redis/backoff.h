#ifndef OAUTH2_SRC_REDIS_BACKOFF_H
#define OAUTH2_SRC_REDIS_BACKOFF_H

#include <algorithm>
#include <cstdint>

namespace oauth2::redis {

/// The pauses between attempts that fail: they grow to a second or so, and are never those of
/// another worker.
class Backoff {
 public:
  explicit Backoff(uint64_t random_seed) : random_(random_seed | 1) {}

  /// The next pause, in milliseconds, after so many failed attempts in a row before the last one.
  uint64_t pause_ms(unsigned failed_attempts) {
    const uint64_t pause = std::min(first_ms << std::min(failed_attempts, 16U), longest_ms);
    return pause / 2 + next_random() % pause;
  }

 private:
  static constexpr uint64_t first_ms = 50;
  static constexpr uint64_t longest_ms = 1000;

  uint64_t next_random() {  // xorshift64
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
  }

  uint64_t random_;
};

}  // namespace oauth2::redis

#endif
