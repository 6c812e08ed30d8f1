#include "token_endpoint.h"

#include "authorization_code_grant.h"
#include "client_credentials_grant.h"
#include "client_request.h"
#include "exchange.h"
#include "password_grant.h"
#include "refresh_token_grant.h"

namespace oauth2 {
namespace {

struct Grant {
  GrantType type;
  void (*answer)(Exchange&);
};

constexpr Grant grants[] = {
    {authorization_code_grant_type, answer_authorization_code_grant},
    {client_credentials_grant_type, answer_client_credentials_grant},
    {refresh_token_grant_type, answer_refresh_token_grant},
    {password_grant_type, answer_password_grant},
};

// The implicit grant has no business here.
bool switched_on(const EndpointConfig& config, unsigned type) {
  return type != implicit_grant_type && (type != password_grant_type || config.password_grant);
}

}  // namespace

void answer_token_request(Exchange& exchange) {
  if (!accept_client_request(exchange)) {
    return;
  }
  const std::string_view name = exchange.parameters()[Parameter::grant_type];
  if (name.empty()) {
    exchange.fail(Error::invalid_request, "grant_type is missing");
    return;
  }
  const unsigned type = grant_type_bit(name);
  if (type == 0 || !switched_on(exchange.config(), type)) {
    exchange.fail(Error::unsupported_grant_type, "the grant type is not supported");
    return;
  }
  if ((exchange.client().grant_types & type) == 0) {
    exchange.fail(Error::unauthorized_client, "the client may not use this grant type");
    return;
  }
  for (const Grant& grant : grants) {
    if (grant.type == type) {
      grant.answer(exchange);
      return;
    }
  }
}

}  // namespace oauth2
