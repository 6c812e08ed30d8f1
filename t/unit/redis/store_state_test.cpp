#include "redis/store_state.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t window_ms = 30000;

class OutageClocks : public testing::Test {
 protected:
  StoreState state_{};
  OutageClock clock_{state_, window_ms};
};

TEST_F(OutageClocks, WithoutAnOutageAllowNothing) {
  EXPECT_EQ(clock_.allowance_ms(window_ms, 1000000), 0U);
  EXPECT_FALSE(clock_.recovered(1000000));
  EXPECT_EQ(state_.outages, 0U);
}

TEST_F(OutageClocks, CountFromWhenTheStoreLastWorked) {
  EXPECT_TRUE(clock_.failed(99000));
  EXPECT_EQ(clock_.allowance_ms(window_ms, 100000), 1000U);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 500000), 401000U);
  EXPECT_EQ(clock_.allowance_ms(0, 500000), 401000U);
}

TEST_F(OutageClocks, AreNewsOnce) {
  EXPECT_FALSE(is_down(state_));
  EXPECT_TRUE(clock_.failed(100000));
  EXPECT_TRUE(is_down(state_));
  EXPECT_FALSE(clock_.failed(100500));
  EXPECT_TRUE(clock_.recovered(102000));
  EXPECT_FALSE(is_down(state_));
  EXPECT_FALSE(clock_.recovered(103000));
  EXPECT_EQ(state_.outages, 1U);
}

TEST_F(OutageClocks, AllowUntilAWindowAfterTheEnd) {
  clock_.failed(100000);
  clock_.recovered(160000);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 160000), 60000U);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 189999), 89999U);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 190000), 0U);
  EXPECT_EQ(clock_.allowance_ms(1000, 160999), 60999U);
  EXPECT_EQ(clock_.allowance_ms(1000, 161000), 0U);
  EXPECT_EQ(clock_.allowance_ms(0, 160000), 0U);
}

TEST_F(OutageClocks, AddUpOutagesThatAreCloserThanAWindow) {
  clock_.failed(100000);
  clock_.recovered(110000);
  EXPECT_TRUE(clock_.failed(139000));
  EXPECT_EQ(clock_.allowance_ms(window_ms, 141000), 12000U);
  clock_.recovered(150000);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 150000), 21000U);
  clock_.failed(151000);
  clock_.recovered(152000);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 153000), 2000U + 11000U + 10000U);
  EXPECT_EQ(state_.outages, 3U);
}

TEST_F(OutageClocks, KeepOutagesApartThatAreNot) {
  clock_.failed(100000);
  clock_.recovered(110000);
  clock_.failed(140000);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 150000), 10000U);
  clock_.recovered(150000);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 150000), 10000U);
}

// A reply that was lost just before the first of many outages, and comes back after the last: the
// time in which the store worked is within the window, so all of it is.
TEST_F(OutageClocks, NeverAllowLessThanTheStoreWasDown) {
  const uint64_t lost_ms = 100000;
  uint64_t now_ms = lost_ms;
  uint64_t worked_ms = 0;
  for (int i = 0; i < 9; ++i) {
    now_ms += 3000;
    worked_ms += 3000;
    clock_.failed(now_ms);
    EXPECT_LE(now_ms - lost_ms, window_ms + clock_.allowance_ms(window_ms, now_ms));
    now_ms += 45000;
    clock_.recovered(now_ms);
    ASSERT_LE(worked_ms, window_ms);
    EXPECT_LE(now_ms - lost_ms, window_ms + clock_.allowance_ms(window_ms, now_ms));
  }
}

TEST_F(OutageClocks, OfTwoWorkersShareWhatTheyKnow) {
  OutageClock other(state_, window_ms);
  EXPECT_TRUE(clock_.failed(100000));
  EXPECT_FALSE(other.failed(100100));
  EXPECT_EQ(other.allowance_ms(window_ms, 105000), 5000U);
  EXPECT_TRUE(other.recovered(110000));
  EXPECT_FALSE(clock_.recovered(110001));
  EXPECT_EQ(clock_.allowance_ms(window_ms, 110000), 10000U);
}

// Each worker has the time of its own last turn.
TEST_F(OutageClocks, TolerateWorkersWhoseClocksDiffer) {
  clock_.failed(100010);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 100000), 0U);
  clock_.recovered(100005);
  EXPECT_EQ(clock_.allowance_ms(window_ms, 100000), 0U);
  EXPECT_LE(clock_.allowance_ms(window_ms, 100020), 10U);
  clock_.failed(100000);
  EXPECT_LE(clock_.allowance_ms(window_ms, 100020), 20U);
}

TEST_F(OutageClocks, ThatBeganAtTheHostsStartAreOutages) {
  EXPECT_TRUE(clock_.failed(0));
  EXPECT_TRUE(is_down(state_));
  EXPECT_GT(clock_.allowance_ms(window_ms, 10), 0U);
}

struct LatencyRow {
  const char* name;
  uint64_t latency_ms;
  int bucket;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(LatencyRow)

class Latency : public testing::TestWithParam<LatencyRow> {};

TEST_P(Latency, GoesIntoItsBucket) {
  StoreState state{};
  count_answer(state, GetParam().latency_ms);
  EXPECT_EQ(state.operations, 1U);
  EXPECT_EQ(state.latency_sum_ms, GetParam().latency_ms);
  for (int i = 0; i < latency_bucket_count; ++i) {
    EXPECT_EQ(state.latency_buckets[i], i == GetParam().bucket ? 1U : 0U) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, Latency,
    testing::Values(LatencyRow{"none", 0, 0}, LatencyRow{"the first bound", 1, 0},
                    LatencyRow{"above the first bound", 2, 1}, LatencyRow{"between bounds", 30, 5},
                    LatencyRow{"the last bound", 2500, 10},
                    LatencyRow{"above all bounds", 2501, 11}, LatencyRow{"far above", 1000000, 11}),
    row_name<LatencyRow>);

// --- A store of several parts.

class PartsOfAStore : public testing::Test {
 protected:
  StoreState state_{};
  OutageClock one_{state_, window_ms, "127.0.0.1:7001"};
  OutageClock other_{state_, window_ms, "127.0.0.1:7002"};
};

TEST_F(PartsOfAStore, AreKnownByTheirNamesToAllWorkers) {
  EXPECT_TRUE(one_.failed(1000));
  EXPECT_TRUE((OutageClock{state_, window_ms, "127.0.0.1:7001"}.is_down()));
  EXPECT_FALSE(other_.is_down());
  EXPECT_FALSE((OutageClock{state_, window_ms, "127.0.0.1:7001"}.failed(2000)));
}

TEST_F(PartsOfAStore, AreAnOutageUntilTheLastOfThemRecovers) {
  EXPECT_TRUE(one_.failed(1000));
  EXPECT_TRUE(other_.failed(5000));
  EXPECT_TRUE(one_.recovered(9000));
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(other_.allowance_ms(window_ms, 10000), 9000U);
  EXPECT_TRUE(other_.recovered(11000));
  EXPECT_FALSE(is_down(state_));
  EXPECT_EQ(state_.outages, 1U);
  EXPECT_EQ(one_.allowance_ms(window_ms, 12000), 11000U);
}

TEST_F(PartsOfAStore, ThatWorkDoNotEndTheOutageOfAnother) {
  EXPECT_TRUE(one_.failed(1000));
  EXPECT_FALSE(other_.recovered(2000));
  EXPECT_TRUE(is_down(state_));
}

TEST_F(PartsOfAStore, BeyondThoseThatCanBeToldApartShareOne) {
  for (unsigned i = 0; i < 2 * max_store_parts; ++i) {
    OutageClock(state_, window_ms, "node " + std::to_string(i));
  }
  OutageClock late{state_, window_ms, "late"};
  EXPECT_TRUE(late.failed(1000));
  EXPECT_TRUE((OutageClock{state_, window_ms, "later"}.is_down()));
  EXPECT_FALSE(one_.is_down());
}

}  // namespace
}  // namespace oauth2::redis
