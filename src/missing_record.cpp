#include "missing_record.h"

#include "exchange.h"
#include "rotation_rule.h"

namespace oauth2 {
namespace {

bool is_breaker_open(Exchange& exchange) {
  return exchange.store().breaker().is_open(exchange.environment().monotonic_ms());
}

// A record lives for the validity at least: until then only a loss explains that it is missing.
bool is_too_young_to_expire(Exchange& exchange, const FamilyToken& token) {
  const uint64_t end = uint64_t{token.granted_at} + exchange.policy().refresh_token_validity;
  return exchange.environment().unix_time() < end;
}

bool accept(Exchange& exchange, const StoreAnswer& answer, uint32_t granted_at, bool breaker_open) {
  if (proves_an_end(answer, granted_at, breaker_open)) {
    return true;
  }
  exchange.store().breaker().note_unproved();
  exchange.report().alarm = true;
  exchange.fail_uncertain(why_unproved(answer, granted_at));
  return false;
}

}  // namespace

bool is_whole_since(const StoreAnswer& answer, uint32_t granted_at) {
  return answer.whole_since.has_value() &&
         *answer.whole_since <= uint64_t{granted_at} + clock_margin_ms / 1000;
}

bool is_final_loss(const StoreAnswer& answer, uint32_t granted_at) {
  return granted_at < answer.final_before;
}

bool proves_an_end(const StoreAnswer& answer, uint32_t granted_at, bool breaker_open) {
  return answer.status == StoreAnswer::Status::missing &&
         (is_final_loss(answer, granted_at) ||
          (is_whole_since(answer, granted_at) && !breaker_open));
}

const char* why_unproved(const StoreAnswer& answer, uint32_t granted_at) {
  return is_whole_since(answer, granted_at)
             ? "the store has lost the records of many families: restore them, or run "
               "script/accept-loss"
             : "the store was emptied after the grant: restore its data, or run script/accept-loss";
}

bool is_still_missing(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status == StoreAnswer::Status::missing) {
    return true;
  }
  exchange.fail_uncertain(answer.is_certain() ? "the family's record was missing for a moment"
                                              : why_uncertain(answer));
  return false;
}

bool accept_missing_record(Exchange& exchange, const StoreAnswer& answer, uint32_t granted_at) {
  return accept(exchange, answer, granted_at, is_breaker_open(exchange));
}

bool accept_missing_family(Exchange& exchange, const StoreAnswer& answer,
                           const FamilyToken& token) {
  const bool unexpected = is_too_young_to_expire(exchange, token);
  if (!unexpected && token.generation == 1) {
    return accept(exchange, answer, token.granted_at, false);
  }
  if (unexpected && is_whole_since(answer, token.granted_at) &&
      !is_final_loss(answer, token.granted_at)) {
    exchange.store().breaker().note_missing(token.family, exchange.environment().monotonic_ms());
  }
  return accept(exchange, answer, token.granted_at, is_breaker_open(exchange));
}

}  // namespace oauth2
