#include "refresh_token_grant.h"

#include <algorithm>

#include "exchange.h"
#include "key.h"
#include "missing_record.h"
#include "oauth2/scope.h"
#include "rotation_rule.h"

namespace oauth2 {
namespace {

void family_read(Exchange& exchange, const StoreAnswer& answer);
void family_rotated(Exchange& exchange, const StoreAnswer& answer);
void family_revoked(Exchange& exchange, const StoreAnswer& answer);
void refused_family_revoked(Exchange& exchange, const StoreAnswer& answer);

const RefreshToken& presented(Exchange& exchange) {
  return exchange.presented_for(exchange.client().id).token;
}

void refuse_token(Exchange& exchange, const char* reason, Outcome outcome = Outcome::rejected) {
  exchange.fail(Error::invalid_grant, "the refresh token is invalid, expired or revoked", reason,
                outcome);
}

const char* refusal(TokenCheck check) {
  switch (check) {
    case TokenCheck::unknown_version:
      return "refresh token of an unknown version";
    case TokenCheck::unknown_key:
      return "refresh token of an unknown key";
    case TokenCheck::forged:
      return "refresh token is forged or another client's";
    case TokenCheck::malformed:
    case TokenCheck::authentic:
      break;
  }
  return "refresh token is malformed";
}

uint32_t remaining_lifetime(Exchange& exchange) {
  return exchange.remaining_lifetime(presented(exchange).granted_at);
}

// Where the host has checked the refresh, the token is judged by the time when it came: neither the
// check nor an outage that was forgotten meanwhile makes a retry of then a replay of now.
uint64_t allowance_ms(Exchange& exchange, const Presentation& presentation) {
  const uint64_t window_ms = uint64_t{presentation.retry.seconds} * 1000;
  exchange.outage_allowance_ms =
      std::max(exchange.outage_allowance_ms, exchange.store().outage_allowance_ms(window_ms));
  const bool held_up = exchange.refresh_accepted && window_ms > 0;
  return exchange.outage_allowance_ms + (held_up ? presentation.since_received_ms : 0);
}

Standing judge_answer(Exchange& exchange, const StoreAnswer& answer) {
  Presentation presentation;
  presentation.generation = presented(exchange).generation;
  presentation.retry = exchange.policy().retry;
  presentation.since_received_ms =
      exchange.environment().monotonic_ms() - exchange.request().received_ms;
  if (answer.record.generation > presentation.generation) {
    presentation.allowance_ms = allowance_ms(exchange, presentation);
  }
  if (answer.status == StoreAnswer::Status::found ||
      answer.status == StoreAnswer::Status::written) {
    if (!exchange.report().generations_behind.has_value()) {
      exchange.store().breaker().note_found(exchange.environment().monotonic_ms());
    }
    exchange.report().generations_behind =
        int64_t{answer.record.generation} - int64_t{presentation.generation};
    exchange.report().subject = answer.record.subject;
  }
  return judge(presentation, answer);
}

// RFC 6749 section 6: the requested scope "MUST NOT include any scope not originally granted by the
// resource owner, and if omitted is treated as equal to the scope originally granted".
bool narrow_scope(Exchange& exchange, std::string_view grant_scope, std::string& scope) {
  scope = scope_intersection(grant_scope, exchange.client().scope);
  if (scope.empty() && !grant_scope.empty()) {
    exchange.fail(Error::invalid_scope, "nothing is left of the scope that was granted");
    return false;
  }
  if (!scope_contains(scope, exchange.requested_scope)) {
    exchange.fail(Error::invalid_scope, "the scope exceeds what was granted");
    return false;
  }
  if (!exchange.requested_scope.empty()) {
    scope = exchange.requested_scope;
  }
  return true;
}

void rotate_family(Exchange& exchange, std::string_view scope, uint32_t generation, const Key& key,
                   uint32_t ttl) {
  const RefreshToken& token = presented(exchange);
  Rotation rotation;
  rotation.presented = token.generation;
  rotation.generation = generation;
  rotation.key_id = key.id();
  rotation.granted_at = token.granted_at;
  rotation.ttl = ttl;
  rotation.scope = scope;
  exchange.new_ttl = ttl;
  exchange.store().rotate(token.family, rotation, exchange.deadline(),
                          exchange.then(&family_rotated));
}

void advance_family(Exchange& exchange, std::string_view scope) {
  const uint32_t ttl =
      std::min(exchange.policy().refresh_token_validity, remaining_lifetime(exchange));
  if (ttl == 0) {
    refuse_token(exchange, "the family is past its lifetime");
    return;
  }
  rotate_family(exchange, scope, presented(exchange).generation + 1,
                exchange.config().keys->minting(), ttl);
}

// Where renewal is off, the store may still have lost what it once had: then the record catches up
// with the token, which stays the newest.
void restore_family(Exchange& exchange, const StoreAnswer& answer) {
  const RefreshToken& token = presented(exchange);
  const auto left = static_cast<uint32_t>(answer.remaining_ms / 1000);
  rotate_family(exchange, answer.record.scope, token.generation,
                *exchange.config().keys->find(token.key_id), std::max(left, 1U));
}

void hand_out(Exchange& exchange, const StoreAnswer& answer, Outcome outcome, uint32_t generation,
              const Key* key, uint32_t remaining) {
  Exchange::Granted granted;
  if (!narrow_scope(exchange, answer.record.scope, granted.scope)) {
    return;
  }
  if (remaining == 0) {
    refuse_token(exchange, "refresh token expired: its family has less than a second left");
    return;
  }
  if (key == nullptr) {
    exchange.fail(Error::temporarily_unavailable, "the key of the newest refresh token is unknown");
    return;
  }
  RefreshToken successor = presented(exchange);
  successor.generation = generation;
  granted.family = successor.family;
  granted.subject = answer.record.subject;
  granted.refresh_token = mint_refresh_token(*key, successor, exchange.client().id);
  granted.remaining = remaining;
  exchange.succeed(outcome, std::move(granted));
}

void hand_out_newest(Exchange& exchange, const StoreAnswer& answer, Outcome outcome) {
  hand_out(exchange, answer, outcome, answer.record.generation,
           exchange.config().keys->find(answer.record.key_id),
           static_cast<uint32_t>(answer.remaining_ms / 1000));
}

// RFC 9700 section 4.14.2: the server "cannot determine which party submitted the invalid refresh
// token, but it will revoke the active refresh token".
void convict(Exchange& exchange) {
  if (exchange.policy().reuse == Reuse::deny) {
    refuse_token(exchange, "refresh token replayed", Outcome::replayed);
    return;
  }
  exchange.pursue();
  exchange.store().revoke(presented(exchange).family, exchange.deadline(),
                          exchange.then(&family_revoked));
}

void family_revoked(Exchange& exchange, const StoreAnswer& answer) {
  if (!answer.is_certain()) {
    exchange.fail_uncertain("refresh token replayed, but its family could not be revoked");
    return;
  }
  refuse_token(exchange, "refresh token replayed, family revoked", Outcome::replayed);
}

void settle_missing(Exchange& exchange, const StoreAnswer& answer) {
  if (accept_missing_family(exchange, answer, presented(exchange))) {
    refuse_token(exchange, "refresh token expired: its family has no record");
  }
}

void missing_family_read(Exchange& exchange, const StoreAnswer& answer) {
  if (is_still_missing(exchange, answer)) {
    settle_missing(exchange, answer);
  }
}

// Every standing but those in which the family moves on. False for those.
bool settle_without_writing(Exchange& exchange, const StoreAnswer& answer, Standing standing) {
  switch (standing) {
    case Standing::uncertain:
      exchange.fail_uncertain(why_uncertain(answer));
      return true;
    case Standing::missing:
      settle_missing(exchange, answer);
      return true;
    case Standing::revoked:
      refuse_token(exchange, "refresh token revoked");
      return true;
    case Standing::too_far_ahead:
      exchange.fail_uncertain("refresh token is too far ahead of its family's record");
      return true;
    case Standing::retry:
      hand_out_newest(exchange, answer, Outcome::retried);
      return true;
    case Standing::late_retry:
      refuse_token(exchange, "refresh token used again just after its retry window");
      return true;
    case Standing::overtaken:
      hand_out_newest(exchange, answer, Outcome::overtaken);
      return true;
    case Standing::replay:
      convict(exchange);
      return true;
    case Standing::current:
    case Standing::ahead:
      break;
  }
  return false;
}

// The index lives one and a half times as long as a family without a refresh, so that it has to be
// written only when half of that time is over, or when the record lives longer than it did.
void keep_indexed(Exchange& exchange, const FamilyRecord& record) {
  const uint32_t validity = exchange.policy().refresh_token_validity;
  const uint32_t now = exchange.environment().unix_time();
  const uint32_t since =
      now > record.indexed_at ? now - record.indexed_at : record.indexed_at - now;
  if (since >= (validity + 1) / 2 || exchange.new_ttl > record.ttl_written) {
    exchange.store().refresh_index(presented(exchange).family, record.subject, now, validity,
                                   exchange.deadline());
  }
}

// RFC 6749 section 6 on scopes is checked before anything is written.
void move_on(Exchange& exchange, const StoreAnswer& answer, Standing standing) {
  std::string scope;
  if (!narrow_scope(exchange, answer.record.scope, scope)) {
    return;
  }
  exchange.scope_checked = true;
  if (exchange.policy().renewal) {
    advance_family(exchange, answer.record.scope);
  } else if (standing == Standing::ahead) {
    restore_family(exchange, answer);
  } else {
    keep_indexed(exchange, answer.record);
    const RefreshToken& token = presented(exchange);
    hand_out(exchange, answer, Outcome::renewal_off, token.generation,
             exchange.config().keys->find(token.key_id),
             static_cast<uint32_t>(answer.remaining_ms / 1000));
  }
}

// Whether nothing but the scope can keep the client from getting tokens.
bool gives_tokens(Exchange& exchange, const StoreAnswer& answer, Standing standing) {
  const bool lasts = answer.remaining_ms >= 1000;
  switch (standing) {
    case Standing::current:
      return exchange.policy().renewal || lasts;
    case Standing::ahead:
      return true;
    case Standing::retry:
    case Standing::overtaken:
      return lasts && exchange.config().keys->find(answer.record.key_id) != nullptr;
    default:
      return false;
  }
}

void refused_family_revoked(Exchange& exchange, const StoreAnswer& answer) {
  if (!answer.is_certain()) {
    exchange.fail_uncertain("refresh refused by its check, but its family could not be revoked");
    return;
  }
  refuse_token(exchange, "refresh refused by its check, family revoked");
}

// The record may have changed while the check went on, so the store decides again.
void refresh_verdict(Exchange& exchange, RefreshVerdict verdict) {
  const FamilyId& family = presented(exchange).family;
  switch (verdict) {
    case RefreshVerdict::unavailable:
      exchange.fail(Error::temporarily_unavailable, "the refresh check is unavailable");
      return;
    case RefreshVerdict::refused:
      refuse_token(exchange, "refresh refused by its check");
      return;
    case RefreshVerdict::family_refused:
      exchange.pursue();
      exchange.store().revoke(family, exchange.deadline(), exchange.then(&refused_family_revoked));
      return;
    case RefreshVerdict::accepted:
      break;
  }
  exchange.refresh_accepted = true;
  if (exchange.policy().renewal) {
    advance_family(exchange, exchange.grant_scope);
  } else {
    exchange.store().read(family, exchange.deadline(), exchange.then(&family_read));
  }
}

// Before anything is written.
void have_refresh_checked(Exchange& exchange, const StoreAnswer& answer) {
  std::string scope;
  if (!narrow_scope(exchange, answer.record.scope, scope)) {
    return;
  }
  exchange.scope_checked = true;
  exchange.grant_scope = answer.record.scope;
  exchange.check_refresh(&refresh_verdict, answer.record.subject, scope);
}

// A rotation that was read may still be lost in a failover. Done once more, it is found done.
bool has_to_be_confirmed(Exchange& exchange, Standing standing) {
  const bool rotated = standing == Standing::retry || standing == Standing::overtaken;
  return rotated && exchange.policy().renewal && exchange.store().waits_for_rotations();
}

void family_read(Exchange& exchange, const StoreAnswer& answer) {
  const Standing standing = judge_answer(exchange, answer);
  if (exchange.config().refresh_check && !exchange.refresh_accepted &&
      gives_tokens(exchange, answer, standing)) {
    have_refresh_checked(exchange, answer);
    return;
  }
  if (has_to_be_confirmed(exchange, standing)) {
    move_on(exchange, answer, standing);
    return;
  }
  if (!settle_without_writing(exchange, answer, standing)) {
    move_on(exchange, answer, standing);
  }
}

void family_rotated(Exchange& exchange, const StoreAnswer& answer) {
  const Standing standing = judge_answer(exchange, answer);
  if (standing == Standing::missing) {
    exchange.store().read(presented(exchange).family, exchange.deadline(),
                          exchange.then(&missing_family_read));
    return;
  }
  if (answer.status == StoreAnswer::Status::written) {
    keep_indexed(exchange, answer.record);
    const bool renewal = exchange.policy().renewal;
    const RefreshToken& token = presented(exchange);
    hand_out(
        exchange, answer, standing == Standing::ahead ? Outcome::healed : Outcome::rotated,
        renewal ? token.generation + 1 : token.generation,
        renewal ? &exchange.config().keys->minting() : exchange.config().keys->find(token.key_id),
        exchange.new_ttl);
    return;
  }
  if (settle_without_writing(exchange, answer, standing)) {
    return;
  }
  if (exchange.scope_checked) {
    exchange.fail(Error::temporarily_unavailable, "the store did not rotate a current token");
    return;
  }
  move_on(exchange, answer, standing);  // the grant's scope is not the client's of today
}

}  // namespace

void answer_refresh_token_grant(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  if (parameters[Parameter::refresh_token].empty()) {
    exchange.fail(Error::invalid_request, "refresh_token is missing");
    return;
  }
  if (!normalize_scope(parameters[Parameter::scope], exchange.requested_scope)) {
    exchange.fail(Error::invalid_scope, "the scope is malformed or too long");
    return;
  }
  const Exchange::PresentedToken& token = exchange.presented_for(exchange.client().id);
  if (token.check != TokenCheck::authentic) {
    exchange.report().unknown_token_format =
        token.check == TokenCheck::unknown_version || token.check == TokenCheck::unknown_key;
    refuse_token(exchange, refusal(token.check));
    return;
  }
  if (remaining_lifetime(exchange) == 0) {
    refuse_token(exchange, "the family is past its lifetime");
    return;
  }
  if (!exchange.policy().renewal || !exchange.requested_scope.empty() ||
      exchange.config().refresh_check) {
    exchange.store().read(token.token.family, exchange.deadline(), exchange.then(&family_read));
  } else {
    advance_family(exchange, exchange.client().scope);
  }
}

}  // namespace oauth2
