#ifndef OAUTH2_SRC_REDIS_GREETING_H
#define OAUTH2_SRC_REDIS_GREETING_H

#include <deque>
#include <string>

#include "redis/options.h"
#include "redis/reply.h"

namespace oauth2::redis {

/// What a new connection says before its first command: who it is, which database it wants, and
/// the questions whether Redis is the primary (if that matters), how it evicts and whether it is
/// ready.
class Greeting {
 public:
  /// Appends the greeting to `out`.
  Greeting(const ConnectionOptions& options, std::string& out);

  enum class Result {
    more,     ///< there are more replies to come
    ready,    ///< that was the last one
    refused,  ///< Redis does not let us in, or is not ready
  };

  /// Takes the next reply. After `refused`, problem() says why.
  Result take(const Reply& reply);

  /// For the log: "refused AUTH with WRONGPASS".
  const std::string& problem() const { return problem_; }

  /// Whether the configuration has to change before Redis lets us in.
  bool denied() const { return denied_; }

  /// Redis' maxmemory-policy; empty if it did not tell.
  const std::string& eviction_policy() const { return eviction_policy_; }

 private:
  enum class Question { auth, select, role, memory, ping };

  bool is_primary(const Reply& role);
  void refuse(Question question, const Reply& reply);

  std::deque<Question> questions_;
  std::string problem_;
  bool denied_ = false;
  std::string eviction_policy_;
};

}  // namespace oauth2::redis

#endif
