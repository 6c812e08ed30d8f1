#include <gtest/gtest.h>

#include "endpoint_fixture.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

/// Keeps what is finished without its client.
class FakeOrphans final : public OrphanObserver {
 public:
  void finished_without_client(EndpointExchange& exchange) override {
    outcome = exchange.report().outcome;
    reason = exchange.report().reason;
  }

  std::optional<Outcome> outcome;
  std::string reason;
};

class RefreshCheck : public EndpointTest {
 protected:
  RefreshCheck() { config_.refresh_check = true; }

  /// The exchange of one refresh, up to its check if there is one.
  std::shared_ptr<EndpointExchange> begin(const std::string& token, const std::string& more = "") {
    auto exchange =
        make_exchange(config_, store_, environment_,
                      request("grant_type=refresh_token&refresh_token=" + token + more));
    exchange->start(host_);
    store_.run();
    return exchange;
  }

  void answer(EndpointExchange& exchange, RefreshVerdict verdict) {
    exchange.refresh_checked(verdict);
    store_.run();
  }

  /// A refresh that nobody is asked about.
  Result refresh_unchecked(const std::string& token) {
    config_.refresh_check = false;
    Result result = refresh(token);
    config_.refresh_check = true;
    return result;
  }

  void expect_tokens(const EndpointExchange& exchange, Outcome outcome, uint32_t generation) {
    const Result result{exchange.response(), exchange.report(), ""};
    EXPECT_EQ(host_.responses, 1);
    EXPECT_EQ(result.response.status, 200) << result.response.body;
    EXPECT_STREQ(outcome_name(result.report.outcome), outcome_name(outcome));
    EXPECT_EQ(result.refresh_token(), token(generation));
  }

  void expect_error(const EndpointExchange& exchange, int status, Outcome outcome) {
    EXPECT_EQ(host_.responses, 1);
    EXPECT_EQ(exchange.response().status, status) << exchange.response().body;
    EXPECT_STREQ(error_row(exchange.report().error).code,
                 status == 400 ? "invalid_grant" : "temporarily_unavailable");
    EXPECT_STREQ(outcome_name(exchange.report().outcome), outcome_name(outcome));
    EXPECT_EQ(exchange.response().retry_after > 0, status == 503);
  }

  void pass(uint64_t ms) { clock_.now_ms += ms; }

  FakeHost host_;
};

TEST_F(RefreshCheck, ReadsThenAsksThenRotates) {
  const auto exchange = begin(found_family());
  EXPECT_EQ(store_.reads, 1);
  EXPECT_EQ(store_.executed(), 1);
  EXPECT_EQ(host_.refresh_checks, 1);
  EXPECT_EQ(host_.responses, 0);
  EXPECT_EQ(record().generation, 1U);

  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::rotated, 2);
  EXPECT_EQ(host_.refresh_checks, 1);
  EXPECT_EQ(store_.reads, 1);
  EXPECT_EQ(store_.rotations, 1);
  EXPECT_EQ(record().generation, 2U);
}

TEST_F(RefreshCheck, NobodyIsAskedWithoutIt) {
  config_.refresh_check = false;
  const auto exchange = begin(found_family());
  expect_tokens(*exchange, Outcome::rotated, 2);
  EXPECT_EQ(host_.refresh_checks, 0);
  EXPECT_EQ(store_.executed(), 1);
}

TEST_F(RefreshCheck, TellsWhoWantsWhat) {
  begin(found_family());
  EXPECT_EQ(host_.subject, "alice");
  EXPECT_EQ(host_.client, "app");
  EXPECT_EQ(host_.scope, "read write");
}

TEST_F(RefreshCheck, TellsTheScopeOfTheAccessToken) {
  const auto exchange = begin(found_family(), "&scope=write");
  EXPECT_EQ(host_.scope, "write");
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::rotated, 2);
  EXPECT_EQ(exchange->report().scope, "write");
  EXPECT_EQ(record().scope, "read write");
}

TEST_F(RefreshCheck, TellsWhatIsLeftOfTheScope) {
  const std::string first = found_family(1, "read write admin");
  const auto exchange = begin(first);
  EXPECT_EQ(host_.scope, "read write");
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::rotated, 2);
  EXPECT_EQ(record().scope, "read write admin");
}

TEST_F(RefreshCheck, ARefusalWritesNothing) {
  const std::string first = found_family();
  const uint64_t expires_ms = record().expires_ms;
  const auto exchange = begin(first);
  answer(*exchange, RefreshVerdict::refused);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(store_.executed(), 1);
  EXPECT_FALSE(record().revoked);
  EXPECT_EQ(record().expires_ms, expires_ms);
  EXPECT_EQ(refresh(first).refresh_token(), token(2));
}

TEST_F(RefreshCheck, ARefusalForGoodEndsTheFamily) {
  const std::string first = found_family();
  const auto exchange = begin(first);
  answer(*exchange, RefreshVerdict::family_refused);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(store_.reads, 1);
  EXPECT_EQ(store_.revocations, 1);
  EXPECT_EQ(store_.rotations, 0);
  EXPECT_TRUE(record().revoked);
  EXPECT_EQ(record().generation, 1U);
  EXPECT_EQ(refresh(first).error(), "invalid_grant");
}

TEST_F(RefreshCheck, AnEndThatCannotBeWrittenIsNoRefusal) {
  for (const Fate fate : {Fate::refused, Fate::reply_lost}) {
    host_ = FakeHost();
    const auto exchange = begin(found_family());
    store_.fates = {fate};
    answer(*exchange, RefreshVerdict::family_refused);
    expect_error(*exchange, 503, Outcome::unavailable);
  }
}

TEST_F(RefreshCheck, AnUnavailableCheckWritesNothing) {
  const std::string first = found_family();
  const uint64_t expires_ms = record().expires_ms;
  const auto exchange = begin(first);
  answer(*exchange, RefreshVerdict::unavailable);
  expect_error(*exchange, 503, Outcome::unavailable);
  EXPECT_EQ(store_.executed(), 1);
  EXPECT_EQ(record().generation, 1U);
  EXPECT_EQ(record().expires_ms, expires_ms);
  EXPECT_EQ(refresh(first).refresh_token(), token(2));
}

// --- Who is settled without a question

TEST_F(RefreshCheck, AReplayIsNotAskedAbout) {
  const std::string first = found_family();
  refresh_unchecked(first);
  pass(36000);
  const auto exchange = begin(first);
  expect_error(*exchange, 400, Outcome::replayed);
  EXPECT_EQ(host_.refresh_checks, 0);
  EXPECT_TRUE(record().revoked);
}

TEST_F(RefreshCheck, ALateRetryIsNotAskedAbout) {
  const std::string first = found_family();
  refresh_unchecked(first);
  pass(31000);
  const auto exchange = begin(first);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, ARevokedFamilyIsNotAskedAbout) {
  const std::string first = found_family();
  record().revoked = true;
  const auto exchange = begin(first);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, AMissingFamilyIsNotAskedAbout) {
  const std::string first = found_family(1, "read write", 10);
  pass(10000);
  const auto exchange = begin(first);
  EXPECT_NE(exchange->response().status, 200);
  EXPECT_EQ(host_.responses, 1);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, AStoreThatIsDownIsNotAskedAbout) {
  const std::string first = found_family();
  store_.begin_outage();
  const auto exchange = begin(first);
  expect_error(*exchange, 503, Outcome::unavailable);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, ATokenFarAheadIsNotAskedAbout) {
  found_family();
  const auto exchange = begin(token(66));
  expect_error(*exchange, 503, Outcome::unavailable);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, AForgedTokenIsNotAskedAbout) {
  std::string forged = found_family();
  forged.front() = forged.front() == 'B' ? 'C' : 'B';
  const auto exchange = begin(forged);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(host_.refresh_checks, 0);
  EXPECT_EQ(store_.executed(), 0);
}

TEST_F(RefreshCheck, AScopeBeyondTheGrantIsNotAskedAbout) {
  const std::string first = found_family(1, "read");
  for (const uint32_t generation : {1U, 2U}) {  // a current token, then a retry
    host_ = FakeHost();
    record().generation = generation;
    const auto exchange = begin(first, "&scope=write");
    EXPECT_EQ(exchange->report().error, Error::invalid_scope);
    EXPECT_EQ(host_.responses, 1);
    EXPECT_EQ(host_.refresh_checks, 0);
  }
  EXPECT_EQ(store_.rotations, 0);
}

TEST_F(RefreshCheck, ARetryUnderAnUnknownKeyIsNotAskedAbout) {
  const std::string first = found_family();
  refresh_unchecked(first);
  record().key_id ^= 1;
  const auto exchange = begin(first);
  expect_error(*exchange, 503, Outcome::unavailable);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, AFamilyInItsLastSecondIsNotAskedAbout) {
  app().settings.renewal = false;
  const std::string first = found_family(1, "read write", 10);
  pass(9500);
  const auto exchange = begin(first);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(host_.refresh_checks, 0);
}

// --- Who is asked about though nothing is written

TEST_F(RefreshCheck, ARetryIsAskedAbout) {
  const std::string first = found_family();
  refresh_unchecked(first);
  pass(1000);
  const auto exchange = begin(first);
  EXPECT_EQ(host_.refresh_checks, 1);
  EXPECT_EQ(host_.responses, 0);
  const uint64_t expires_ms = record().expires_ms;
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::retried, 2);
  EXPECT_EQ(record().expires_ms, expires_ms);
}

TEST_F(RefreshCheck, ARefusedRetryGetsNoSuccessor) {
  const std::string first = found_family();
  refresh_unchecked(first);
  const auto exchange = begin(first);
  answer(*exchange, RefreshVerdict::refused);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_FALSE(record().revoked);
}

TEST_F(RefreshCheck, AnOvertakenTokenIsAskedAbout) {
  const std::string first = found_family();
  Request slow = request("grant_type=refresh_token&refresh_token=" + first);
  pass(1000);
  refresh_unchecked(refresh_unchecked(first).refresh_token());
  const auto exchange = make_exchange(config_, store_, environment_, std::move(slow));
  exchange->start(host_);
  store_.run();
  EXPECT_EQ(host_.refresh_checks, 1);
  pass(60000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::overtaken, 3);
  EXPECT_EQ(record().generation, 3U);
}

TEST_F(RefreshCheck, ATokenAheadIsAskedAbout) {
  found_family();
  const auto exchange = begin(token(4));
  EXPECT_EQ(host_.refresh_checks, 1);
  EXPECT_EQ(record().generation, 1U);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::healed, 5);
}

// --- What happens while the check goes on

TEST_F(RefreshCheck, ItsDurationDoesNotCountAgainstTheWindow) {
  const std::string first = found_family();
  refresh_unchecked(first);
  pass(29000);
  const auto exchange = begin(first);
  pass(300000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::retried, 2);
  EXPECT_FALSE(record().revoked);
}

TEST_F(RefreshCheck, NorDoesAnOutageThatIsForgottenMeanwhile) {
  const std::string first = found_family();
  refresh_unchecked(first);
  store_.begin_outage();
  pass(60000);
  store_.end_outage();
  pass(28000);
  const auto exchange = begin(first);
  ASSERT_EQ(host_.refresh_checks, 1);
  pass(5000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::retried, 2);
  EXPECT_FALSE(record().revoked);
}

TEST_F(RefreshCheck, ItMakesNoWindowLongerForOthers) {
  const std::string first = found_family();
  refresh_unchecked(first);
  pass(29000);
  const auto patient = begin(first);
  pass(8000);
  const Result late = refresh_unchecked(first);
  EXPECT_EQ(late.report.outcome, Outcome::replayed);
  answer(*patient, RefreshVerdict::accepted);
  expect_error(*patient, 400, Outcome::rejected);  // the family has ended meanwhile
}

TEST_F(RefreshCheck, ASlowCheckOfTheNewestTokenRotates) {
  const auto exchange = begin(found_family());
  pass(300000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::rotated, 2);
}

TEST_F(RefreshCheck, TheStoreHasAllOfItsTimeAfterwards) {
  const auto exchange = begin(found_family());
  pass(300000);
  answer(*exchange, RefreshVerdict::accepted);
  EXPECT_EQ(store_.last_deadline, clock_.now_ms + store_.request_budget_ms());
}

TEST_F(RefreshCheck, AFamilyThatMovesMeanwhileDoesNotFork) {
  const std::string first = found_family();
  const auto exchange = begin(first);
  pass(1000);
  const std::string second = refresh_unchecked(first).refresh_token();
  pass(1000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::retried, 2);
  EXPECT_EQ(second, token(2));
  EXPECT_EQ(record().generation, 2U);
}

TEST_F(RefreshCheck, AFamilyThatMovesOnMeanwhileGivesItsNewest) {
  const std::string first = found_family();
  const auto exchange = begin(first);
  pass(1000);
  refresh_unchecked(refresh_unchecked(first).refresh_token());
  pass(60000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::overtaken, 3);
  EXPECT_EQ(record().generation, 3U);
  EXPECT_FALSE(record().revoked);
}

// Without a window, the other of two requests gets what it would get without a check.
TEST_F(RefreshCheck, WithoutAWindowAFamilyThatMovesMeanwhileIsNoReplay) {
  app().settings.retry = RetryWindow{0, false};
  for (const uint64_t since_ms : {1000U, 60000U}) {
    host_ = FakeHost();
    const std::string first = found_family();
    const auto exchange = begin(first);
    pass(1000);
    refresh_unchecked(first);
    pass(since_ms);
    answer(*exchange, RefreshVerdict::accepted);
    if (since_ms < 5000) {
      expect_error(*exchange, 400, Outcome::rejected);
    } else {
      expect_tokens(*exchange, Outcome::overtaken, 2);
    }
    EXPECT_FALSE(record().revoked);
  }
}

TEST_F(RefreshCheck, AFamilyThatEndsMeanwhileGivesNothing) {
  const auto exchange = begin(found_family());
  record().revoked = true;
  answer(*exchange, RefreshVerdict::accepted);
  expect_error(*exchange, 400, Outcome::rejected);
}

TEST_F(RefreshCheck, ALifetimeThatEndsMeanwhileGivesNothing) {
  app().settings.refresh_token_lifetime = 1000;
  const auto exchange = begin(found_family());
  pass(1000000);
  answer(*exchange, RefreshVerdict::accepted);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(store_.rotations, 0);
}

TEST_F(RefreshCheck, AStoreThatFailsMeanwhileLosesNothing) {
  const std::string first = found_family();
  const auto exchange = begin(first);
  store_.fates = {Fate::reply_lost};
  answer(*exchange, RefreshVerdict::accepted);
  expect_error(*exchange, 503, Outcome::unavailable);
  EXPECT_EQ(refresh(first).refresh_token(), token(2));
}

// --- Renewal off

TEST_F(RefreshCheck, WithoutRenewalItReadsAsksAndReadsAgain) {
  app().settings.renewal = false;
  const std::string first = found_family();
  const auto exchange = begin(first);
  EXPECT_EQ(host_.refresh_checks, 1);
  EXPECT_EQ(host_.responses, 0);
  EXPECT_EQ(store_.reads, 1);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::renewal_off, 1);
  EXPECT_EQ(host_.refresh_checks, 1);
  EXPECT_EQ(store_.reads, 2);
  EXPECT_EQ(store_.executed(), 2);
}

TEST_F(RefreshCheck, WithoutRenewalAFamilyThatEndsMeanwhileGivesNothing) {
  app().settings.renewal = false;
  const auto exchange = begin(found_family());
  record().revoked = true;
  answer(*exchange, RefreshVerdict::accepted);
  expect_error(*exchange, 400, Outcome::rejected);
}

TEST_F(RefreshCheck, WithoutRenewalARefusalGivesNothing) {
  app().settings.renewal = false;
  const auto exchange = begin(found_family());
  answer(*exchange, RefreshVerdict::refused);
  expect_error(*exchange, 400, Outcome::rejected);
  EXPECT_EQ(store_.executed(), 1);
}

TEST_F(RefreshCheck, WithoutRenewalALostRecordIsRestoredAfterwards) {
  app().settings.renewal = false;
  found_family();
  const auto exchange = begin(token(3));
  EXPECT_EQ(record().generation, 1U);
  answer(*exchange, RefreshVerdict::accepted);
  expect_tokens(*exchange, Outcome::healed, 3);
  EXPECT_EQ(record().generation, 3U);
}

// --- Clients that leave

TEST_F(RefreshCheck, AClientThatLeavesDuringTheCheckRotatesNothing) {
  for (const bool renewal : {true, false}) {
    app().settings.renewal = renewal;
    const auto exchange = begin(found_family());
    exchange->detach();
    answer(*exchange, RefreshVerdict::accepted);
    EXPECT_EQ(store_.rotations, 0);
    EXPECT_EQ(host_.responses, 0);
    EXPECT_EQ(record().generation, 1U);
  }
}

TEST_F(RefreshCheck, AClientThatLeavesBeforeTheRecordIsReadIsNotAskedAbout) {
  const std::string first = found_family();
  const auto exchange = make_exchange(config_, store_, environment_,
                                      request("grant_type=refresh_token&refresh_token=" + first));
  exchange->start(host_);
  exchange->detach();
  store_.run();
  EXPECT_EQ(store_.executed(), 0);
  EXPECT_EQ(host_.refresh_checks, 0);
}

TEST_F(RefreshCheck, AClientThatLeavesAfterItsFamilyWasRefusedDoesNotSaveIt) {
  FakeOrphans orphans;
  config_.orphans = &orphans;
  const auto exchange = begin(found_family());
  exchange->refresh_checked(RefreshVerdict::family_refused);
  exchange->detach();
  store_.run();
  EXPECT_TRUE(record().revoked);
  EXPECT_EQ(host_.responses, 0);
  EXPECT_EQ(orphans.outcome, Outcome::rejected);
  EXPECT_EQ(orphans.reason, "refresh refused by its check, family revoked");
}

// --- The other grants

TEST_F(RefreshCheck, APasswordGrantIsNotAskedAbout) {
  const auto exchange =
      make_exchange(config_, store_, environment_,
                    request("grant_type=password&username=alice&password=wonderland"));
  exchange->start(host_);
  exchange->user_checked({UserVerdict::Kind::accepted, "alice"});
  store_.run();
  EXPECT_EQ(exchange->response().status, 200);
  EXPECT_EQ(host_.refresh_checks, 0);
}

}  // namespace
}  // namespace oauth2
