#include "client_credentials_grant.h"

#include "founding.h"

namespace oauth2 {

void answer_client_credentials_grant(Exchange& exchange) {
  if (!choose_scope(exchange)) {
    return;
  }
  Bytes<10> random;
  exchange.environment().random(random.data(), random.size());

  // RFC 6749 section 4.4.3: "A refresh token SHOULD NOT be included."
  Exchange::Granted granted;
  granted.family = new_family(exchange.client().id, random);
  granted.scope = exchange.requested_scope;
  granted.remaining = exchange.policy().access_token_validity;
  exchange.succeed(Outcome::issued, std::move(granted));
}

}  // namespace oauth2
