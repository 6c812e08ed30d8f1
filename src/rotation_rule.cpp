#include "rotation_rule.h"

#include <algorithm>

namespace oauth2 {
namespace {

// The store and this host measure the same duration in whole milliseconds, and the kernel's coarse
// clock here moves once a tick, which is up to 10 ms.
constexpr uint64_t rounding_ms = 15;

uint64_t effective_window_ms(const Presentation& presented, const StoreAnswer& answer) {
  uint64_t window_ms = uint64_t{presented.retry.seconds} * 1000 + presented.allowance_ms;
  // A worker that repeats its own command may find what the first one did.
  if (answer.first_sent_ms_ago.has_value()) {
    window_ms = std::max(window_ms, *answer.first_sent_ms_ago + rounding_ms);
  }
  return window_ms;
}

bool has_window(const Presentation& presented, const StoreAnswer& answer) {
  return presented.retry.seconds > 0 || answer.first_sent_ms_ago.has_value();
}

Standing judge_older(const Presentation& presented, const StoreAnswer& answer) {
  const uint64_t age_ms = answer.rotation_age_ms;
  if (answer.record.generation - presented.generation == 1) {
    const uint64_t window_ms = effective_window_ms(presented, answer);
    if (presented.retry.until_used || (has_window(presented, answer) && age_ms <= window_ms)) {
      return Standing::retry;
    }
    if (age_ms <= window_ms + clock_margin_ms) {
      return Standing::late_retry;
    }
  }
  return age_ms <= presented.since_received_ms + rounding_ms ? Standing::overtaken
                                                             : Standing::replay;
}

}  // namespace

CodeStanding judge_code(uint64_t since_granted_ms, uint64_t since_received_ms,
                        const StoreAnswer& answer) {
  switch (answer.status) {
    case StoreAnswer::Status::unavailable:
    case StoreAnswer::Status::unknown_layout:
      return CodeStanding::uncertain;
    case StoreAnswer::Status::missing:
      return CodeStanding::missing;
    case StoreAnswer::Status::found:
    case StoreAnswer::Status::written:
      break;
  }
  if (answer.record.revoked) {
    return CodeStanding::revoked;
  }
  if (answer.record.generation == 0) {
    return CodeStanding::current;
  }
  const uint64_t age_ms = answer.rotation_age_ms;
  const bool only_exchanged = answer.record.generation == 1;
  if (only_exchanged && answer.first_sent_ms_ago.has_value() &&
      age_ms <= *answer.first_sent_ms_ago + rounding_ms) {
    return CodeStanding::own_exchange;
  }
  if (age_ms > clock_margin_ms) {
    return CodeStanding::replay;
  }
  // The age is that of a refresh here, the exchange lies between it and the grant.
  const bool just_now = only_exchanged || since_granted_ms <= clock_margin_ms ||
                        age_ms <= since_received_ms + rounding_ms;
  return just_now ? CodeStanding::used_just_now : CodeStanding::replay;
}

const char* why_uncertain(const StoreAnswer& answer) {
  return answer.status == StoreAnswer::Status::unknown_layout
             ? "the family's record has an unknown layout"
             : "the store is unavailable";
}

AccessStanding judge_access_token(bool has_user, const StoreAnswer& answer) {
  switch (answer.status) {
    case StoreAnswer::Status::unavailable:
    case StoreAnswer::Status::unknown_layout:
      return AccessStanding::uncertain;
    case StoreAnswer::Status::missing:
      return has_user ? AccessStanding::missing : AccessStanding::active;
    case StoreAnswer::Status::found:
    case StoreAnswer::Status::written:
      break;
  }
  return answer.record.revoked ? AccessStanding::revoked : AccessStanding::active;
}

Standing judge(const Presentation& presented, const StoreAnswer& answer) {
  switch (answer.status) {
    case StoreAnswer::Status::unavailable:
    case StoreAnswer::Status::unknown_layout:
      return Standing::uncertain;
    case StoreAnswer::Status::missing:
      return Standing::missing;
    case StoreAnswer::Status::found:
    case StoreAnswer::Status::written:
      break;
  }
  if (answer.record.revoked) {
    return Standing::revoked;
  }
  const uint32_t current = answer.record.generation;
  if (presented.generation == current) {
    return Standing::current;
  }
  if (presented.generation < current) {
    return judge_older(presented, answer);
  }
  return presented.generation - current <= max_healed_distance ? Standing::ahead
                                                               : Standing::too_far_ahead;
}

}  // namespace oauth2
