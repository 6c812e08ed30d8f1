#include "redis/fence.h"

#include <utility>

#include "redis/command.h"

namespace oauth2::redis {

void Fence::raise(std::string& out, size_t replies, uint64_t now_ms) {
  up_since_ms_ = now_ms;
  expected_ = replies;
  append_command(out, {"WAIT", std::to_string(replicas_), std::to_string(wait_ms_)});
}

Fence::Result Fence::take(const Reply& reply) {
  if (held_.size() < expected_) {
    held_.push_back(reply);
    return Result::held;
  }
  if (reply.error != ReplyError::none) {
    return Result::refused;
  }
  if (!reply.number.has_value()) {
    return Result::broken;
  }
  return *reply.number >= int64_t{replicas_} ? Result::reached : Result::missed;
}

std::deque<Reply> Fence::lower() {
  up_since_ms_ = Transport::never;
  return std::exchange(held_, {});
}

}  // namespace oauth2::redis
