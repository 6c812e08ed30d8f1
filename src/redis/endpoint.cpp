#include "redis/endpoint.h"

namespace oauth2::redis {

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.unix_path.empty()) {
    return "unix:" + endpoint.unix_path;
  }
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" +
         std::to_string(endpoint.port);
}

}  // namespace oauth2::redis
