#ifndef OAUTH2_SRC_REDIS_OPTIONS_H
#define OAUTH2_SRC_REDIS_OPTIONS_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace oauth2::redis {

/// How to talk to one Redis.
struct ConnectionOptions {
  std::string username;  ///< empty: the default user
  std::string password;  ///< empty: no AUTH
  unsigned database = 0;
  std::string probe_key;               ///< a key that never exists, for writes that write nothing
  uint64_t connect_timeout_ms = 1000;  ///< for the connection and its greeting together
  uint64_t timeout_ms = 1000;          ///< for the answer to what was sent
  size_t max_pending = 1024;           ///< commands that wait, sent or not
};

}  // namespace oauth2::redis

#endif
