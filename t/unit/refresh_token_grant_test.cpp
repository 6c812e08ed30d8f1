#include "refresh_token_grant.h"

#include <gtest/gtest.h>

#include "access_token.h"
#include "endpoint_fixture.h"
#include "key.h"
#include "refresh_token.h"
#include "table.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

class RefreshGrant : public EndpointTest {
 protected:
  void expect_success(const Result& result, Outcome outcome, uint32_t generation) {
    EXPECT_EQ(result.response.status, 200) << result.response.body;
    EXPECT_EQ(result.report.error, Error::none);
    EXPECT_STREQ(outcome_name(result.report.outcome), outcome_name(outcome));
    EXPECT_EQ(result.refresh_token(), token(generation));
    EXPECT_EQ(result.member("token_type"), "Bearer");
    EXPECT_EQ(result.family, family_hash(family_));
    EXPECT_EQ(result.report.subject, "alice");
  }

  void expect_refusal(const Result& result, Outcome outcome = Outcome::rejected) {
    EXPECT_EQ(result.response.status, 400);
    EXPECT_EQ(result.error(), "invalid_grant");
    EXPECT_STREQ(outcome_name(result.report.outcome), outcome_name(outcome));
    EXPECT_EQ(result.refresh_token(), "");
    EXPECT_EQ(result.member("access_token"), "");
  }

  void expect_unavailable(const Result& result) {
    EXPECT_EQ(result.response.status, 503);
    EXPECT_EQ(result.error(), "temporarily_unavailable");
    EXPECT_GT(result.response.retry_after, 0U);
    EXPECT_EQ(result.report.outcome, Outcome::unavailable);
    EXPECT_EQ(result.refresh_token(), "");
    EXPECT_EQ(result.member("access_token"), "");
  }

  AccessClaims claims(const Result& result) {
    AccessClaims read;
    EXPECT_TRUE(open_access_token(*keys_, result.member("access_token"), read, plaintext_));
    return read;
  }

  void pass(uint64_t ms) { clock_.now_ms += ms; }

 private:
  std::string plaintext_;
};

TEST_F(RefreshGrant, RotatesTheNewestToken) {
  const Result result = refresh(found_family());
  expect_success(result, Outcome::rotated, 2);
  EXPECT_EQ(result.member("expires_in"), "3600");
  EXPECT_EQ(result.member("refresh_token_expires_in"), "86400");
  EXPECT_EQ(result.member("scope"), "read write");
  EXPECT_EQ(result.report.generations_behind, 0);
  EXPECT_EQ(record().generation, 2U);
  EXPECT_EQ(record().ttl_written, 86400U);
  EXPECT_EQ(store_.executed(), 1);
}

TEST_F(RefreshGrant, SealsWhatItKnowsIntoTheAccessToken) {
  const Result result = refresh(found_family());
  const AccessClaims read = claims(result);
  EXPECT_EQ(read.family.bytes, family_.bytes);
  EXPECT_EQ(read.client, "app");
  EXPECT_EQ(read.subject, "alice");
  EXPECT_EQ(read.scope, "read write");
  EXPECT_EQ(read.issued_at, environment_.unix_time());
  EXPECT_EQ(read.expires_at, environment_.unix_time() + 3600);
}

TEST_F(RefreshGrant, GivesAFreshAccessTokenEachTime) {
  const std::string first = found_family();
  EXPECT_NE(refresh(first).member("access_token"), refresh(first).member("access_token"));
}

TEST_F(RefreshGrant, FollowsALongLine) {
  std::string newest = found_family();
  for (uint32_t generation = 2; generation < 100; ++generation) {
    pass(60000);
    const Result result = refresh(newest);
    expect_success(result, Outcome::rotated, generation);
    newest = result.refresh_token();
  }
}

TEST_F(RefreshGrant, AnswersARetryWithTheSameSuccessor) {
  const std::string first = found_family();
  const Result rotated = refresh(first);
  pass(29999);
  const Result retried = refresh(first);
  expect_success(retried, Outcome::retried, 2);
  EXPECT_EQ(retried.refresh_token(), rotated.refresh_token());
  EXPECT_NE(retried.member("access_token"), rotated.member("access_token"));
  EXPECT_EQ(retried.report.generations_behind, 1);
}

TEST_F(RefreshGrant, ARetryMovesNeitherTtlNorWindow) {
  const std::string first = found_family();
  refresh(first);
  const uint64_t expires_ms = record().expires_ms;
  for (int i = 0; i < 3; ++i) {
    pass(10000);
    const Result retried = refresh(first);
    expect_success(retried, Outcome::retried, 2);
    EXPECT_EQ(retried.member("refresh_token_expires_in"), std::to_string(86400 - 10 * (i + 1)));
  }
  EXPECT_EQ(record().expires_ms, expires_ms);
  pass(1);
  expect_refusal(refresh(first));
}

TEST_F(RefreshGrant, JustAfterTheWindowItRefusesWithoutRevoking) {
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  pass(35000);
  expect_refusal(refresh(first));
  EXPECT_EQ(store_.revocations, 0);
  expect_success(refresh(second), Outcome::rotated, 3);
}

TEST_F(RefreshGrant, AReplayEndsTheFamily) {
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  pass(36000);
  const Result replayed = refresh(first);
  expect_refusal(replayed, Outcome::replayed);
  EXPECT_EQ(replayed.report.generations_behind, 1);
  EXPECT_EQ(replayed.family, family_hash(family_));
  EXPECT_TRUE(record().revoked);
  EXPECT_EQ(record().ttl_written, 86400U);
  expect_refusal(refresh(second));
  expect_refusal(refresh(first));
}

TEST_F(RefreshGrant, AReplayIsOnlyRefusedWhereThePolicySaysSo) {
  app().settings.reuse = Reuse::deny;
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  pass(36000);
  expect_refusal(refresh(first), Outcome::replayed);
  EXPECT_EQ(store_.revocations, 0);
  expect_success(refresh(second), Outcome::rotated, 3);
}

TEST_F(RefreshGrant, AGrandparentIsAReplayAlsoInsideTheWindow) {
  const std::string first = found_family();
  refresh(refresh(first).refresh_token());
  pass(1000);
  expect_refusal(refresh(first), Outcome::replayed);
  EXPECT_TRUE(record().revoked);
}

TEST_F(RefreshGrant, AnOlderTokenInFlightWithTheLastRotationGetsTheNewest) {
  const std::string first = found_family();
  Request slow = request("grant_type=refresh_token&refresh_token=" + first);
  pass(1000);
  refresh(refresh(first).refresh_token());
  pass(1000);
  const Result result = send(std::move(slow));
  expect_success(result, Outcome::overtaken, 3);
  EXPECT_EQ(record().generation, 3U);
}

TEST_F(RefreshGrant, WithoutAWindowTheOldTokenIsDeadAtOnce) {
  app().settings.retry = RetryWindow{0, false};
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  expect_refusal(refresh(first));
  EXPECT_FALSE(record().revoked);
  pass(6000);
  expect_refusal(refresh(first), Outcome::replayed);
  expect_refusal(refresh(second));
}

// A connection to the store that breaks under a rotation.
TEST_F(RefreshGrant, ItsOwnRepeatIsInsideEveryWindow) {
  app().settings.retry = RetryWindow{0, false};
  const std::string first = found_family();
  store_.fates = {Fate::repeated};
  expect_success(refresh(first), Outcome::retried, 2);
  EXPECT_EQ(record().generation, 2U);
}

TEST_F(RefreshGrant, ItsOwnRepeatExcusesNoOlderRotation) {
  app().settings.retry = RetryWindow{0, false};
  const std::string first = found_family();
  refresh(first);
  pass(10000);
  store_.fates = {Fate::repeated};
  expect_refusal(refresh(first), Outcome::replayed);
}

TEST_F(RefreshGrant, AnUntilUsedWindowHasNoEnd) {
  app().settings.retry = RetryWindow{30, true};
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  pass(3600000);
  expect_success(refresh(first), Outcome::retried, 2);
  refresh(second);
  pass(36000);
  expect_refusal(refresh(first), Outcome::replayed);
}

TEST_F(RefreshGrant, AnOutageProlongsTheWindow) {
  const std::string first = found_family();
  store_.fates = {Fate::reply_lost};
  expect_unavailable(refresh(first));
  store_.begin_outage();
  pass(300000);
  expect_unavailable(refresh(first));
  store_.end_outage();
  pass(29000);
  expect_success(refresh(first), Outcome::retried, 2);
}

TEST_F(RefreshGrant, HealsWhatAFailoverLost) {
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  store_.lose_last_write();
  const Result healed = refresh(second);
  expect_success(healed, Outcome::healed, 3);
  EXPECT_EQ(healed.report.generations_behind, -1);
  EXPECT_EQ(record().generation, 3U);
}

TEST_F(RefreshGrant, HealsUpToSixtyFourGenerations) {
  found_family();
  expect_success(refresh(token(65)), Outcome::healed, 66);
  expect_unavailable(refresh(token(131)));
  EXPECT_EQ(record().generation, 66U);
}

TEST_F(RefreshGrant, AMissingRecordIsAnExpiredToken) {
  const std::string first = found_family(1, "read", 60);
  pass(60000);
  expect_refusal(refresh(first));
}

TEST_F(RefreshGrant, AnUnknownLayoutIsNoEvidence) {
  const std::string first = found_family();
  record().unknown_layout = true;
  expect_unavailable(refresh(first));
  EXPECT_EQ(record().generation, 1U);
}

/// How a request goes to the store: at once, in two steps because it names a scope or because the
/// client has got another scope since the grant, or for a client whose tokens are not renewed.
struct PathRow {
  const char* name;
  const char* more;
  bool renewal;
  int operations;
  const char* client_scope = "read write";
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(PathRow)

class RefreshPath : public RefreshGrant, public testing::WithParamInterface<PathRow> {
 protected:
  RefreshPath() {
    app().settings.renewal = GetParam().renewal;
    app().scope = GetParam().client_scope;
  }
  Result refresh_on_path(const std::string& token) { return refresh(token, GetParam().more); }
};

INSTANTIATE_TEST_SUITE_P(
    Paths, RefreshPath,
    testing::Values(PathRow{"at once", "", true, 1},
                    PathRow{"with a scope", "&scope=read", true, 2},
                    PathRow{"with more scope than the grant", "", true, 2, "read write admin"},
                    PathRow{"with less scope than the grant", "", true, 2, "read"},
                    PathRow{"renewal off", "", false, 1},
                    PathRow{"renewal off with a scope", "&scope=read", false, 1}),
    row_name<PathRow>);

TEST_P(RefreshPath, TakesAsManyOperationsAsItMust) {
  EXPECT_EQ(refresh_on_path(found_family()).response.status, 200);
  EXPECT_EQ(store_.executed(), GetParam().operations);
}

TEST_P(RefreshPath, AnUnavailableStoreIsNeverInvalidGrant) {
  const std::string first = found_family();
  for (int step = 0; step < GetParam().operations; ++step) {
    for (const Fate fate : {Fate::refused, Fate::reply_lost}) {
      store_.fates.assign(static_cast<size_t>(step), Fate::done);
      store_.fates.push_back(fate);
      expect_unavailable(refresh_on_path(first));
    }
  }
  EXPECT_EQ(refresh_on_path(first).response.status, 200);
}

TEST_P(RefreshPath, AStoreThatFailsAtTheTombstoneIsNeverInvalidGrant) {
  found_family(5);
  pass(60000);
  const std::string old = token(3);
  store_.fates = {Fate::done, Fate::refused};
  expect_unavailable(refresh_on_path(old));
  EXPECT_FALSE(record().revoked);
  store_.fates = {Fate::done, Fate::reply_lost};
  expect_unavailable(refresh_on_path(old));
  EXPECT_TRUE(record().revoked);
  expect_refusal(refresh_on_path(old));
}

TEST_P(RefreshPath, EveryRefusalComesBeforeTheScope) {
  found_family(5);
  record().revoked = true;
  expect_refusal(refresh(token(5), "&scope=admin"));
  record().revoked = false;
  pass(60000);
  expect_refusal(refresh(token(3), "&scope=admin"), Outcome::replayed);
}

TEST_P(RefreshPath, AScopeBeyondTheGrantChangesNothing) {
  const std::string first = found_family();
  const FakeTokenStore::Family before = record();
  const Result result = refresh(first, "&scope=read+more");
  EXPECT_EQ(result.response.status, 400);
  EXPECT_EQ(result.error(), "invalid_scope");
  EXPECT_EQ(record().generation, before.generation);
  EXPECT_EQ(record().expires_ms, before.expires_ms);
  EXPECT_EQ(store_.rotations, 0);
}

TEST_P(RefreshPath, ATombstoneRefuses) {
  const std::string first = found_family();
  record().revoked = true;
  expect_refusal(refresh_on_path(first));
}

TEST_P(RefreshPath, AForgedTokenReachesNoStore) {
  std::string forged = found_family();
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  const Result result = refresh_on_path(forged);
  expect_refusal(result);
  EXPECT_EQ(result.family, "");
  EXPECT_EQ(store_.executed(), 0);
}

TEST_P(RefreshPath, PastItsLifetimeAFamilyReachesNoStore) {
  app().settings.refresh_token_lifetime = 100;
  const std::string first = found_family();
  pass(100000);
  expect_refusal(refresh_on_path(first));
  EXPECT_EQ(store_.executed(), 0);
}

TEST_P(RefreshPath, AllOperationsOfARequestShareOneDeadline) {
  const std::string first = found_family();
  FakeHost host;
  const auto exchange =
      make_exchange(config_, store_, environment_,
                    request("grant_type=refresh_token&refresh_token=" + first + GetParam().more));
  exchange->start(host);
  const uint64_t deadline = clock_.now_ms + store_.request_budget_ms();
  while (host.responses == 0) {
    EXPECT_EQ(store_.last_deadline, deadline);
    pass(100);
    ASSERT_TRUE(store_.run_one());
  }
}

TEST_P(RefreshPath, ADetachedRequestThatWasNotSentIsNotExecuted) {
  const std::string first = found_family();
  for (int step = 0; step < GetParam().operations; ++step) {
    FakeHost host;
    const auto exchange =
        make_exchange(config_, store_, environment_,
                      request("grant_type=refresh_token&refresh_token=" + first + GetParam().more));
    exchange->start(host);
    for (int done = 0; done < step; ++done) {
      ASSERT_TRUE(store_.run_one());
    }
    const int executed = store_.executed();
    exchange->detach();
    store_.run();
    EXPECT_EQ(store_.executed(), executed);
    EXPECT_EQ(host.responses, 0);
    EXPECT_EQ(record().generation, 1U);
  }
}

TEST_P(RefreshPath, ADetachedReplayStillEndsItsFamily) {
  found_family(5);
  pass(60000);
  FakeHost host;
  const auto exchange = make_exchange(
      config_, store_, environment_,
      request("grant_type=refresh_token&refresh_token=" + token(3) + GetParam().more));
  exchange->start(host);
  ASSERT_TRUE(store_.run_one());
  EXPECT_FALSE(record().revoked);
  exchange->detach();
  store_.run();
  EXPECT_TRUE(record().revoked);
  EXPECT_EQ(host.responses, 0);
}

class KeptOrphans final : public OrphanObserver {
 public:
  void finished_without_client(EndpointExchange& exchange) override {
    outcomes.push_back(exchange.report().outcome);
  }
  std::vector<Outcome> outcomes;
};

TEST_P(RefreshPath, ADetachedReplayIsReportedAllTheSame) {
  KeptOrphans orphans;
  config_.orphans = &orphans;
  found_family(5);
  pass(60000);
  FakeHost host;
  const auto exchange = make_exchange(
      config_, store_, environment_,
      request("grant_type=refresh_token&refresh_token=" + token(3) + GetParam().more));
  exchange->start(host);
  ASSERT_TRUE(store_.run_one());
  exchange->detach();
  store_.run();
  EXPECT_EQ(orphans.outcomes, std::vector<Outcome>{Outcome::replayed});
}

TEST_P(RefreshPath, ARequestWithItsClientIsNoOrphan) {
  KeptOrphans orphans;
  config_.orphans = &orphans;
  refresh_on_path(found_family());
  EXPECT_TRUE(orphans.outcomes.empty());
}

TEST_F(RefreshGrant, ARotationThatWasSentGoesOnWithoutItsClient) {
  const std::string first = found_family();
  std::shared_ptr<EndpointExchange> exchange;
  FakeHost host;
  exchange = make_exchange(config_, store_, environment_,
                           request("grant_type=refresh_token&refresh_token=" + first));
  exchange->start(host);
  store_.run();
  exchange->detach();
  exchange.reset();
  EXPECT_EQ(record().generation, 2U);
  expect_success(refresh(first), Outcome::retried, 2);
}

TEST_F(RefreshGrant, ANarrowerScopeNarrowsTheAccessTokenOnly) {
  const Result narrowed = refresh(found_family(), "&scope=write");
  expect_success(narrowed, Outcome::rotated, 2);
  EXPECT_EQ(narrowed.member("scope"), "write");
  EXPECT_EQ(claims(narrowed).scope, "write");
  EXPECT_EQ(record().scope, "read write");
  EXPECT_EQ(refresh(narrowed.refresh_token()).member("scope"), "read write");
}

TEST_F(RefreshGrant, AnEmptyScopeIsTheWholeScope) {
  EXPECT_EQ(refresh(found_family(), "&scope=").member("scope"), "read write");
}

TEST_F(RefreshGrant, WhatTheClientLostOfItsScopeIsNotGiven) {
  const std::string first = found_family(1, "read write admin");
  EXPECT_EQ(refresh(first).member("scope"), "read write");
  EXPECT_EQ(refresh(token(2), "&scope=admin").error(), "invalid_scope");
}

TEST_F(RefreshGrant, AGrantWithoutScopeStaysWithout) {
  const Result result = refresh(found_family(1, ""));
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.member("scope"), "");
}

TEST_F(RefreshGrant, AClientWithoutScopeLeavesNothingOfTheGrants) {
  app().scope = "";
  const std::string first = found_family();
  EXPECT_EQ(refresh(first).error(), "invalid_scope");
  EXPECT_EQ(record().generation, 1U);
}

// A refusal that is not about the token must not use it up: the client would be taken for a thief
// as soon as it comes back with the same token.
TEST_F(RefreshGrant, AScopeOfWhichNothingIsLeftUsesUpNoToken) {
  const std::string first = found_family(1, "admin");
  EXPECT_EQ(refresh(first).error(), "invalid_scope");
  EXPECT_EQ(record().generation, 1U);
  pass(60000);
  refresh(first);
  EXPECT_FALSE(record().revoked);
}

TEST_F(RefreshGrant, TheTtlEndsWithTheLifetime) {
  app().settings.refresh_token_lifetime = 90000;
  const std::string first = found_family();
  pass(3600000 * 10);
  const Result result = refresh(first);
  EXPECT_EQ(result.member("refresh_token_expires_in"), "54000");
  EXPECT_EQ(record().ttl_written, 54000U);
}

TEST_F(RefreshGrant, TheAccessTokenEndsWithTheRecord) {
  app().settings.refresh_token_validity = 60;
  const Result result = refresh(found_family());
  EXPECT_EQ(result.member("expires_in"), "60");
  EXPECT_EQ(claims(result).expires_at, environment_.unix_time() + 60);
}

TEST_F(RefreshGrant, OneSecondBeforeItsLifetimeEndsAFamilyStillRotates) {
  app().settings.refresh_token_lifetime = 100;
  const std::string first = found_family();
  pass(99000);
  const Result result = refresh(first);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.member("refresh_token_expires_in"), "1");
}

// store.h: Rotation::ttl is "at least 1"; Redis takes no other.
TEST_F(RefreshGrant, ALifetimeThatEndsAfterTheReadIsNoRotationWithoutTtl) {
  app().settings.refresh_token_lifetime = 100;
  const std::string first = found_family();
  pass(99500);
  FakeHost host;
  const auto exchange =
      make_exchange(config_, store_, environment_,
                    request("grant_type=refresh_token&scope=read&refresh_token=" + first));
  exchange->start(host);
  pass(1000);
  store_.last_rotation_ttl = 1;
  store_.run();
  EXPECT_EQ(host.responses, 1);
  EXPECT_GE(store_.last_rotation_ttl, 1U);
  EXPECT_EQ(exchange->report().error, Error::invalid_grant);
}

TEST_F(RefreshGrant, ARetryAfterAKeyChangeGivesTheSameBytes) {
  const RootKey old_root = sample_root(0);
  const RootKey new_root = sample_root(1);
  const std::string first = found_family();
  const std::string second = refresh(first).refresh_token();
  use_keys({new_root, old_root});
  const Result retried = refresh(first);
  EXPECT_EQ(retried.report.outcome, Outcome::retried);
  EXPECT_EQ(retried.refresh_token(), second);

  const Result rotated = refresh(second);
  EXPECT_EQ(rotated.report.outcome, Outcome::rotated);
  EXPECT_EQ(rotated.refresh_token(), token(3));
  EXPECT_EQ(record().key_id, key_id(new_root));
}

TEST_F(RefreshGrant, ARetryWhosePinnedKeyIsMissingIsUnavailable) {
  const RootKey old_root = sample_root(0);
  const RootKey new_root = sample_root(1);
  use_keys({new_root, old_root});
  found_family(2);  // minted by the new key
  const KeyRing old_keys({old_root}, "oauth2");
  const std::string first = token(1, old_keys);
  use_keys({old_root});
  expect_unavailable(refresh(first));
  EXPECT_EQ(record().generation, 2U);
}

TEST_F(RefreshGrant, ATokenOfARetiredKeyOrAnotherVersionIsMarkedInTheReport) {
  const std::string first = found_family();
  use_keys({sample_root(1)});
  const Result retired = refresh(first);
  expect_refusal(retired);
  EXPECT_TRUE(retired.report.unknown_token_format);

  std::string newer = first;
  newer[0] = 'B';
  const Result unknown = refresh(newer);
  expect_refusal(unknown);
  EXPECT_TRUE(unknown.report.unknown_token_format);
  EXPECT_FALSE(refresh("short").report.unknown_token_format);
  EXPECT_EQ(store_.executed(), 0);
}

TEST_F(RefreshGrant, APublicClientRefreshesByItsId) {
  found_family();
  Request made = request("grant_type=refresh_token&client_id=mobile&refresh_token=" +
                         token(1, *keys_, "mobile"));
  made.authorization = "";
  const Result result = send(std::move(made));
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.refresh_token(), token(2, *keys_, "mobile"));
}

class RenewalOff : public RefreshGrant {
 protected:
  RenewalOff() { app().settings.renewal = false; }
};

TEST_F(RenewalOff, GivesTheSameTokenAndLeavesTheTtl) {
  const std::string first = found_family();
  const uint64_t expires_ms = record().expires_ms;
  for (int i = 1; i <= 3; ++i) {
    pass(3600000);
    const Result result = refresh(first);
    expect_success(result, Outcome::renewal_off, 1);
    EXPECT_EQ(result.member("refresh_token_expires_in"), std::to_string(86400 - 3600 * i));
    EXPECT_EQ(record().expires_ms, expires_ms);
  }
  pass(86400000);
  expect_refusal(refresh(first));
}

TEST_F(RenewalOff, TheAccessTokenEndsWithTheRecord) {
  const std::string first = found_family(1, "read", 7200);
  pass(7000000);
  EXPECT_EQ(refresh(first).member("expires_in"), "200");
}

TEST_F(RenewalOff, KeepsTheKeyOfTheToken) {
  const std::string first = found_family();
  use_keys({sample_root(1), sample_root(0)});
  EXPECT_EQ(refresh(first).refresh_token(), first);
}

// The family was rotated before renewal was switched off, and the last rotation got lost.
TEST_F(RenewalOff, HealsTheRecordAndKeepsTheToken) {
  found_family(1, "read write", 7200);
  const std::string second = token(2);
  pass(1000000);
  const Result healed = refresh(second);
  expect_success(healed, Outcome::healed, 2);
  EXPECT_EQ(record().generation, 2U);
  EXPECT_EQ(healed.member("expires_in"), "3600");
  EXPECT_EQ(healed.member("refresh_token_expires_in"), "6200");
  expect_success(refresh(second), Outcome::renewal_off, 2);
}

TEST_F(RenewalOff, AnOlderTokenIsJudgedAsEver) {
  found_family(2);
  expect_success(refresh(token(1)), Outcome::retried, 2);
  pass(60000);
  expect_refusal(refresh(token(1)), Outcome::replayed);
  expect_refusal(refresh(token(2)));
}

// Between the read and the rotation of a request that names a scope, another one rotates.
TEST_F(RefreshGrant, ARaceAfterTheReadIsAnsweredAsARetry) {
  const std::string first = found_family();
  FakeHost host;
  const auto exchange =
      make_exchange(config_, store_, environment_,
                    request("grant_type=refresh_token&scope=read&refresh_token=" + first));
  exchange->start(host);
  ASSERT_TRUE(store_.run_one());
  FakeTokenStore::Family& family = record();
  family.generation = 2;
  store_.run();
  EXPECT_EQ(host.responses, 1);
  EXPECT_EQ(exchange->report().outcome, Outcome::retried);
  EXPECT_EQ(exchange->report().scope, "read");
}

// The first attempt may have failed because no replica had it.
TEST_F(RefreshGrant, ARetryThatWasReadIsConfirmedWhereRotationsWait) {
  store_.waits = true;
  const std::string first = found_family();
  const Result rotated = refresh(first, "&scope=read");
  const uint64_t expires_ms = record().expires_ms;
  pass(1000);
  store_.rotations = 0;
  const Result retried = refresh(first, "&scope=read");
  expect_success(retried, Outcome::retried, 2);
  EXPECT_EQ(retried.refresh_token(), rotated.refresh_token());
  EXPECT_EQ(retried.report.scope, "read");
  EXPECT_EQ(store_.rotations, 1);
  EXPECT_EQ(record().expires_ms, expires_ms);
  store_.fates = {FakeTokenStore::Fate::done, FakeTokenStore::Fate::reply_lost};
  expect_unavailable(refresh(first, "&scope=read"));
  expect_success(refresh(first, "&scope=read"), Outcome::retried, 2);
}

TEST_F(RefreshGrant, ARetryThatWasReadIsAnsweredWhereRotationsDoNotWait) {
  const std::string first = found_family();
  refresh(first);
  store_.rotations = 0;
  expect_success(refresh(first, "&scope=read"), Outcome::retried, 2);
  EXPECT_EQ(store_.rotations, 0);
}

TEST_F(RefreshGrant, AReadThatWasOvertakenIsConfirmedWhereRotationsWait) {
  store_.waits = true;
  const std::string first = found_family();
  FakeHost host;
  const auto exchange =
      make_exchange(config_, store_, environment_,
                    request("grant_type=refresh_token&scope=read&refresh_token=" + first));
  exchange->start(host);
  record().generation = 3;
  store_.run();
  EXPECT_EQ(exchange->report().outcome, Outcome::overtaken);
  EXPECT_EQ(store_.rotations, 1);
}

TEST_F(RefreshGrant, AReplayThatWasReadIsNotConfirmed) {
  store_.waits = true;
  const std::string first = found_family();
  refresh(refresh(first).refresh_token());
  pass(60000);
  store_.rotations = 0;
  EXPECT_EQ(refresh(first, "&scope=read").report.outcome, Outcome::replayed);
  EXPECT_EQ(store_.rotations, 0);
  EXPECT_TRUE(record().revoked);
}

TEST_F(RefreshGrant, AStoreThatBreaksItsPromiseIsUnavailable) {
  const std::string first = found_family();
  FakeHost host;
  const auto exchange = make_exchange(config_, store_, environment_,
                                      request("grant_type=refresh_token&refresh_token=" + first));
  exchange->start(host);
  auto* waiter = dynamic_cast<StoreWaiter*>(exchange.get());
  ASSERT_NE(waiter, nullptr);
  StoreAnswer answer;  // the record is current, and yet nothing was written
  answer.status = StoreAnswer::Status::found;
  answer.record.generation = 1;
  waiter->store_answered(answer);  // as if the grant were of another scope
  waiter->store_answered(answer);
  EXPECT_EQ(exchange->response().status, 503);
}

}  // namespace
}  // namespace oauth2
