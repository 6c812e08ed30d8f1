#include "introspection_endpoint.h"

#include <algorithm>

#include "access_token.h"
#include "client_request.h"
#include "exchange.h"
#include "json.h"
#include "missing_record.h"
#include "rotation_rule.h"

namespace oauth2 {
namespace {

/// What a resource server is told about an active token (RFC 7662 section 2.2).
struct Description {
  bool refresh_token = false;
  std::string_view client;
  std::string_view subject;  // empty: the client itself
  std::string_view scope;
  uint32_t issued_at = 0;
  uint64_t expires_at = 0;
};

void answer_active(Exchange& exchange, const Description& token) {
  Response response;
  JsonObject json(response.body);
  json.add_flag("active", true);
  if (!token.scope.empty()) {
    json.add("scope", token.scope);
  }
  json.add("client_id", token.client);
  // A refresh token must not pass for an access token.
  if (token.refresh_token) {
    json.add("token_use", "refresh_token");
  } else {
    json.add("token_type", "Bearer").add("token_use", "access_token");
  }
  json.add("exp", token.expires_at).add("iat", token.issued_at);
  if (!token.subject.empty()) {
    json.add("sub", token.subject).add("username", token.subject);
  }
  if (!exchange.config().issuer.empty()) {
    json.add("iss", exchange.config().issuer);
  }
  json.end();
  exchange.report().subject = token.subject;
  exchange.report().scope = token.scope;
  exchange.finish(Outcome::introspected, std::move(response));
}

// RFC 7662 section 2.2: the server "SHOULD NOT include any additional information about an inactive
// token, including why the token is inactive".
void answer_inactive(Exchange& exchange) {
  Response response;
  JsonObject json(response.body);
  json.add_flag("active", false).end();
  exchange.finish(Outcome::introspected, std::move(response));
}

std::string_view token_of(Exchange& exchange) {
  return exchange.parameters()[Parameter::token];
}

void access_token_checked(Exchange& exchange, const StoreAnswer& answer) {
  AccessClaims claims;
  std::string plaintext;
  if (!open_access_token(*exchange.config().keys, token_of(exchange), claims, plaintext)) {
    answer_inactive(exchange);
    return;
  }
  switch (judge_access_token(!claims.subject.empty(), answer)) {
    case AccessStanding::uncertain:
      exchange.fail_uncertain(why_uncertain(answer));
      return;
    case AccessStanding::missing:
      if (accept_missing_record(exchange, answer, claims.issued_at)) {
        answer_inactive(exchange);
      }
      return;
    case AccessStanding::revoked:
      answer_inactive(exchange);
      return;
    case AccessStanding::active:
      break;
  }
  Description token;
  token.client = claims.client;
  token.subject = claims.subject;
  token.scope = claims.scope;
  token.issued_at = claims.issued_at;
  token.expires_at = claims.expires_at;
  answer_active(exchange, token);
}

Standing judge_refresh_token(Exchange& exchange, const RefreshToken& token,
                             const StoreAnswer& answer) {
  Presentation presentation;
  presentation.generation = token.generation;
  presentation.retry = exchange.policy().retry;
  presentation.allowance_ms =
      exchange.store().outage_allowance_ms(uint64_t{presentation.retry.seconds} * 1000);
  return judge(presentation, answer);
}

// The newest refresh token is active and, inside the retry window, its predecessor: those that the
// refresh token grant would take.
bool is_active(Standing standing) {
  return standing == Standing::current || standing == Standing::ahead ||
         standing == Standing::retry;
}

void refresh_token_checked(Exchange& exchange, const StoreAnswer& answer) {
  const RefreshToken& token = exchange.presented_for(exchange.client().id).token;
  const Standing standing = judge_refresh_token(exchange, token, answer);
  if (standing == Standing::uncertain) {
    exchange.fail_uncertain(why_uncertain(answer));
    return;
  }
  if (standing == Standing::missing && !accept_missing_record(exchange, answer, token.granted_at)) {
    return;
  }
  if (standing == Standing::too_far_ahead) {
    exchange.fail_uncertain("refresh token is too far ahead of its family's record");
    return;
  }
  const uint32_t lifetime = exchange.remaining_lifetime(token.granted_at);
  if (lifetime == 0 || !is_active(standing)) {
    answer_inactive(exchange);
    return;
  }
  Description description;
  description.refresh_token = true;
  description.client = exchange.client().id;
  description.subject = answer.record.subject;
  description.scope = answer.record.scope;
  description.issued_at = token.granted_at;
  description.expires_at =
      exchange.environment().unix_time() + std::min<uint64_t>(answer.remaining_ms / 1000, lifetime);
  answer_active(exchange, description);
}

}  // namespace

void answer_introspection_request(Exchange& exchange) {
  if (!accept_client_request(exchange)) {
    return;
  }
  // RFC 7662 section 2.1: "To prevent token scanning attacks, the endpoint MUST also require some
  // form of authorization to access this endpoint".
  if (!exchange.client().introspect) {
    exchange.fail(Error::unauthorized_client, "the client may not introspect tokens");
    return;
  }
  if (token_of(exchange).empty()) {
    exchange.fail(Error::invalid_request, "token is missing");
    return;
  }
  const Exchange::PresentedToken& presented = exchange.presented_for(exchange.client().id);
  if (presented.check == TokenCheck::authentic) {
    exchange.set_family(presented.token.family);
    exchange.store().read(presented.token.family, exchange.deadline(),
                          exchange.then(&refresh_token_checked));
    return;
  }
  AccessClaims claims;
  std::string plaintext;
  if (!open_access_token(*exchange.config().keys, token_of(exchange), claims, plaintext) ||
      exchange.environment().unix_time() >= claims.expires_at) {
    exchange.note_unknown_format(presented.check);
    answer_inactive(exchange);
    return;
  }
  exchange.set_family(claims.family);
  exchange.store().read(claims.family, exchange.deadline(), exchange.then(&access_token_checked));
}

}  // namespace oauth2
