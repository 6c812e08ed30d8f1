#include "counted.h"

#include <utility>

namespace oauth2::bench::counted {

std::shared_ptr<EndpointExchange> begin(const EndpointConfig& config, TokenStore& store,
                                        Environment& environment, Request&& request,
                                        ExchangeHost& client, MemoryHost& redis) {
  std::shared_ptr<EndpointExchange> exchange =
      make_exchange(config, store, environment, std::move(request));
  exchange->start(client);
  redis.flush();
  return exchange;
}

void receive(MemoryHost& redis) {
  redis.deliver();
}

void end(std::shared_ptr<EndpointExchange>& exchange) {
  exchange.reset();
}

AccessDecision require(const KeyRing& keys, const std::string& authorization, uint32_t now) {
  BearerToken token;
  return token.present(keys, "read", authorization, now);
}

}  // namespace oauth2::bench::counted
