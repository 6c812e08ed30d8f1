#ifndef OAUTH2_SRC_MISSING_RECORD_H
#define OAUTH2_SRC_MISSING_RECORD_H

#include <cstdint>

#include "family_token.h"
#include "oauth2/store.h"

namespace oauth2 {

class Exchange;

/// Whether the store was not emptied since a grant of the time `granted_at` (Unix, seconds), or
/// since a token was issued then. `answer`, of TokenStore::read() or revoke(), says that its record
/// is missing.
bool is_whole_since(const StoreAnswer& answer, uint32_t granted_at);

/// Whether an operator has said that what was granted at `granted_at` and is missing is lost for
/// good.
bool is_final_loss(const StoreAnswer& answer, uint32_t granted_at);

/// Whether a missing record proves that a grant of the time `granted_at`, or a token issued then,
/// has ended. `breaker_open` as LossBreaker::is_open().
bool proves_an_end(const StoreAnswer& answer, uint32_t granted_at, bool breaker_open);

/// Why it proves nothing, and what to do, for the operator; it lives as long as the program.
const char* why_unproved(const StoreAnswer& answer, uint32_t granted_at);

/// Whether a record that a rotation or an exchange has found missing still is: these touch one key
/// and do not tell whether the store is whole, so `answer` is of a read() that follows. Otherwise
/// ends the exchange with 503.
bool is_still_missing(Exchange& exchange, const StoreAnswer& answer);

/// What becomes of a missing record that proves nothing: counts it and ends the exchange with 503
/// and an alarm. True if it is evidence, and the exchange goes on.
bool accept_missing_record(Exchange& exchange, const StoreAnswer& answer, uint32_t granted_at);

/// The same for the record of an authentic refresh token, which is what the breaker learns from.
bool accept_missing_family(Exchange& exchange, const StoreAnswer& answer, const FamilyToken& token);

}  // namespace oauth2

#endif
