#include "authorization_code_grant.h"

#include "authorization_code.h"
#include "exchange.h"
#include "founding.h"
#include "key.h"
#include "missing_record.h"
#include "oauth2/scope.h"
#include "rotation_rule.h"

namespace oauth2 {
namespace {

void code_read(Exchange& exchange, const StoreAnswer& answer);
void code_redeemed(Exchange& exchange, const StoreAnswer& answer);
void family_revoked(Exchange& exchange, const StoreAnswer& answer);

void refuse_code(Exchange& exchange, const char* reason, Outcome outcome = Outcome::rejected) {
  exchange.fail(Error::invalid_grant, "the authorization code is invalid, expired or used", reason,
                outcome);
}

uint64_t since_granted_ms(Exchange& exchange) {
  const uint32_t now = exchange.environment().unix_time();
  const uint32_t granted_at = exchange.founded.granted_at;
  return now > granted_at ? uint64_t{now - granted_at} * 1000 : 0;
}

CodeStanding judge_answer(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status == StoreAnswer::Status::found ||
      answer.status == StoreAnswer::Status::written) {
    exchange.report().subject = answer.record.subject;
  }
  return judge_code(since_granted_ms(exchange),
                    exchange.environment().monotonic_ms() - exchange.request().received_ms, answer);
}

// A store that was emptied proves nothing, but a code is over after its validity anyway.
void settle_missing(Exchange& exchange, const StoreAnswer& answer) {
  const uint64_t validity_ms = uint64_t{exchange.policy().code_validity} * 1000;
  if (since_granted_ms(exchange) > validity_ms + clock_margin_ms ||
      accept_missing_record(exchange, answer, exchange.founded.granted_at)) {
    refuse_code(exchange, "authorization code expired: its family has no record");
  }
}

void missing_code_read(Exchange& exchange, const StoreAnswer& answer) {
  if (is_still_missing(exchange, answer)) {
    settle_missing(exchange, answer);
  }
}

// RFC 6749 section 4.1.2: "If an authorization code is used more than once, the authorization
// server MUST deny the request and SHOULD revoke (when possible) all tokens previously issued based
// on that authorization code."
void convict(Exchange& exchange) {
  exchange.pursue();
  exchange.store().revoke(exchange.founded.family, exchange.deadline(),
                          exchange.then(&family_revoked));
}

void family_revoked(Exchange& exchange, const StoreAnswer& answer) {
  if (!answer.is_certain()) {
    exchange.fail_uncertain("authorization code replayed, but its family could not be revoked");
    return;
  }
  refuse_code(exchange, "authorization code replayed, family revoked", Outcome::replayed);
}

// Every standing but those in which the client gets tokens. False for those.
bool settle_without_tokens(Exchange& exchange, const StoreAnswer& answer, CodeStanding standing) {
  switch (standing) {
    case CodeStanding::uncertain:
      exchange.fail_uncertain(why_uncertain(answer));
      return true;
    case CodeStanding::missing:
      settle_missing(exchange, answer);
      return true;
    case CodeStanding::revoked:
      refuse_code(exchange, "authorization code revoked");
      return true;
    case CodeStanding::used_just_now:
      refuse_code(exchange, "authorization code used a second time, just after the first one");
      return true;
    case CodeStanding::replay:
      convict(exchange);
      return true;
    case CodeStanding::current:
    case CodeStanding::own_exchange:
      break;
  }
  return false;
}

void redeem(Exchange& exchange, const StoreAnswer& answer) {
  const uint32_t granted_at = exchange.founded.granted_at;
  exchange.new_ttl = grant_ttl(exchange, granted_at);
  if (exchange.new_ttl == 0) {
    refuse_code(exchange, "the family is past its lifetime");
    return;
  }
  Rotation rotation;
  rotation.presented = 0;
  rotation.generation = 1;
  rotation.key_id = exchange.config().keys->minting().id();
  rotation.granted_at = granted_at;
  rotation.ttl = exchange.new_ttl;
  rotation.scope = answer.record.scope;
  exchange.store().redeem(exchange.founded.family, rotation, exchange.client().id,
                          answer.record.subject, exchange.policy().max_families,
                          exchange.deadline(), exchange.then(&code_redeemed));
}

void code_read(Exchange& exchange, const StoreAnswer& answer) {
  if (settle_without_tokens(exchange, answer, judge_answer(exchange, answer))) {
    return;
  }
  if (scope_intersection(answer.record.scope, exchange.client().scope).empty() &&
      !answer.record.scope.empty()) {
    exchange.fail(Error::invalid_scope, "nothing is left of the scope that was granted");
    return;
  }
  redeem(exchange, answer);
}

void code_redeemed(Exchange& exchange, const StoreAnswer& answer) {
  const CodeStanding standing = judge_answer(exchange, answer);
  if (standing == CodeStanding::missing) {
    exchange.store().read(exchange.founded.family, exchange.deadline(),
                          exchange.then(&missing_code_read));
    return;
  }
  if (answer.status != StoreAnswer::Status::written) {
    if (settle_without_tokens(exchange, answer, standing)) {
      return;
    }
    if (standing != CodeStanding::own_exchange ||
        answer.record.key_id != exchange.config().keys->minting().id()) {
      exchange.fail(Error::temporarily_unavailable, "the store did not exchange a current code");
      return;
    }
  }
  exchange.founded.generation = 1;
  hand_out_grant(exchange, answer.record.subject,
                 scope_intersection(answer.record.scope, exchange.client().scope),
                 exchange.new_ttl);
}

// RFC 7636 section 4.6: the server "calculate[s] the code challenge from the received code_verifier
// and compar[es] it with the previously associated code_challenge". It is part of the code's MAC,
// so that a code made without a challenge does not go with a verifier, nor the other way round.
bool take_challenge(Exchange& exchange, std::string& challenge) {
  const std::string_view verifier = exchange.parameters()[Parameter::code_verifier];
  if (verifier.empty()) {
    if (exchange.client().pkce) {
      exchange.fail(Error::invalid_request, "code_verifier is missing");
      return false;
    }
    return true;
  }
  if (!is_code_verifier(verifier)) {
    exchange.fail(Error::invalid_request, "code_verifier is malformed");
    return false;
  }
  challenge = code_challenge(verifier);
  return true;
}

}  // namespace

void answer_authorization_code_grant(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  const std::string_view code = parameters[Parameter::code];
  if (code.empty()) {
    exchange.fail(Error::invalid_request, "code is missing");
    return;
  }
  std::string challenge;
  if (!take_challenge(exchange, challenge)) {
    return;
  }
  // RFC 6749 section 4.1.3: the server must "ensure that the authorization code was issued to the
  // authenticated confidential client", and "that the "redirect_uri" parameter is present if the
  // "redirect_uri" parameter was included in the initial authorization request [...], and if
  // included ensure that their values are identical".
  CodeBinding binding;
  binding.client = exchange.client().id;
  binding.redirect_uri = parameters[Parameter::redirect_uri];
  binding.challenge = challenge;
  const TokenCheck check =
      verify_authorization_code(*exchange.config().keys, code, binding, exchange.founded);
  if (check != TokenCheck::authentic) {
    exchange.report().unknown_token_format =
        check == TokenCheck::unknown_version || check == TokenCheck::unknown_key;
    refuse_code(exchange, check == TokenCheck::forged
                              ? "authorization code is forged, or another client, redirect URI or "
                                "code verifier's"
                          : exchange.report().unknown_token_format
                              ? "authorization code of an unknown version or key"
                              : "authorization code is malformed");
    return;
  }
  exchange.set_family(exchange.founded.family);
  exchange.store().read(exchange.founded.family, exchange.deadline(), exchange.then(&code_read));
}

}  // namespace oauth2
