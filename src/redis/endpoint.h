#ifndef OAUTH2_SRC_REDIS_ENDPOINT_H
#define OAUTH2_SRC_REDIS_ENDPOINT_H

#include <cstdint>
#include <string>

namespace oauth2::redis {

/// Where a Redis or a Sentinel listens: a unix socket, or a host and a port.
struct Endpoint {
  std::string unix_path;  ///< of a unix socket; then host and port say nothing
  std::string host;       ///< a name or an address, IPv6 without brackets
  uint16_t port = 6379;
};

inline bool operator==(const Endpoint& one, const Endpoint& other) {
  return one.unix_path == other.unix_path && one.host == other.host && one.port == other.port;
}
inline bool operator!=(const Endpoint& one, const Endpoint& other) {
  return !(one == other);
}

/// For logs, and to tell one from another: "127.0.0.1:6379", "[::1]:6379" or "unix:/run/redis".
std::string to_string(const Endpoint& endpoint);

}  // namespace oauth2::redis

#endif
