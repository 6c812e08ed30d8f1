#ifndef OAUTH2_NGX_MODULE_EXCHANGE_LOG_HPP
#define OAUTH2_NGX_MODULE_EXCHANGE_LOG_HPP

#include "ngx.hpp"
#include "oauth2/endpoint.h"

namespace oauth2::nginx {

/// Writes at most one line to the error log about a finished exchange: none if it went as usual,
/// info for what a client did wrong, warn for a replay, error for store trouble. No line has
/// anything from the request but the id of an authenticated client and the hash of a family.
void log_exchange(ngx_log_t* log, EndpointExchange& exchange);

/// Logs and counts what is finished without its client, in this process.
OrphanObserver& orphan_observer();

}  // namespace oauth2::nginx

#endif
