#ifndef OAUTH2_SRC_REDIS_FENCE_H
#define OAUTH2_SRC_REDIS_FENCE_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "redis/reply.h"
#include "redis/transport.h"

namespace oauth2::redis {

/// Holds back the replies to what was sent together until enough replicas have it. WAIT vouches for
/// the writes of its own connection only, so it follows them on the same one, once for all of them.
class Fence {
 public:
  /// For `replicas` that have `wait_ms` to confirm a write; without any, it is never raised.
  Fence(unsigned replicas, uint64_t wait_ms) : replicas_(replicas), wait_ms_(wait_ms) {}

  bool exists() const { return replicas_ > 0; }
  bool is_up() const { return up_since_ms_ != Transport::never; }

  /// Since when it is up; Transport::never if it is not.
  uint64_t up_since_ms() const { return up_since_ms_; }

  /// Appends WAIT to `out`, whose reply comes behind `replies` others.
  void raise(std::string& out, size_t replies, uint64_t now_ms);

  enum class Result {
    held,     ///< the reply is kept
    reached,  ///< enough replicas have what was sent
    missed,   ///< too few have it, or have told so in time
    refused,  ///< Redis does not WAIT: the reply is an error
    broken,   ///< this is not what WAIT is answered with
  };

  /// Takes the next reply while it is up.
  Result take(const Reply& reply);

  /// Gives the replies that were held, in order, and holds no more.
  std::deque<Reply> lower();

 private:
  unsigned replicas_;
  uint64_t wait_ms_;
  uint64_t up_since_ms_ = Transport::never;
  size_t expected_ = 0;
  std::deque<Reply> held_;
};

}  // namespace oauth2::redis

#endif
