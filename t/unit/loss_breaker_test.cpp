#include "oauth2/loss_breaker.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace oauth2 {
namespace {

constexpr uint64_t start_ms = 5000000;

FamilyId family(uint32_t number) {
  Bytes<10> random{};
  for (size_t i = 0; i < 4; ++i) {
    random[i] = static_cast<unsigned char>(number >> 8 * i);
  }
  return new_family("alice", random);
}

class LossBreakers : public testing::Test {
 protected:
  /// Families `first` to `last` - 1 are missing, at `now_ms`.
  void miss(uint32_t first, uint32_t last, uint64_t now_ms = start_ms) {
    for (uint32_t number = first; number < last; ++number) {
      breaker_.note_missing(family(number), now_ms);
    }
  }

  void find(int count, uint64_t now_ms = start_ms) {
    for (int i = 0; i < count; ++i) {
      breaker_.note_found(now_ms);
    }
  }

  LossState state_{};
  LossBreaker breaker_{state_};
};

TEST_F(LossBreakers, AreClosedAtTheStart) {
  EXPECT_FALSE(breaker_.is_open(0));
  EXPECT_FALSE(breaker_.is_open(start_ms));
}

TEST_F(LossBreakers, OpenAtTheThirtySecondFamily) {
  miss(0, 31);
  EXPECT_FALSE(breaker_.is_open(start_ms));
  miss(31, 32);
  EXPECT_TRUE(breaker_.is_open(start_ms));
}

TEST_F(LossBreakers, WorkFromTheFirstMillisecondOfAHost) {
  miss(0, 32, 0);
  EXPECT_TRUE(breaker_.is_open(0));
}

TEST_F(LossBreakers, DoNotOpenForOneFamilyHoweverOftenItComes) {
  for (uint64_t now_ms = start_ms; now_ms < start_ms + 200000; now_ms += 100) {
    miss(7, 8, now_ms);
    ASSERT_FALSE(breaker_.is_open(now_ms));
  }
}

TEST_F(LossBreakers, NeedMoreThanHalfOfTheRefreshes) {
  miss(0, 100);
  find(99);
  EXPECT_TRUE(breaker_.is_open(start_ms));
  find(1);
  EXPECT_FALSE(breaker_.is_open(start_ms));
  miss(100, 101);
  EXPECT_TRUE(breaker_.is_open(start_ms));
}

// What was answered with 503 comes again at once, and must not count for what is well.
TEST_F(LossBreakers, AreNotClosedByThoseWhoComeAgain) {
  for (int round = 0; round < 1000; ++round) {
    miss(0, 40);
  }
  find(39);
  EXPECT_TRUE(breaker_.is_open(start_ms));
  find(1);
  EXPECT_FALSE(breaker_.is_open(start_ms));
}

TEST_F(LossBreakers, CloseAfterAMinute) {
  miss(0, 40);
  EXPECT_TRUE(breaker_.is_open(start_ms + 59000));
  EXPECT_FALSE(breaker_.is_open(start_ms + 60000));
  EXPECT_FALSE(breaker_.is_open(start_ms + 86400000));
}

TEST_F(LossBreakers, ForgetWhatWasFoundAfterAMinute) {
  find(1000);
  miss(0, 40, start_ms + 59000);
  EXPECT_FALSE(breaker_.is_open(start_ms + 59000));
  EXPECT_TRUE(breaker_.is_open(start_ms + 60000));
}

// Otherwise all would be logged out in the second in which the first count ends.
TEST_F(LossBreakers, StayOpenWhileTheSameFamiliesComeAgain) {
  miss(0, 40);
  for (uint64_t now_ms = start_ms; now_ms < start_ms + 300000; now_ms += 10000) {
    for (uint32_t number = 0; number < 40; ++number) {
      miss(number, number + 1, now_ms);
      ASSERT_TRUE(breaker_.is_open(now_ms)) << now_ms - start_ms << " ms, family " << number;
    }
  }
}

TEST_F(LossBreakers, CountAFamilyThatComesAgainOnce) {
  miss(0, 31);
  miss(0, 31, start_ms + 30000);
  EXPECT_FALSE(breaker_.is_open(start_ms + 30000));
  miss(31, 32, start_ms + 89000);
  EXPECT_TRUE(breaker_.is_open(start_ms + 89000)) << "by its last time";
}

TEST_F(LossBreakers, CountFamiliesBeyondTheirMemory) {
  miss(0, 20000);
  find(15000);
  EXPECT_TRUE(breaker_.is_open(start_ms));
  find(10000);
  EXPECT_FALSE(breaker_.is_open(start_ms));
}

TEST_F(LossBreakers, IgnoreAWorkerThatHasSleptForTheWholeWindow) {
  miss(0, 40);
  find(1000, start_ms - 60000);
  miss(40, 41, start_ms - 60000);
  EXPECT_TRUE(breaker_.is_open(start_ms));
}

TEST_F(LossBreakers, CountForAllWorkersTogether) {
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([this] {
      LossBreaker own(state_);
      for (uint64_t second = 0; second < 50; ++second) {
        for (uint32_t number = 0; number < 1000; ++number) {
          own.note_missing(family(number), start_ms + second * 1000);
          own.note_found(start_ms + second * 1000);
        }
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  uint64_t missing = 0;
  uint64_t found = 0;
  for (uint32_t second = 0; second < loss_window_s; ++second) {
    missing += static_cast<uint32_t>(state_.missing[second]);
    found += static_cast<uint32_t>(state_.found[second]);
  }
  EXPECT_EQ(found, 200000U);
  // A family that one worker counts while another one moves it may be left behind.
  EXPECT_GE(missing, 1000U);
  EXPECT_LE(missing, 1100U);
}

}  // namespace
}  // namespace oauth2
