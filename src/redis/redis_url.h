#ifndef OAUTH2_SRC_REDIS_REDIS_URL_H
#define OAUTH2_SRC_REDIS_REDIS_URL_H

#include <optional>
#include <string>
#include <string_view>

#include "redis/endpoint.h"

namespace oauth2::redis {

/// Where a Redis listens and how to log in, as one URL says it.
struct RedisUrl {
  Endpoint endpoint;
  bool tls = false;      ///< the scheme is "rediss"
  std::string username;  ///< empty: the default user
  std::string password;  ///< empty: none
  std::optional<unsigned> database;
};

/// Reads `redis://[user:password@]host[:port][/database]` (IANA "redis" scheme; user and password
/// are percent-encoded), the same with `rediss://` (IANA "rediss" scheme: TLS), or `unix:/path`.
/// Returns null, or what is wrong with it; that text lives as long as the program and holds nothing
/// of the URL.
const char* parse_redis_url(std::string_view text, RedisUrl& url);

}  // namespace oauth2::redis

#endif
