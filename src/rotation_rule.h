#ifndef OAUTH2_SRC_ROTATION_RULE_H
#define OAUTH2_SRC_ROTATION_RULE_H

#include <cstdint>

#include "oauth2/settings.h"
#include "oauth2/store.h"

namespace oauth2 {

/// What an authentic refresh token is worth, by the record of its family.
enum class Standing {
  uncertain,      ///< the store does not say, or not in a layout known here
  missing,        ///< no record
  revoked,        ///< a tombstone
  current,        ///< the newest generation
  ahead,          ///< the store has lost rotations of the family; go on from the token
  too_far_ahead,  ///< by more than max_healed_distance: a restored backup, or worse
  retry,          ///< the predecessor of the newest, inside the retry window
  late_retry,     ///< the predecessor, so shortly after the window that clocks may differ
  overtaken,      ///< older, but in flight together with the last rotation
  replay,         ///< older, and that is evidence
};

/// What the rule looks at besides the store's answer.
struct Presentation {
  uint32_t generation = 0;         ///< of the presented token
  RetryWindow retry;               ///< as configured
  uint64_t allowance_ms = 0;       ///< TokenStore::outage_allowance_ms() of that window
  uint64_t since_received_ms = 0;  ///< since the request was here in full
};

/// How long after its window a predecessor is refused without ending the family, in milliseconds:
/// the clocks of two hosts are never quite the same.
constexpr uint64_t clock_margin_ms = 5000;

/// What an authentic authorization code, generation 0, is worth by the record of its family.
enum class CodeStanding {
  uncertain,      ///< the store does not say
  missing,        ///< no record
  revoked,        ///< a tombstone
  current,        ///< not exchanged yet
  own_exchange,   ///< exchanged by this request itself, whose command was sent a second time
  used_just_now,  ///< exchanged within clock_margin_ms: refused, no evidence
  replay,         ///< exchanged before that: ends the family
};

/// Judges a code of which nothing but `since_granted_ms`, the age of its grant, and
/// `since_received_ms`, as in Presentation, is known. A code has no retry window: "The client MUST
/// NOT use the authorization code more than once" (RFC 6749 section 4.1.2).
CodeStanding judge_code(uint64_t since_granted_ms, uint64_t since_received_ms,
                        const StoreAnswer& answer);

/// Why nothing follows from an answer that is not certain, for the operator; it lives as long as
/// the program.
const char* why_uncertain(const StoreAnswer& answer);

/// What an access token that is authentic and not expired is worth by the record of its family.
enum class AccessStanding {
  uncertain,  ///< the store does not say
  active,
  revoked,  ///< a tombstone
  missing,  ///< no record, which is to be judged as any missing one
};

/// Judges an access token. The grant of a user has a record as long as it lives; a client's own
/// token, without a user, has none but a tombstone.
AccessStanding judge_access_token(bool has_user, const StoreAnswer& answer);

/// Judges a presented token. Depends on nothing but its arguments.
Standing judge(const Presentation& presented, const StoreAnswer& answer);

}  // namespace oauth2

#endif
