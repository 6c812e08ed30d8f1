#include "password_grant.h"

#include <algorithm>

#include "exchange.h"
#include "key.h"
#include "oauth2/scope.h"

namespace oauth2 {
namespace {

constexpr size_t max_password_size = 4096;

void user_verdict(Exchange& exchange, const UserVerdict& verdict);
void family_created(Exchange& exchange, const StoreAnswer& answer);

void refuse_user(Exchange& exchange, const char* reason) {
  exchange.fail(Error::invalid_grant, "the user name or the password is wrong", reason,
                Outcome::rejected);
}

// A colon would move the border between name and password in the Basic header of a check.
bool well_formed(std::string_view username, std::string_view password) {
  return username.find(':') == std::string_view::npos && !has_control_character(username) &&
         !has_control_character(password);
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

bool is_subject(std::string_view subject) {
  return !subject.empty() && subject.size() <= max_subject_size && is_utf8(subject) &&
         !has_control_character(subject);
}

uint32_t family_ttl(const Exchange& exchange) {
  const TokenPolicy& policy = exchange.policy();
  if (!exchange.client().may_use(refresh_token_grant_type)) {
    return policy.access_token_validity;
  }
  return policy.refresh_token_lifetime == 0
             ? policy.refresh_token_validity
             : std::min(policy.refresh_token_validity, policy.refresh_token_lifetime);
}

void user_verdict(Exchange& exchange, const UserVerdict& verdict) {
  if (verdict.kind == UserVerdict::Kind::refused) {
    refuse_user(exchange, "user name or password refused");
    return;
  }
  if (verdict.kind == UserVerdict::Kind::unavailable) {
    exchange.fail(Error::temporarily_unavailable, "the user check is unavailable");
    return;
  }
  if (!is_subject(verdict.subject)) {
    exchange.fail(Error::temporarily_unavailable, "the user check is unavailable",
                  "the user check gave no usable subject", Outcome::unavailable);
    return;
  }
  Bytes<10> random;
  exchange.environment().random(random.data(), random.size());

  RefreshToken& first = exchange.founded;
  first.family = new_family(verdict.subject, random);
  first.granted_at = exchange.environment().unix_time();
  first.generation = 1;
  exchange.report().subject = verdict.subject;

  FamilyRecord record;
  record.generation = first.generation;
  record.key_id = exchange.config().keys->minting().id();
  record.ttl_written = family_ttl(exchange);
  record.granted_at = first.granted_at;
  record.client = exchange.client().id;
  record.subject = verdict.subject;
  record.scope = exchange.requested_scope;
  exchange.store().create(first.family, record, exchange.deadline(),
                          exchange.then(&family_created));
}

void family_created(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::written) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  const std::string subject = exchange.report().subject;
  Exchange::Granted granted;
  granted.family = exchange.founded.family;
  granted.subject = subject;
  granted.scope = exchange.requested_scope;
  granted.remaining = family_ttl(exchange);
  if (exchange.client().may_use(refresh_token_grant_type)) {
    granted.refresh_token = mint_refresh_token(exchange.config().keys->minting(), exchange.founded,
                                               exchange.client().id);
  }
  exchange.succeed(Outcome::issued, std::move(granted));
}

}  // namespace

void answer_password_grant(Exchange& exchange) {
  const std::string_view username = exchange.parameters()[Parameter::username];
  const std::string_view password = exchange.parameters()[Parameter::password];
  if (username.empty() || password.empty()) {
    exchange.fail(Error::invalid_request,
                  username.empty() ? "username is missing" : "password is missing");
    return;
  }
  if (!choose_scope(exchange)) {
    return;
  }
  if (username.size() > max_subject_size || password.size() > max_password_size) {
    refuse_user(exchange, "user name or password is too long");
    return;
  }
  if (!well_formed(username, password)) {
    refuse_user(exchange, "user name or password has characters that are not accepted");
    return;
  }
  exchange.check_user(&user_verdict);
}

}  // namespace oauth2
