#include "missing_record.h"

#include <gtest/gtest.h>

#include "endpoint_fixture.h"
#include "refresh_token.h"
#include "table.h"

namespace oauth2 {
namespace {

TEST(MissingRecord, IsAProofOnlyWhereTheStoreIsWholeSinceTheGrant) {
  StoreAnswer answer;
  answer.status = StoreAnswer::Status::missing;
  EXPECT_FALSE(proves_an_end(answer, 1000, false)) << "the store is empty";
  answer.whole_since = 1000;
  EXPECT_TRUE(proves_an_end(answer, 1000, false));
  EXPECT_TRUE(proves_an_end(answer, 995, false)) << "the clocks of two hosts differ";
  EXPECT_FALSE(proves_an_end(answer, 994, false)) << "the store was emptied after the grant";
  EXPECT_TRUE(proves_an_end(answer, UINT32_MAX, false));
  answer.status = StoreAnswer::Status::found;
  EXPECT_FALSE(proves_an_end(answer, 1000, false));
}

TEST(MissingRecord, IsNoProofWhileTheBreakerIsOpen) {
  StoreAnswer answer;
  answer.status = StoreAnswer::Status::missing;
  answer.whole_since = 0;
  EXPECT_TRUE(proves_an_end(answer, 1000, false));
  EXPECT_FALSE(proves_an_end(answer, 1000, true));
}

TEST(MissingRecord, IsAProofWhereAnOperatorHasAcceptedTheLoss) {
  StoreAnswer answer;
  answer.status = StoreAnswer::Status::missing;
  answer.whole_since = 9000;
  answer.final_before = 2000;
  for (const bool breaker_open : {true, false}) {
    EXPECT_TRUE(proves_an_end(answer, 1999, breaker_open));
    EXPECT_FALSE(proves_an_end(answer, 2000, breaker_open)) << "granted afterwards";
  }
}

/// Many families of one client, of which some lose their records.
class LostRecords : public EndpointTest {
 protected:
  LostRecords() { app().settings.refresh_token_validity = 3600; }

  FamilyId family(uint32_t number) {
    Bytes<10> random{};
    random[0] = static_cast<unsigned char>(number);
    random[1] = static_cast<unsigned char>(number >> 8);
    return new_family("alice", random);
  }

  /// A token of a family that is not in the store.
  std::string lost_token(uint32_t number, uint32_t generation = 2) {
    RefreshToken made;
    made.family = family(number);
    made.granted_at = environment_.unix_time() - 100;
    made.generation = generation;
    return mint_refresh_token(keys_->minting(), made, "app");
  }

  void have_marker() { store_.restore({{}, {}, false, 0, 0, 0, 0, 0, {}}); }

  int status(const std::string& token) { return refresh(token).response.status; }

  void open_the_breaker() {
    for (uint32_t number = 0; number < loss_minimum; ++number) {
      refresh(lost_token(number));
    }
  }
};

TEST_F(LostRecords, OfAnEmptyStoreAreAnAlarm) {
  const Result result = refresh(lost_token(1));
  EXPECT_EQ(result.response.status, 503);
  EXPECT_EQ(result.error(), "temporarily_unavailable");
  EXPECT_GT(result.response.retry_after, 0U);
  EXPECT_EQ(result.report.outcome, Outcome::unavailable);
  EXPECT_TRUE(result.report.alarm);
  EXPECT_STREQ(result.report.reason,
               "the store was emptied after the grant: restore its data, or run "
               "script/accept-loss");
  EXPECT_EQ(store_.losses.unproved, 1U);
}

TEST_F(LostRecords, AreEvidenceAfterAnOldMarker) {
  have_marker();
  const Result result = refresh(lost_token(1));
  EXPECT_EQ(result.error(), "invalid_grant");
  EXPECT_FALSE(result.report.alarm);
  EXPECT_EQ(store_.losses.unproved, 0U);
}

TEST_F(LostRecords, AreNoEvidenceAfterAWipeAndAnotherLogin) {
  const std::string old = found_family();
  clock_.now_ms += 100000;
  store_.wipe();
  family_ = sample_family(1);
  const std::string young = found_family();
  EXPECT_EQ(status(old), 503);
  EXPECT_EQ(status(young), 200);
  store_.lose_families();
  EXPECT_EQ(status(old), 503);
  EXPECT_EQ(status(young), 400) << "the store was whole since its grant";
}

TEST_F(LostRecords, AreEvidenceOnceAnOperatorSaysSo) {
  const std::string old = lost_token(1);
  EXPECT_EQ(status(old), 503);
  store_.accept_loss(environment_.unix_time());
  EXPECT_EQ(status(old), 400);
}

TEST_F(LostRecords, OfManyFamiliesOpenTheBreaker) {
  have_marker();
  for (uint32_t number = 0; number < loss_minimum - 1; ++number) {
    ASSERT_EQ(status(lost_token(number)), 400) << number;
  }
  const Result result = refresh(lost_token(100));
  EXPECT_EQ(result.response.status, 503);
  EXPECT_TRUE(result.report.alarm);
  EXPECT_STREQ(result.report.reason,
               "the store has lost the records of many families: restore them, or run "
               "script/accept-loss");
  EXPECT_EQ(status(lost_token(0)), 503);
  EXPECT_EQ(store_.losses.unproved, 2U);
}

TEST_F(LostRecords, OfOneFamilyDoNot) {
  have_marker();
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(status(lost_token(1)), 400);
  }
}

// A refresh that reads first asks the store twice.
TEST_F(LostRecords, AreComparedWithRequestsNotWithOperations) {
  have_marker();
  const std::string first = found_family();
  std::string token = first;
  for (uint32_t i = 0; i < loss_minimum; ++i) {
    token = refresh(token, "&scope=read").refresh_token();
  }
  open_the_breaker();
  EXPECT_EQ(status(lost_token(300)), 503) << "33 are more than 32";
}

TEST_F(LostRecords, AreFewAmongManyThatAreFound) {
  have_marker();
  std::string token = found_family();
  for (int i = 0; i < 100; ++i) {
    token = refresh(token).refresh_token();
  }
  for (uint32_t number = 0; number < 100; ++number) {
    ASSERT_EQ(status(lost_token(number)), 400) << number;
  }
  EXPECT_EQ(status(lost_token(100)), 503);
}

TEST_F(LostRecords, AreEvidenceAgainWhenTheBreakerCloses) {
  have_marker();
  open_the_breaker();
  EXPECT_EQ(status(lost_token(0)), 503);
  clock_.now_ms += 61000;
  EXPECT_EQ(status(lost_token(0)), 400);
}

TEST_F(LostRecords, PassAnOpenBreakerWhereAnOperatorSaysSo) {
  have_marker();
  open_the_breaker();
  const std::string old = lost_token(0);
  EXPECT_EQ(status(old), 503);
  store_.accept_loss(environment_.unix_time());
  EXPECT_EQ(status(old), 400);
  clock_.now_ms += 200000;
  const std::string young = lost_token(1);
  open_the_breaker();
  EXPECT_EQ(status(young), 503) << "granted after that";
  EXPECT_EQ(status(old), 400);
}

// Their records may have expired; of the first tokens of families this is certain.
TEST_F(LostRecords, OfFamiliesOlderThanTheValidityDoNotOpenTheBreaker) {
  have_marker();
  app().settings.refresh_token_validity = 100;
  for (uint32_t number = 0; number < 100; ++number) {
    ASSERT_EQ(status(lost_token(number, 1)), 400) << number;
    ASSERT_EQ(status(lost_token(number, 2)), 400) << number;
  }
  app().settings.refresh_token_validity = 3600;
  open_the_breaker();
  app().settings.refresh_token_validity = 100;
  EXPECT_EQ(status(lost_token(0, 2)), 503);
  EXPECT_EQ(status(lost_token(0, 1)), 400) << "nor ask it";
  store_.wipe();
  EXPECT_EQ(status(lost_token(0, 1)), 503) << "but the store is to be whole";
}

TEST_F(LostRecords, ThatAreFoundAfterAllAreNoEvidence) {
  const std::string token = found_family();
  const FakeTokenStore::State whole = store_.state();
  store_.lose_families();
  FakeHost host;
  const auto exchange = make_exchange(config_, store_, environment_,
                                      request("grant_type=refresh_token&refresh_token=" + token));
  exchange->start(host);
  store_.run_one();
  store_.restore(whole);
  store_.run();
  EXPECT_EQ(exchange->response().status, 503);
  EXPECT_FALSE(exchange->report().alarm);
  EXPECT_STREQ(exchange->report().reason, "the family's record was missing for a moment");
}

TEST_F(LostRecords, AreNoEvidenceWhereTheSecondQuestionFails) {
  have_marker();
  store_.fates = {FakeTokenStore::Fate::done, FakeTokenStore::Fate::refused};
  EXPECT_EQ(status(lost_token(1)), 503);
  EXPECT_EQ(status(lost_token(1)), 400);
}

}  // namespace
}  // namespace oauth2
