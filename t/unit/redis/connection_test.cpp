#include "redis/connection.h"

#include <gtest/gtest.h>

#include <set>

#include "redis/connection_fixture.h"

namespace oauth2::redis {
namespace {

TEST_F(ConnectionTest, ConnectsAndGreets) {
  start();
  EXPECT_EQ(transport_.opens, 1);
  EXPECT_EQ(transport_.take_sent(), "");
  connection_->opened();
  EXPECT_EQ(transport_.take_sent(), "*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n" + ping_bytes);
  connection_->received(greeting_replies);
  EXPECT_EQ(state_.outages, 0U);
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(ConnectionTest, KeepsCommandsUntilItIsReady) {
  start();
  const auto one = submit("<one>");
  const auto two = submit("<two>");
  EXPECT_EQ(turn(), "");
  greet();
  EXPECT_EQ(turn(), "<one><two>");
  connection_->received("+1\r\n+2\r\n");
  EXPECT_EQ(one->text, "1");
  EXPECT_EQ(two->text, "2");
}

TEST_F(ConnectionTest, SendsTheCommandsOfOneTurnInOneWrite) {
  start_ready();
  submit("<one>");
  submit("<two>");
  EXPECT_EQ(transport_.sent, "");
  EXPECT_TRUE(transport_.flush_wanted);
  EXPECT_EQ(turn(), "<one><two>");
  EXPECT_FALSE(transport_.flush_wanted);
}

TEST_F(ConnectionTest, MatchesRepliesInOrderHoweverTheyAreCut) {
  start_ready();
  std::vector<std::shared_ptr<CommandRecord>> records;
  std::string replies;
  for (int i = 0; i < 20; ++i) {
    records.push_back(submit());
    replies.append("$2\r\n").append(std::to_string(10 + i)).append("\r\n");
  }
  turn();
  for (const char byte : replies) {
    connection_->received({&byte, 1});
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(records[static_cast<size_t>(i)]->text, std::to_string(10 + i));
  }
}

TEST_F(ConnectionTest, DropsWhatNobodyWantsBeforeItIsSent) {
  start_ready();
  const auto left = submit("<left>");
  const auto stays = submit("<stays>");
  left->wanted = false;
  EXPECT_EQ(turn(), "<stays>");
  connection_->received("+OK\r\n");
  EXPECT_FALSE(left->ended());
  EXPECT_EQ(stays->replied, 1);
}

TEST_F(ConnectionTest, GoesOnWithWhatWasSentWhetherWantedOrNot) {
  start_ready();
  const auto left = submit("<left>");
  turn();
  left->wanted = false;
  connection_->closed("closed");
  greet();
  EXPECT_EQ(turn(), "<left>");
}

TEST_F(ConnectionTest, SkipsTheRepliesOfLeadingCommands) {
  start_ready();
  auto record = std::make_shared<CommandRecord>();
  auto command = std::make_unique<RecordedCommand>("<two>", transport_.now + 3000, record);
  command->leading_commands = 1;
  connection_->submit(std::move(command));
  turn();
  connection_->received("+first\r\n");
  EXPECT_FALSE(record->ended());
  connection_->received("+second\r\n");
  EXPECT_EQ(record->text, "second");
}

TEST_F(ConnectionTest, SendsAgainWhatItsCommandWantsRepeated) {
  start_ready();
  const auto record = submit("<command>");
  turn();
  record->next = PendingCommand::Next::repeat;
  connection_->received("+again\r\n");
  record->next = PendingCommand::Next::done;
  EXPECT_EQ(turn(), "<command>");
  connection_->received("+done\r\n");
  EXPECT_EQ(record->replied, 2);
  EXPECT_EQ(record->failed, 0);
}

// --- Repeating after a break.

TEST_F(ConnectionTest, RepeatsOnceWhatABreakLeftUnanswered) {
  start_ready();
  const auto record = submit();
  EXPECT_EQ(turn(), "<command>");
  connection_->closed("closed");
  EXPECT_EQ(transport_.opens, 2);
  greet();
  EXPECT_EQ(turn(), "<command>");
  connection_->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_EQ(record->failed, 0);
}

TEST_F(ConnectionTest, FailsWhatTwoBreaksLeftUnanswered) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->closed("closed");
  greet();
  EXPECT_EQ(turn(), "<command>");
  connection_->closed("closed");
  EXPECT_EQ(record->failed, 1);
  pass(5000);
  EXPECT_EQ(record->replied + record->failed, 1);
}

TEST_F(ConnectionTest, RepeatsOnceAfterATimeout) {
  start_ready();
  const auto record = submit();
  turn();
  pass(999);
  EXPECT_EQ(transport_.opens, 1);
  pass(1);
  EXPECT_EQ(transport_.opens, 2);
  greet();
  EXPECT_EQ(turn(), "<command>");
  pass(1000);
  EXPECT_EQ(record->failed, 1);
}

TEST_F(ConnectionTest, RepeatsInTheOrderOfTheFirstTime) {
  start_ready();
  submit("<one>");
  submit("<two>");
  turn();
  submit("<three>");
  connection_->closed("closed");
  greet();
  EXPECT_EQ(turn(), "<one><two><three>");
}

TEST_F(ConnectionTest, RepeatsNothingPastItsDeadline) {
  start_ready();
  const auto record = submit("<command>", 500);
  turn();
  pass(500);
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(record->ended_ms, transport_.now);
}

TEST_F(ConnectionTest, FailsARepeatThatCannotConnect) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->closed("closed");
  connection_->closed("connect() failed");
  EXPECT_EQ(record->failed, 1);
}

// --- Waiting.

TEST_F(ConnectionTest, FailsAtItsDeadlineWhatWaitsForAConnection) {
  options_.connect_timeout_ms = 10000;
  start();
  const auto early = submit("<early>", 300);
  const auto late = submit("<late>", 600);
  pass(300);
  EXPECT_EQ(early->failed, 1);
  EXPECT_EQ(late->failed, 0);
  pass(300);
  EXPECT_EQ(late->failed, 1);
  greet();
  EXPECT_EQ(turn(), "");
}

// The second operation of a request has the deadline of the first, and may stand behind younger
// ones of other requests.
TEST_F(ConnectionTest, FailsAtItsDeadlineWhatWaitsBehindALaterOne) {
  options_.connect_timeout_ms = 10000;
  start();
  const auto late = submit("<late>", 600);
  const auto early = submit("<early>", 300);
  pass(300);
  EXPECT_EQ(early->failed, 1);
  EXPECT_EQ(late->failed, 0);
}

TEST_F(ConnectionTest, FailsAtItsDeadlineWhatWasSentBehindALaterOne) {
  start_ready();
  const auto late = submit("<late>", 600);
  const auto early = submit("<early>", 300);
  turn();
  pass(300);
  EXPECT_EQ(early->failed, 1);
}

TEST_F(ConnectionTest, FailsWhatWaitsAsSoonAsItCannotConnect) {
  start();
  const auto record = submit();
  connection_->closed("connect() failed");
  EXPECT_EQ(record->failed, 1);
}

TEST_F(ConnectionTest, GivesUpConnectingAfterAWhile) {
  start();
  const auto record = submit("<command>", 60000);
  pass(999);
  EXPECT_EQ(record->failed, 0);
  pass(1);
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(log_.count("connect_timeout"), 1);
}

TEST_F(ConnectionTest, GivesUpAGreetingThatIsNotAnswered) {
  start();
  connection_->opened();
  connection_->received("$27\r\nmaxmemory_policy:noevic");
  pass(1000);
  EXPECT_EQ(transport_.abandons, 1);
}

TEST_F(ConnectionTest, LetsAtMostMaxPendingWait) {
  options_.max_pending = 3;
  start_ready();
  const auto one = submit();
  turn();
  submit();
  submit();
  const auto refused = submit();
  EXPECT_EQ(refused->failed, 1);
  turn();
  connection_->received("+OK\r\n");
  EXPECT_EQ(one->replied, 1);
  EXPECT_EQ(submit()->failed, 0);
}

// --- What must not be believed.

TEST_F(ConnectionTest, AReplyThatNobodyWaitsForEndsIt) {
  start_ready();
  connection_->received("+OK\r\n");
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
}

TEST_F(ConnectionTest, OneReplyTooManyReachesNoOtherCommand) {
  start_ready();
  const auto first = submit("<first>");
  turn();
  connection_->received("+first\r\n+stray\r\n");
  EXPECT_EQ(first->text, "first");
  EXPECT_EQ(transport_.abandons, 1);
  const auto second = submit("<second>");
  greet();
  turn();
  connection_->received("+second\r\n");
  EXPECT_EQ(second->text, "second");
}

TEST_F(ConnectionTest, AReplyToTheWrongCommandEndsIt) {
  start_ready();
  const auto record = submit("<one>");
  const auto behind = submit("<two>");
  turn();
  record->next = PendingCommand::Next::abandon;
  connection_->received("+x\r\n+y\r\n");
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_FALSE(behind->ended());
  greet();
  EXPECT_EQ(turn(), "<two>");
}

TEST_F(ConnectionTest, NothingOfAnOldConnectionReachesTheNext) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("$10\r\nhalf");
  connection_->closed("closed");
  greet();
  turn();
  connection_->received("+whole\r\n");
  EXPECT_EQ(record->text, "whole");
}

TEST_F(ConnectionTest, SomethingThatIsNoReplyEndsIt) {
  for (const std::string& garbage :
       {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string(200000, '+')}) {
    state_.down_since_ms = 0;
    start_ready();
    const auto record = submit();
    turn();
    const int abandons = transport_.abandons;
    connection_->received(garbage.substr(0, 100000));
    if (garbage.size() > 100000) {
      connection_->received(garbage.substr(100000));
    }
    EXPECT_EQ(transport_.abandons, abandons + 1);
    EXPECT_EQ(record->replied, 0);
    EXPECT_EQ(log_.lines.back().first, Severity::alert);
  }
}

// None of our commands is answered with an array.
TEST_F(ConnectionTest, AnArrayEndsIt) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("*2\r\n+a\r\n+b\r\n");
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(record->replied, 0);
}

// --- Errors that Redis answers.

TEST_F(ConnectionTest, AReadOnlyNodeIsLeftAtOnceAndAskedAgain) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("-READONLY You can't write against a read only replica.\r\n");
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(record->failed, 0);
  EXPECT_TRUE(is_down(state_));
  if (transport_.opens == 1) {
    pass_until_it_connects();
  }
  greet();
  EXPECT_NE(turn().find("<command>"), std::string::npos);
}

// Connecting to a replica succeeds, so that only the backoff keeps the workers from a storm.
TEST_F(ConnectionTest, ANodeThatStaysReadOnlyIsNotStormed) {
  start_ready();
  const uint64_t begin = transport_.now;
  while (transport_.now < begin + 10000) {
    const auto record = submit();
    const int opens = transport_.opens;
    if (!turn().empty()) {
      connection_->received("-READONLY You can't write against a read only replica.\r\n");
    }
    if (transport_.opens > opens) {
      greet();
    }
    const int before = transport_.opens;
    pass(10);
    if (transport_.opens > before) {
      greet();
    }
  }
  EXPECT_LE(transport_.opens, 40);
  EXPECT_GE(transport_.opens, 5);
}

TEST_F(ConnectionTest, ARefusalFailsTheCommandAndKeepsTheConnection) {
  for (const char* text : {"BUSY Redis is busy", "OOM command not allowed", "NOREPLICAS Not enough",
                           "MISCONF Redis", "NOPERM no", "NOAUTH no", "WRONGTYPE wrong"}) {
    start_ready();
    const int abandons = transport_.abandons;
    const auto record = submit();
    const auto behind = submit();
    turn();
    connection_->received("-" + std::string(text) + "\r\n+OK\r\n");
    EXPECT_EQ(record->failed, 1) << text;
    EXPECT_EQ(behind->replied, 1) << text;
    EXPECT_EQ(transport_.abandons, abandons) << text;
  }
}

TEST_F(ConnectionTest, OnlyWhatRefusesEverybodyIsAnOutage) {
  start_ready();
  submit();
  turn();
  connection_->received("-WRONGTYPE Operation against a key\r\n");
  EXPECT_EQ(state_.outages, 0U);
  EXPECT_EQ(log_.count("WRONGTYPE"), 1);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
  submit();
  turn();
  connection_->received("-OOM command not allowed\r\n");
  EXPECT_EQ(state_.outages, 1U);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(log_.lines.back().first, Severity::error);
}

TEST_F(ConnectionTest, ADeniedCommandIsAnAlert) {
  start_ready();
  submit();
  turn();
  connection_->received("-NOPERM this user has no permissions\r\n");
  EXPECT_EQ(log_.count("NOPERM"), 1);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
}

// The key of a family and its nonce are no secrets, but the text of an error may quote anything.
TEST_F(ConnectionTest, OfAnErrorOnlyTheCodeIsLogged) {
  options_.password = "s3cret";
  start();
  connection_->opened();
  connection_->received("-WRONGPASS invalid username-password pair s3cret\r\n");
  EXPECT_EQ(log_.count("WRONGPASS"), 1);
  EXPECT_EQ(log_.count("s3cret"), 0);
  EXPECT_EQ(log_.count("invalid"), 0);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
}

// --- Backoff.

TEST_F(ConnectionTest, ALoadingRedisIsAskedAgainWithBackoff) {
  start();
  const auto record = submit();
  connection_->opened();
  connection_->received("-LOADING Redis is loading\r\n-LOADING Redis is loading\r\n");
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(transport_.opens, 1);
  pass(100);
  EXPECT_EQ(transport_.opens, 2);
  EXPECT_TRUE(is_down(state_));
}

class FixedPlace final : public ConnectionOwner {
 public:
  void locate(Connection& connection) override { connection.located(Endpoint()); }
  std::string probe_key() const override { return "oauth2:probe"; }
};

/// The pauses between the attempts to connect to a Redis that refuses.
std::vector<uint64_t> backoffs(uint64_t seed) {
  ScriptedTransport transport;
  StoreState state{};
  KeptLog log;
  ScriptedHost host(transport, log);
  FixedPlace place;
  Connection connection(ConnectionOptions(), place, host, "redis", OutageClock(state, 30000), seed);
  connection.start();
  std::vector<uint64_t> pauses;
  for (int i = 0; i < 12; ++i) {
    transport.wake.reset();
    connection.closed("connect() failed");
    pauses.push_back(*transport.wake - transport.now);
    transport.now = *transport.wake;
    transport.wake.reset();
    const int opens = transport.opens;
    connection.woken();
    EXPECT_EQ(transport.opens, opens + 1);
  }
  return pauses;
}

TEST(Backoff, GrowsToASecondOrSo) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<uint64_t> pauses = backoffs(seed);
    EXPECT_GE(pauses.front(), 1U);
    EXPECT_LE(pauses.front(), 100U);
    for (const uint64_t pause : pauses) {
      EXPECT_LE(pause, 1500U);
    }
    for (size_t i = 6; i < pauses.size(); ++i) {
      EXPECT_GE(pauses[i], 500U);
    }
  }
}

TEST(Backoff, IsJittered) {
  std::set<std::vector<uint64_t>> all;
  std::set<uint64_t> last;
  for (uint64_t seed = 2; seed <= 100; seed += 2) {
    all.insert(backoffs(seed));
    last.insert(backoffs(seed).back());
  }
  EXPECT_EQ(all.size(), 50U);
  EXPECT_GE(last.size(), 30U);
}

TEST_F(ConnectionTest, BacksOffFromAPeerThatAlwaysCloses) {
  start();
  const uint64_t begin = transport_.now;
  int greeted = 0;
  while (transport_.now < begin + 10000) {
    if (transport_.opens > greeted) {
      greeted = transport_.opens;
      greet();
      connection_->closed("closed");
      continue;
    }
    pass(10);
  }
  EXPECT_LE(transport_.opens, 40);
}

// --- Idle connections and the outage clock.

TEST_F(ConnectionTest, PingsWhenIdle) {
  start_ready();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(transport_.holds_worker);
    transport_.now += 1000;
    wake();
    EXPECT_EQ(turn(), ping_bytes);
    EXPECT_FALSE(transport_.holds_worker);
    connection_->received("+PONG\r\n");
  }
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(ConnectionTest, PingsNobodyWhileItIsBusy) {
  start_ready();
  for (int i = 0; i < 10; ++i) {
    const auto record = submit();
    EXPECT_EQ(turn(), "<command>");
    connection_->received("+OK\r\n");
    pass(500);
  }
}

TEST_F(ConnectionTest, AnUnansweredPingIsAnOutageSinceTheLastReply) {
  start_ready();
  const uint64_t last_reply = transport_.now;
  pass(2000);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(state_.down_since_ms, last_reply);
  EXPECT_EQ(transport_.opens, 2);
}

TEST_F(ConnectionTest, AWrongAnswerToAPingEndsTheConnection) {
  start_ready();
  transport_.now += 1000;
  wake();
  turn();
  connection_->received("+OK\r\n");
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
}

TEST_F(ConnectionTest, AnIdleConnectionThatClosesIsNoOutage) {
  start_ready();
  connection_->closed("closed");
  EXPECT_EQ(state_.outages, 0U);
  EXPECT_EQ(transport_.opens, 2);
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(ConnectionTest, AnOutageIsLoggedOnceAndItsEndToo) {
  start();
  for (int i = 0; i < 10; ++i) {
    connection_->closed("connect() failed");
    pass_until_it_connects();
  }
  EXPECT_EQ(log_.count("connect() failed"), 1);
  EXPECT_EQ(state_.outages, 1U);
  greet();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n");
  while (!record->ended()) {
    connection_->received("+OK\r\n");
  }
  EXPECT_EQ(log_.count("is available"), 1);
  EXPECT_FALSE(is_down(state_));
}

// A replica answers a ping, but takes no writes.
TEST_F(ConnectionTest, APingDoesNotEndAnOutage) {
  start_ready();
  submit();
  turn();
  connection_->received("-NOREPLICAS Not enough good replicas to write.\r\n");
  EXPECT_TRUE(is_down(state_));
  transport_.now += 1000;
  wake();
  EXPECT_EQ(turn(), "*4\r\n$3\r\nSET\r\n$12\r\noauth2:probe\r\n$0\r\n\r\n$2\r\nXX\r\n");
  connection_->received("-NOREPLICAS Not enough good replicas to write.\r\n");
  EXPECT_TRUE(is_down(state_));
  transport_.now += 1000;
  wake();
  turn();
  connection_->received("$-1\r\n");
  EXPECT_FALSE(is_down(state_));
  EXPECT_EQ(log_.count("is available"), 1);
}

TEST_F(ConnectionTest, AnotherWorkersOutageIsEndedByAnIdleOne) {
  OutageClock(state_, 30000).failed(transport_.now);
  start_ready();
  EXPECT_NE(turn().find("SET"), std::string::npos);
  connection_->received("$-1\r\n");
  EXPECT_FALSE(is_down(state_));
}

TEST_F(ConnectionTest, AnAnswerEndsAnOutage) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->closed("closed");
  EXPECT_TRUE(is_down(state_));
  greet();
  turn();
  connection_->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_FALSE(is_down(state_));
}

// --- maxmemory-policy.

std::string policy_replies(const std::string& policy) {
  const std::string text = "maxmemory_policy:" + policy;
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n+PONG\r\n";
}

TEST_F(ConnectionTest, AnEvictionPolicyIsWarnedOfOnce) {
  start();
  for (int i = 0; i < 3; ++i) {
    connection_->opened();
    connection_->received(policy_replies("allkeys-lru"));
    connection_->closed("closed");
    if (transport_.opens == i + 1) {
      pass_until_it_connects();
    }
  }
  EXPECT_EQ(log_.count("allkeys-lru"), 1);
  EXPECT_EQ(log_.lines.front().first, Severity::warn);
}

TEST_F(ConnectionTest, AnEvictionPolicyIsWarnedOfAgainAfterItWasRight) {
  for (const char* policy : {"allkeys-lru", "noeviction", "volatile-ttl"}) {
    start();
    connection_->opened();
    connection_->received(policy_replies(policy));
  }
  EXPECT_EQ(log_.count("may evict"), 2);
  EXPECT_EQ(log_.count("noeviction\" is"), 0);
}

TEST_F(ConnectionTest, AnUnknownPolicyIsNotWarnedOf) {
  start();
  connection_->opened();
  connection_->received("-NOPERM this user has no permissions\r\n+PONG\r\n");
  EXPECT_TRUE(log_.lines.empty());
  turn();
  submit();
  EXPECT_EQ(turn(), "<command>");
}

// --- Workers that quit, and the end.

TEST_F(ConnectionTest, QuittingClosesAnIdleConnection) {
  start_ready();
  connection_->quitting(false);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(ConnectionTest, QuittingFinishesWhatWaits) {
  start_ready();
  const auto record = submit();
  turn();
  EXPECT_TRUE(transport_.holds_worker);
  connection_->quitting(false);
  EXPECT_EQ(transport_.abandons, 0);
  connection_->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_FALSE(transport_.holds_worker);
  pass(1000);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(ConnectionTest, QuittingStillRepeatsAfterABreak) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->quitting(false);
  connection_->closed("closed");
  greet();
  EXPECT_EQ(turn(), "<command>");
  connection_->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
}

TEST_F(ConnectionTest, QuittingItConnectsAgainForACommandOnly) {
  start_ready();
  connection_->quitting(false);
  transport_.wake.reset();
  pass(10000);
  EXPECT_EQ(transport_.opens, 1);
  const auto record = submit();
  EXPECT_EQ(transport_.opens, 2);
  greet();
  turn();
  connection_->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
}

TEST_F(ConnectionTest, QuittingDuringAnOutageItDoesNotConnectForever) {
  start();
  connection_->closed("connect() failed");
  connection_->quitting(false);
  transport_.wake.reset();
  pass(60000);
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(ConnectionTest, QuittingAtOnceFailsWhatWaits) {
  start_ready();
  const auto sent = submit();
  turn();
  const auto unsent = submit();
  connection_->quitting(true);
  EXPECT_EQ(sent->failed, 1);
  EXPECT_EQ(unsent->failed, 1);
}

TEST_F(ConnectionTest, StoppingFailsEverythingForGood) {
  start_ready();
  const auto sent = submit();
  turn();
  const auto unsent = submit();
  connection_->stop();
  EXPECT_EQ(sent->failed, 1);
  EXPECT_EQ(unsent->failed, 1);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(submit()->failed, 1);
  EXPECT_EQ(turn(), "");
  transport_.wake.reset();
  connection_->woken();
  EXPECT_FALSE(transport_.wake.has_value());
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(ConnectionTest, ItsTimerHoldsTheWorkerWhileSomethingWaits) {
  start();
  EXPECT_FALSE(transport_.holds_worker);
  submit();
  EXPECT_TRUE(transport_.holds_worker);
  greet();
  turn();
  EXPECT_TRUE(transport_.holds_worker);
  connection_->received("+OK\r\n");
  EXPECT_FALSE(transport_.holds_worker);
}

}  // namespace
}  // namespace oauth2::redis
