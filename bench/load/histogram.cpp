#include "histogram.h"

#include <cmath>

namespace oauth2::bench {

void Histogram::add(uint64_t nanoseconds) {
  unsigned shift = 0;
  while (nanoseconds >> shift >= size_t{2} << bits) {
    ++shift;
  }
  ++buckets_[(size_t{shift} << bits) + (nanoseconds >> shift)];
  ++count_;
}

uint64_t Histogram::quantile(double share) const {
  auto left = static_cast<int64_t>(std::ceil(share * static_cast<double>(count_)));
  for (size_t i = 0; i < buckets_.size(); ++i) {
    left -= static_cast<int64_t>(buckets_[i]);
    if (buckets_[i] != 0 && left <= 0) {
      const size_t shift = i >> bits > 0 ? (i >> bits) - 1 : 0;
      return ((i - (shift << bits) + 1) << shift) - 1;  // the end of the bucket
    }
  }
  return 0;
}

}  // namespace oauth2::bench
