#ifndef OAUTH2_T_UNIT_REDIS_REDIS_SERVER_H
#define OAUTH2_T_UNIT_REDIS_REDIS_SERVER_H

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace oauth2::redis {

/// A Redis of our own on a unix socket in a folder of its own. It ends, and the folder with it,
/// when this is destroyed; the process ends too if the test does.
class RedisServer {
 public:
  /// Starts Redis with these arguments too, and waits until it is ready. Throws
  /// std::runtime_error if that fails.
  explicit RedisServer(std::vector<std::string> more = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  const std::string& socket_path() const { return socket_path_; }

  /// The answer to a command on a connection of its own: a string, "(nil)", or a number as text.
  std::string ask(std::initializer_list<std::string_view> words) const;

  /// Kills Redis with all that it holds, and starts it again.
  void stop();
  void start();

  /// Makes this a replica of `primary`, and waits until it follows. Throws std::runtime_error if it
  /// does not.
  void follow(RedisServer& primary);

  /// Stops the process without a word to anybody who is connected, and lets it go on.
  void freeze() const;
  void thaw() const;

 private:
  std::string open_port();

  const std::vector<std::string> more_;
  std::string folder_;
  std::string socket_path_;
  std::string port_;  // empty: none
  pid_t pid_ = -1;
};

/// The server of this test process, started at the first call.
RedisServer& shared_redis();

/// A Redis with one replica.
struct ReplicatedRedis {
  ReplicatedRedis() { replica.follow(primary); }

  RedisServer primary;
  RedisServer replica;
};

/// The pair of this test process, started at the first call.
ReplicatedRedis& shared_replicated_redis();

}  // namespace oauth2::redis

#endif
