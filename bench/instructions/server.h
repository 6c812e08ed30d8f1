#ifndef OAUTH2_BENCH_INSTRUCTIONS_SERVER_H
#define OAUTH2_BENCH_INSTRUCTIONS_SERVER_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "memory_redis.h"
#include "oauth2/endpoint.h"
#include "oauth2/protected_resource.h"
#include "redis/redis_store.h"

namespace oauth2::bench {

/// A world that is the same in every run. Its random bytes are no secret.
class FixedEnvironment final : public Environment {
 public:
  uint32_t unix_time() override { return 1700000000; }
  uint64_t monotonic_ms() override { return now_ms; }
  void random(unsigned char* out, size_t size) override;

 private:
  uint64_t state_ = 88172645463325252;
};

/// What a client has got.
struct Answer {
  int status = 0;
  Outcome outcome = Outcome::unavailable;
  std::string body;

  /// The value of a string in the JSON body; throws std::runtime_error without one.
  std::string member(std::string_view name) const;
};

/// What a worker of nginx has of rings 1 and 2, in front of a Redis in memory. It knows two
/// clients: an application that logs users in and refreshes, and a resource server that
/// introspects.
class Server {
 public:
  Server();

  /// Logs the user in. Not counted.
  Answer log_in();

  /// Refreshes as the application.
  Answer refresh(const std::string& token);

  /// Introspects as the resource server.
  Answer introspect(const std::string& token);

  /// Judges the token of this Authorization header as a resource would.
  AccessDecision require(const std::string& authorization);

  /// How often a script was called in Redis.
  size_t store_calls() const { return redis_.calls(); }

 private:
  Answer post(const EndpointConfig& config, std::string_view id, std::string body);

  FixedEnvironment environment_;
  MemoryRedis redis_;
  MemoryHost loop_{redis_};
  redis::StoreState state_{};
  redis::RedisStore store_;
  KeyRing keys_;
  ClientRegistry clients_;
  EndpointConfig token_;
  EndpointConfig introspection_;
};

}  // namespace oauth2::bench

#endif
