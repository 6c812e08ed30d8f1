#include "redis/store_state.h"

#include <algorithm>
#include <iterator>

namespace oauth2::redis {

namespace {

uint64_t elapsed(uint64_t from_ms, uint64_t to_ms) {
  return to_ms > from_ms ? to_ms - from_ms : 0;
}

}  // namespace

bool OutageClock::failed(uint64_t since_ms) {
  uint64_t up = 0;
  if (!state_.down_since_ms.compare_exchange_strong(up, std::max<uint64_t>(since_ms, 1))) {
    return false;
  }
  ++state_.outages;
  return true;
}

// What belongs to the outage is written before it is over, so that nobody reads an older one.
bool OutageClock::recovered(uint64_t now_ms) {
  uint64_t began = state_.down_since_ms;
  if (began == 0) {
    return false;
  }
  if (state_.outage_began_ms != began) {
    state_.down_before_ms = down_time_before(began);
    state_.outage_ended_ms = now_ms;
    state_.outage_began_ms = began;
  }
  return state_.down_since_ms.compare_exchange_strong(began, 0);
}

// The down time of the outages before one that began at `began_ms`, if they are close enough.
uint64_t OutageClock::down_time_before(uint64_t began_ms) const {
  const uint64_t ended = state_.outage_ended_ms;
  const uint64_t began = state_.outage_began_ms;
  if (began == 0 || elapsed(ended, began_ms) >= longest_window_ms_) {
    return 0;
  }
  return state_.down_before_ms + elapsed(began, ended);
}

uint64_t OutageClock::allowance_ms(uint64_t window_ms, uint64_t now_ms) const {
  const uint64_t down_since = state_.down_since_ms;
  if (down_since != 0) {
    return elapsed(down_since, now_ms) + down_time_before(down_since);
  }
  const uint64_t began = state_.outage_began_ms;
  if (began == 0 || elapsed(state_.outage_ended_ms, now_ms) >= window_ms) {
    return 0;
  }
  return elapsed(began, now_ms) + state_.down_before_ms;
}

void count_answer(StoreState& state, uint64_t latency_ms) {
  const auto* bound =
      std::lower_bound(std::begin(latency_bounds_ms), std::end(latency_bounds_ms), latency_ms);
  ++state.latency_buckets[bound - std::begin(latency_bounds_ms)];
  state.latency_sum_ms += latency_ms;
  ++state.operations;
}

}  // namespace oauth2::redis
