#ifndef OAUTH2_SRC_REDIS_STORE_STATE_H
#define OAUTH2_SRC_REDIS_STORE_STATE_H

#include <atomic>
#include <cstdint>

#include "oauth2/loss_breaker.h"

namespace oauth2::redis {

/// Upper bounds in milliseconds of the latency histogram; the last bucket has none.
constexpr uint64_t latency_bounds_ms[] = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500};
constexpr int latency_bucket_count =
    static_cast<int>(sizeof(latency_bounds_ms) / sizeof(latency_bounds_ms[0])) + 1;

/// What all workers of a host know together of one store. It may stand in shared memory: all of it
/// is lock-free, zero at the start, and times are those of the host's monotonic clock.
struct StoreState {
  std::atomic<uint32_t> outage_lock;      ///< 1: somebody changes the four below
  std::atomic<uint64_t> down_since_ms;    ///< 0: the store works
  std::atomic<uint64_t> outage_began_ms;  ///< of the last outage that is over; 0: there was none
  std::atomic<uint64_t> outage_ended_ms;  ///< of the same
  std::atomic<uint64_t> down_before_ms;   ///< how long the outages shortly before that one took
  std::atomic<uint32_t> eviction_warned;  ///< 1 once the operator was told of maxmemory-policy

  std::atomic<uint64_t> operations;  ///< that were answered
  std::atomic<uint64_t> errors;      ///< operations that were not
  std::atomic<uint64_t> outages;
  std::atomic<uint64_t> latency_sum_ms;
  std::atomic<uint64_t> latency_buckets[latency_bucket_count];  ///< not cumulative

  LossState losses;  ///< what a LossBreaker works on
};

/// Whether some worker knows the store to be down.
inline bool is_down(const StoreState& state) {
  return state.down_since_ms != 0;
}

/// The outage clock: what the retry window of a lost reply is prolonged by. The clocks of the
/// workers that share it differ by the length of a turn of their event loops.
class OutageClock {
 public:
  /// `longest_window_ms`: the down time of outages that follow each other more closely adds up.
  OutageClock(StoreState& state, uint64_t longest_window_ms)
      : state_(state), longest_window_ms_(longest_window_ms) {}

  /// The store does not work, and may not have since `since_ms`. True if this is news.
  bool failed(uint64_t since_ms);

  /// The store works. True if this is news.
  bool recovered(uint64_t now_ms);

  /// TokenStore::outage_allowance_ms(): the time since the last outage began, and the down time of
  /// those shortly before it.
  uint64_t allowance_ms(uint64_t window_ms, uint64_t now_ms) const;

 private:
  uint64_t down_time_before(uint64_t began_ms) const;

  StoreState& state_;
  uint64_t longest_window_ms_;
};

/// Counts an operation that was answered after `latency_ms`.
void count_answer(StoreState& state, uint64_t latency_ms);

}  // namespace oauth2::redis

#endif
