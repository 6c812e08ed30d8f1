#ifndef OAUTH2_NGX_MODULE_SHARED_ZONE_HPP
#define OAUTH2_NGX_MODULE_SHARED_ZONE_HPP

#include <atomic>

#include "conf.hpp"
#include "oauth2/errors.h"

namespace oauth2::nginx {

/// The grants, and the endpoints that have none, under which requests are counted; the last is for
/// everything else.
constexpr const char* counted_grants[] = {
    "authorization_code", "client_credentials", "implicit", "password", "refresh_token",
    "introspection",      "revocation",         "sessions", "",
};
constexpr int counted_grant_count =
    static_cast<int>(sizeof(counted_grants) / sizeof(counted_grants[0]));

/// What a host's workers count together; zero at the start, kept over reloads.
struct Counters {
  std::atomic<uint64_t> requests[counted_grant_count][outcome_count];
};

/// Adds the shared zone to the configuration if anything uses it. Its stores get their state when
/// nginx has made the zone.
char* add_shared_zone(ngx_conf_t* cf, MainConf& main);

/// The counters of the zone, or null where no zone is configured.
Counters* shared_counters(const MainConf& main);

/// Counts one finished exchange.
void count_exchange(const MainConf& main, const EndpointExchange& exchange);

}  // namespace oauth2::nginx

#endif
