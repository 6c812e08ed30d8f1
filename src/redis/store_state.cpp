#include "redis/store_state.h"

#include <algorithm>
#include <iterator>

namespace oauth2::redis {

bool OutageClock::failed(uint64_t since_ms, uint64_t now_ms) {
  if (state_.down.exchange(1) == 1) {
    return false;
  }
  const uint64_t ended = state_.outage_ended_ms;
  const bool continues = state_.outage_began_ms != 0 && now_ms - ended < longest_window_ms_;
  if (!continues) {
    state_.outage_began_ms = std::max<uint64_t>(since_ms, 1);
  }
  ++state_.outages;
  return true;
}

bool OutageClock::recovered(uint64_t now_ms) {
  if (state_.down == 0) {
    return false;
  }
  state_.outage_ended_ms = now_ms;
  return state_.down.exchange(0) == 1;
}

uint64_t OutageClock::allowance_ms(uint64_t window_ms, uint64_t now_ms) const {
  const uint64_t began = state_.outage_began_ms;
  if (began == 0 || began > now_ms) {
    return 0;
  }
  const bool recent = state_.down == 1 || now_ms - state_.outage_ended_ms < window_ms;
  return recent ? now_ms - began : 0;
}

void count_answer(StoreState& state, uint64_t latency_ms) {
  const auto* bound =
      std::lower_bound(std::begin(latency_bounds_ms), std::end(latency_bounds_ms), latency_ms);
  ++state.latency_buckets[bound - std::begin(latency_bounds_ms)];
  state.latency_sum_ms += latency_ms;
  ++state.operations;
}

}  // namespace oauth2::redis
