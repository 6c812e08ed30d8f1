#include "founding.h"

#include <algorithm>

#include "key.h"
#include "oauth2/scope.h"

namespace oauth2 {

bool is_subject(std::string_view subject) {
  return !subject.empty() && subject.size() <= max_subject_size && is_utf8(subject) &&
         !has_control_character(subject);
}

bool choose_scope(Exchange& exchange) {
  const std::string& allowed = exchange.client().scope;
  if (!normalize_scope(exchange.parameters()[Parameter::scope], exchange.requested_scope)) {
    exchange.fail(Error::invalid_scope, "the scope is malformed or too long");
    return false;
  }
  if (!scope_contains(allowed, exchange.requested_scope)) {
    exchange.fail(Error::invalid_scope, "the scope exceeds what the client may have");
    return false;
  }
  // In the client's order, so that the same scope is always the same bytes.
  exchange.requested_scope = exchange.requested_scope.empty()
                                 ? allowed
                                 : scope_intersection(allowed, exchange.requested_scope);
  return true;
}

uint32_t grant_ttl(Exchange& exchange, uint32_t granted_at) {
  const TokenPolicy& policy = exchange.policy();
  if (!exchange.client().may_use(refresh_token_grant_type)) {
    return policy.access_token_validity;
  }
  return std::min(policy.refresh_token_validity, exchange.remaining_lifetime(granted_at));
}

void found_family(Exchange& exchange, std::string_view subject, uint32_t generation, uint32_t ttl,
                  Exchange::StoreStep step) {
  Bytes<10> random;
  exchange.environment().random(random.data(), random.size());

  FamilyToken& first = exchange.founded;
  first.family = new_family(subject, random);
  first.granted_at = exchange.environment().unix_time();
  first.generation = generation;
  exchange.report().subject = subject;

  FamilyRecord record;
  record.generation = generation;
  record.key_id = exchange.config().keys->minting().id();
  record.ttl_written = ttl;
  record.granted_at = first.granted_at;
  record.client = exchange.client().id;
  record.subject = subject;
  record.scope = exchange.requested_scope;
  exchange.store().create(first.family, record, exchange.policy().max_families, exchange.deadline(),
                          exchange.then(step));
}

void hand_out_grant(Exchange& exchange, std::string_view subject, std::string_view scope,
                    uint32_t ttl) {
  Exchange::Granted granted;
  granted.family = exchange.founded.family;
  granted.subject = subject;
  granted.scope = scope;
  granted.remaining = ttl;
  if (exchange.client().may_use(refresh_token_grant_type)) {
    granted.refresh_token = mint_refresh_token(exchange.config().keys->minting(), exchange.founded,
                                               exchange.client().id);
  }
  exchange.succeed(Outcome::issued, std::move(granted));
}

}  // namespace oauth2
