#ifndef OAUTH2_SRC_REDIS_STORE_STATE_H
#define OAUTH2_SRC_REDIS_STORE_STATE_H

#include <atomic>
#include <cstdint>
#include <string_view>

#include "oauth2/loss_breaker.h"

namespace oauth2::redis {

/// Upper bounds in milliseconds of the latency histogram; the last bucket has none.
constexpr uint64_t latency_bounds_ms[] = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500};
constexpr int latency_bucket_count =
    static_cast<int>(sizeof(latency_bounds_ms) / sizeof(latency_bounds_ms[0])) + 1;

/// How many parts of a store are told apart; further ones share the last.
constexpr unsigned max_store_parts = 64;

/// What all workers of a host know together of one store. It may stand in shared memory: all of it
/// is lock-free, zero at the start, and times are those of the host's monotonic clock.
struct StoreState {
  std::atomic<uint32_t> outage_lock;      ///< 1: somebody changes the five below
  std::atomic<uint64_t> down_parts;       ///< a bit for each part that does not work
  std::atomic<uint64_t> down_since_ms;    ///< 0: the store works, with all its parts
  std::atomic<uint64_t> outage_began_ms;  ///< of the last outage that is over; 0: there was none
  std::atomic<uint64_t> outage_ended_ms;  ///< of the same
  std::atomic<uint64_t> down_before_ms;   ///< how long the outages shortly before that one took
  std::atomic<uint32_t> eviction_warned;  ///< 1 once the operator was told of maxmemory-policy

  std::atomic<uint64_t> part_names[max_store_parts];  ///< hashes; 0: nobody's yet

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
/// workers that share it differ by the length of a turn of their event loops. The store is down
/// while any of its parts is, as seen by any worker; each of its Redis nodes is a part.
class OutageClock {
 public:
  /// The clock as one part of the store feeds it, known by its name to all workers.
  /// `longest_window_ms`: the down time of outages that follow each other more closely adds up.
  OutageClock(StoreState& state, uint64_t longest_window_ms, std::string_view part = "store");

  StoreState& state() const { return *state_; }

  /// The part does not work, and may not have since `since_ms`. True if this is news.
  bool failed(uint64_t since_ms);

  /// The part works, or does not belong to the store any more. True if this is news.
  bool recovered(uint64_t now_ms);

  /// Whether some worker knows the part to be down.
  bool is_down() const { return (state_->down_parts & part_) != 0; }

  /// TokenStore::outage_allowance_ms(): the time since the last outage began, and the down time of
  /// those shortly before it.
  uint64_t allowance_ms(uint64_t window_ms, uint64_t now_ms) const;

 private:
  uint64_t down_time_before(uint64_t began_ms) const;

  StoreState* state_;
  uint64_t longest_window_ms_;
  uint64_t part_;  // its bit
};

/// Counts an operation that was answered after `latency_ms`.
void count_answer(StoreState& state, uint64_t latency_ms);

}  // namespace oauth2::redis

#endif
