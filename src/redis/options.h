#ifndef OAUTH2_SRC_REDIS_OPTIONS_H
#define OAUTH2_SRC_REDIS_OPTIONS_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "redis/endpoint.h"

namespace oauth2::redis {

/// How to talk to one Redis.
struct ConnectionOptions {
  std::string username;  ///< empty: the default user
  std::string password;  ///< empty: no AUTH
  unsigned database = 0;
  bool expects_primary = false;        ///< anything else is not talked to (ROLE)
  uint64_t connect_timeout_ms = 1000;  ///< for the connection and its greeting together
  uint64_t timeout_ms = 1000;          ///< for the answer to what was sent
  size_t max_pending = 1024;           ///< commands that wait, sent or not
  unsigned replicas = 0;               ///< that confirm what is fenced before it is answered
  uint64_t wait_ms = 0;                ///< for their confirmation; less than timeout_ms
};

/// What a store's servers are to each other.
enum class StoreMode { standalone, sentinel, cluster };

/// What the sentinels are asked for, and how to log in to them.
struct SentinelOptions {
  std::string primary;   ///< the name of the group of nodes, without spaces
  std::string username;  ///< empty: the default user
  std::string password;  ///< empty: no AUTH
};

/// A store, and what the requests that use it have configured.
struct StoreOptions {
  std::vector<Endpoint> servers;  ///< one at least; in standalone mode one; or the sentinels
  ConnectionOptions connection;
  std::string prefix = "oauth2";       ///< the tenant, without braces
  uint64_t longest_window_ms = 30000;  ///< the longest retry window
  bool keeps_index = false;            ///< of each user's families
  bool fences_rotations = false;       ///< not only creations and revocations
  StoreMode mode = StoreMode::standalone;
  SentinelOptions sentinel{};  ///< in sentinel mode
};

}  // namespace oauth2::redis

#endif
