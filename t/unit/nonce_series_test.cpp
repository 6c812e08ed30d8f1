#include "oauth2/nonce_series.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "crypto.h"

namespace oauth2 {
namespace {

class RandomEnvironment final : public Environment {
 public:
  uint32_t unix_time() override { return 0; }
  uint64_t monotonic_ms() override { return 0; }
  void random(unsigned char* out, size_t size) override { random_bytes(out, size); }
};

TEST(NonceSeries, GivesEachNonceOnce) {
  RandomEnvironment environment;
  NonceSeries series;
  std::set<Bytes<24>> nonces;
  for (unsigned i = 0; i < 3 * NonceSeries::length; ++i) {
    EXPECT_TRUE(nonces.insert(series.next(environment)).second);
  }
}

TEST(NonceSeries, ChangesTheFirstHalfAfterItsLength) {
  RandomEnvironment environment;
  NonceSeries series;
  std::map<std::string, unsigned> halves;
  std::set<std::string> second_halves;
  for (unsigned i = 0; i < 3 * NonceSeries::length; ++i) {
    const Bytes<24> nonce = series.next(environment);
    ++halves[std::string(view(nonce).substr(0, 12))];
    second_halves.insert(std::string(view(nonce).substr(12)));
  }
  EXPECT_EQ(halves.size(), 3U);
  for (const auto& [half, count] : halves) {
    EXPECT_EQ(count, NonceSeries::length);
  }
  EXPECT_EQ(second_halves.size(), 3 * NonceSeries::length);
}

TEST(NonceSeries, OfTwoKeyRingsHaveNothingInCommon) {
  RandomEnvironment environment;
  NonceSeries one;
  NonceSeries other;
  const Bytes<24> first = one.next(environment);
  const Bytes<24> second = other.next(environment);
  EXPECT_NE(view(first).substr(0, 12), view(second).substr(0, 12));
}

}  // namespace
}  // namespace oauth2
