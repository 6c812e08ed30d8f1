#ifndef OAUTH2_SRC_REDIS_REDIS_URL_H
#define OAUTH2_SRC_REDIS_REDIS_URL_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oauth2::redis {

/// Where a Redis listens and how to log in, as one URL says it.
struct RedisUrl {
  std::string unix_path;  ///< of a unix socket; then host and port are empty
  std::string host;       ///< a name or an address, IPv6 without brackets
  uint16_t port = 6379;
  std::string username;  ///< empty: the default user
  std::string password;  ///< empty: none
  std::optional<unsigned> database;
};

/// Reads `redis://[user:password@]host[:port][/database]` (IANA "redis" scheme; user and password
/// are percent-encoded) or `unix:/path`. Returns null, or what is wrong with it; that text lives as
/// long as the program and holds nothing of the URL.
const char* parse_redis_url(std::string_view text, RedisUrl& url);

}  // namespace oauth2::redis

#endif
