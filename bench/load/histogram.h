#ifndef OAUTH2_BENCH_LOAD_HISTOGRAM_H
#define OAUTH2_BENCH_LOAD_HISTOGRAM_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace oauth2::bench {

/// Counts durations in buckets that are at most 1/64 of their values wide.
class Histogram {
 public:
  void add(uint64_t nanoseconds);

  /// The duration in nanoseconds that `share` (0 to 1) of all do not exceed; 0 without any.
  uint64_t quantile(double share) const;

  uint64_t count() const { return count_; }

 private:
  static constexpr unsigned bits = 6;  // of a value behind its leading one
  std::array<uint64_t, (64 - bits + 1) << bits> buckets_{};
  uint64_t count_ = 0;
};

}  // namespace oauth2::bench

#endif
