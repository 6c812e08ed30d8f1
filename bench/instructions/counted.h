#ifndef OAUTH2_BENCH_INSTRUCTIONS_COUNTED_H
#define OAUTH2_BENCH_INSTRUCTIONS_COUNTED_H

#include <cstdint>
#include <memory>
#include <string>

#include "memory_redis.h"
#include "oauth2/endpoint.h"
#include "oauth2/protected_resource.h"

/// What `count` counts: the functions of this namespace, which callgrind knows by its name. None
/// of them calls another one, which would end the counting.
namespace oauth2::bench::counted {

/// Makes an exchange and starts it; what it asks of the store leaves.
std::shared_ptr<EndpointExchange> begin(const EndpointConfig& config, TokenStore& store,
                                        Environment& environment, Request&& request,
                                        ExchangeHost& client, MemoryHost& redis);

/// Takes the answer of the store.
void receive(MemoryHost& redis);

/// Ends an exchange that has responded.
void end(std::shared_ptr<EndpointExchange>& exchange);

/// Judges the token of this Authorization header for a resource that requires the scope "read".
AccessDecision require(const KeyRing& keys, const std::string& authorization, uint32_t now);

}  // namespace oauth2::bench::counted

#endif
