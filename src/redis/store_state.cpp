#include "redis/store_state.h"

#include <algorithm>
#include <iterator>

namespace oauth2::redis {

namespace {

constexpr int max_spins = 100000;  // a process that was killed inside does not stop the others

/// Held for some assignments to the outage times.
class OutageLock {
 public:
  explicit OutageLock(StoreState& state) : state_(state) {
    for (int spin = 0; spin < max_spins && state_.outage_lock.exchange(1) != 0; ++spin) {
    }
  }
  ~OutageLock() { state_.outage_lock = 0; }
  OutageLock(const OutageLock&) = delete;
  OutageLock& operator=(const OutageLock&) = delete;

 private:
  StoreState& state_;
};

uint64_t elapsed(uint64_t from_ms, uint64_t to_ms) {
  return to_ms > from_ms ? to_ms - from_ms : 0;
}

// FNV-1a, 64 bits.
uint64_t hash_of(std::string_view name) {
  uint64_t hash = 14695981039346656037U;
  for (const char character : name) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 1099511628211U;
  }
  return hash;
}

uint64_t part_bit(StoreState& state, std::string_view name) {
  const uint64_t hash = hash_of(name);
  for (unsigned part = 0; part < max_store_parts; ++part) {
    uint64_t owner = 0;
    if (state.part_names[part].compare_exchange_strong(owner, hash) || owner == hash) {
      return uint64_t{1} << part;
    }
  }
  return uint64_t{1} << (max_store_parts - 1);
}

}  // namespace

OutageClock::OutageClock(StoreState& state, uint64_t longest_window_ms, std::string_view part)
    : state_(&state), longest_window_ms_(longest_window_ms), part_(part_bit(state, part)) {}

// Another worker has seen the store work when the last outage ended: this one is not older.
bool OutageClock::failed(uint64_t since_ms) {
  if (is_down()) {
    return false;
  }
  const OutageLock lock(*state_);
  if (is_down()) {
    return false;
  }
  state_->down_parts |= part_;
  if (state_->down_since_ms == 0) {
    state_->down_since_ms = std::max({since_ms, state_->outage_ended_ms.load(), uint64_t{1}});
    ++state_->outages;
  }
  return true;
}

bool OutageClock::recovered(uint64_t now_ms) {
  if (!is_down()) {
    return false;
  }
  const OutageLock lock(*state_);
  if (!is_down()) {
    return false;
  }
  state_->down_parts &= ~part_;
  if (state_->down_parts == 0) {
    const uint64_t began = state_->down_since_ms;
    state_->down_before_ms = down_time_before(began);
    state_->outage_began_ms = began;
    state_->outage_ended_ms = std::max(now_ms, began);
    state_->down_since_ms = 0;
  }
  return true;
}

// The down time of the outages before one that began at `began_ms`, if they are close enough.
uint64_t OutageClock::down_time_before(uint64_t began_ms) const {
  const uint64_t ended = state_->outage_ended_ms;
  const uint64_t began = state_->outage_began_ms;
  if (began == 0 || elapsed(ended, began_ms) >= longest_window_ms_) {
    return 0;
  }
  return state_->down_before_ms + elapsed(began, ended);
}

uint64_t OutageClock::allowance_ms(uint64_t window_ms, uint64_t now_ms) const {
  const OutageLock lock(*state_);
  const uint64_t down_since = state_->down_since_ms;
  if (down_since != 0) {
    return elapsed(down_since, now_ms) + down_time_before(down_since);
  }
  const uint64_t began = state_->outage_began_ms;
  if (began == 0 || elapsed(state_->outage_ended_ms, now_ms) >= window_ms) {
    return 0;
  }
  return elapsed(began, now_ms) + state_->down_before_ms;
}

void count_answer(StoreState& state, uint64_t latency_ms) {
  const auto* bound =
      std::lower_bound(std::begin(latency_bounds_ms), std::end(latency_bounds_ms), latency_ms);
  ++state.latency_buckets[bound - std::begin(latency_bounds_ms)];
  state.latency_sum_ms += latency_ms;
  ++state.operations;
}

}  // namespace oauth2::redis
