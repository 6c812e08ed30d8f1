#ifndef OAUTH2_LOSS_BREAKER_H
#define OAUTH2_LOSS_BREAKER_H

#include <atomic>
#include <cstdint>

#include "oauth2/family.h"

namespace oauth2 {

/// How long the breaker remembers, in seconds.
constexpr uint32_t loss_window_s = 60;

/// Fewer families than this are never taken for a loss: they may have expired.
constexpr uint32_t loss_minimum = 32;

/// What all workers of a host know together of the records that refreshes found, or found missing.
/// It may stand in shared memory: all of it is lock-free and zero at the start.
struct LossState {
  static constexpr uint32_t ways = 8;
  static constexpr uint32_t sets = 512;

  /// One for each second of the window: its number in the upper half, a count in the lower one.
  std::atomic<uint64_t> found[loss_window_s];
  std::atomic<uint64_t> missing[loss_window_s];

  /// The families that `missing` counts: a hash in the upper half, the second in the lower one.
  std::atomic<uint64_t> families[sets][ways];

  std::atomic<uint64_t> unproved;  ///< missing records that were answered with 503
};

/// Whether, at `now_ms`, so many families are missing that the store must have lost them: at least
/// loss_minimum different ones in the last loss_window_s, and more of them than refreshes that
/// found their record.
bool is_breaker_open(const LossState& state, uint64_t now_ms);

/// Notices that a store has lost many records, but not the marker that shows whether it is whole:
/// an eviction, for example. Whoever refreshes again and again without a record counts as one.
/// (Where there are thousands of them, some may count twice.) Times are those of the host's
/// monotonic clock.
class LossBreaker {
 public:
  /// `state` outlives the breaker.
  explicit LossBreaker(LossState& state) : state_(state) {}

  /// A refresh has found its family's record.
  void note_found(uint64_t now_ms);

  /// A refresh has found no record of `family`, which nothing but the marker explains.
  void note_missing(const FamilyId& family, uint64_t now_ms);

  /// A missing record was answered with 503.
  void note_unproved() { ++state_.unproved; }

  bool is_open(uint64_t now_ms) const { return is_breaker_open(state_, now_ms); }

 private:
  LossState& state_;
};

}  // namespace oauth2

#endif
