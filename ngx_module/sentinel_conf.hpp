#ifndef OAUTH2_NGX_MODULE_SENTINEL_CONF_HPP
#define OAUTH2_NGX_MODULE_SENTINEL_CONF_HPP

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conf.hpp"
#include "redis/redis_url.h"

namespace oauth2::nginx {

/// What stands in an `oauth2_redis` block about Sentinel.
struct SentinelConf {
  SentinelConf() = default;
  ~SentinelConf();
  SentinelConf(const SentinelConf&) = delete;
  SentinelConf& operator=(const SentinelConf&) = delete;

  std::optional<std::string> primary;
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::vector<std::pair<std::string, Position>> directives;  // by their names
};

/// `primary name`, `sentinel_username name`, `sentinel_password text` and `sentinel_password_file
/// file`.
char* read_primary(ngx_conf_t* cf, SentinelConf& conf);
char* read_sentinel_username(ngx_conf_t* cf, SentinelConf& conf);
char* read_sentinel_password(ngx_conf_t* cf, SentinelConf& conf);
char* read_sentinel_password_file(ngx_conf_t* cf, SentinelConf& conf);

/// The first line of the file that the directive names: a password. Reports what is wrong with it.
char* read_first_line(ngx_conf_t* cf, std::string& line);

/// Completes `store`, the block at `position`, once it is read. In sentinel mode, the user and the
/// password of `url`, which are those of all URLs, are for the sentinels; explicit settings beat
/// them. In other modes there must be nothing about Sentinel.
char* take_sentinel(ngx_conf_t* cf, const Position& position, const SentinelConf& conf,
                    const redis::RedisUrl& url, StoreConf& store);

}  // namespace oauth2::nginx

#endif
