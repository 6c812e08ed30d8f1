#include <gtest/gtest.h>

#include "redis/connection_fixture.h"

namespace oauth2::redis {
namespace {

const std::string wait_bytes = "*3\r\n$4\r\nWAIT\r\n$1\r\n2\r\n$3\r\n100\r\n";

/// A connection whose commands are answered when two replicas have what they wrote.
class FencedConnectionTest : public ConnectionTest {
 protected:
  FencedConnectionTest() {
    options_.replicas = 2;
    options_.wait_ms = 100;
  }

  void troubled(Connection&) override { ++troubles_; }
  bool redirect(std::unique_ptr<PendingCommand>& command, const Reply&) override {
    redirected_.push_back(std::move(command));
    return true;
  }

  int troubles_ = 0;
  Commands redirected_;
};

TEST_F(FencedConnectionTest, AnswersWhenEnoughReplicasHaveIt) {
  start_ready();
  const auto record = submit();
  EXPECT_EQ(turn(), "<command>" + wait_bytes);
  connection_->received("+OK\r\n");
  EXPECT_FALSE(record->ended());
  connection_->received(":2\r\n");
  EXPECT_EQ(record->text, "OK");
  EXPECT_EQ(record->replied, 1);
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(FencedConnectionTest, MoreReplicasThanEnoughAreEnough) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n:3\r\n");
  EXPECT_EQ(record->replied, 1);
}

TEST_F(FencedConnectionTest, WaitsOnceForABatch) {
  start_ready();
  const auto one = submit("<one>");
  const auto two = submit("<two>");
  EXPECT_EQ(turn(), "<one><two>" + wait_bytes);
  connection_->received("+1\r\n+2\r\n");
  EXPECT_FALSE(one->ended());
  connection_->received(":2\r\n");
  EXPECT_EQ(one->text, "1");
  EXPECT_EQ(two->text, "2");
}

TEST_F(FencedConnectionTest, WhatComesMeanwhileIsTheNextBatch) {
  start_ready();
  const auto one = submit("<one>");
  EXPECT_EQ(turn(), "<one>" + wait_bytes);
  const auto two = submit("<two>");
  EXPECT_EQ(turn(), "");
  connection_->received("+1\r\n");
  const auto three = submit("<three>");
  EXPECT_EQ(turn(), "");
  connection_->received(":2\r\n");
  EXPECT_EQ(one->text, "1");
  EXPECT_EQ(turn(), "<two><three>" + wait_bytes);
  connection_->received("+2\r\n+3\r\n:2\r\n");
  EXPECT_EQ(two->text, "2");
  EXPECT_EQ(three->text, "3");
  EXPECT_EQ(turn(), "");
}

TEST_F(FencedConnectionTest, WhatWaitsForTheNextBatchHasItsDeadline) {
  start_ready();
  submit("<one>");
  turn();
  const auto two = submit("<two>", 50);
  EXPECT_EQ(turn(), "");
  pass(50);
  EXPECT_EQ(two->failed, 1);
  EXPECT_EQ(two->ended_ms, transport_.now);
}

// The timer of what is too early rings while the fence is up, and is not to be the last one.
TEST_F(FencedConnectionTest, ARedisThatHangsIsNoticedThoughACommandComesDueMeanwhile) {
  start_ready();
  const auto one = submit("<one>");
  turn();
  const auto later = std::make_shared<CommandRecord>();
  auto command = std::make_unique<RecordedCommand>("<later>", transport_.now + 60000, later);
  command->not_before_ms = transport_.now + 20;
  connection_->submit(std::move(command));
  pass(options_.timeout_ms);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(log_.count("does not answer (timeout)"), 1);
}

TEST_F(FencedConnectionTest, WhatWaitsForTheNextBatchIsPending) {
  options_.max_pending = 2;
  start_ready();
  submit("<one>");
  turn();
  submit("<two>");
  EXPECT_EQ(submit("<three>")->failed, 1);
}

TEST_F(FencedConnectionTest, WithTooFewReplicasABatchFails) {
  start_ready();
  const auto one = submit("<one>");
  const auto two = submit("<two>");
  turn();
  const uint64_t sent = transport_.now;
  transport_.now += 100;
  connection_->received("+1\r\n+2\r\n:1\r\n");
  EXPECT_EQ(one->failed, 1);
  EXPECT_EQ(two->failed, 1);
  EXPECT_EQ(one->replied + two->replied, 0);
  EXPECT_EQ(transport_.abandons, 0);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(state_.down_since_ms, sent);
  ASSERT_EQ(log_.lines.size(), 1U);
  EXPECT_EQ(log_.lines.back().first, Severity::error);
  EXPECT_EQ(log_.count("too few replicas"), 1);
}

// Otherwise a script that Redis forgot would not be loaded before replicas are back, and
// revocations would not even begin.
TEST_F(FencedConnectionTest, WithTooFewReplicasWhatWasNotExecutedIsRepeatedOrRefused) {
  start_ready();
  const auto unknown = submit("<unknown>");
  const auto refused = submit("<refused>");
  const auto executed = submit("<executed>");
  turn();
  unknown->next = PendingCommand::Next::repeat;
  connection_->received("-NOSCRIPT No matching script.\r\n-OOM no\r\n+3\r\n:1\r\n");
  EXPECT_EQ(refused->failed, 1);
  EXPECT_EQ(executed->failed, 1);
  EXPECT_EQ(unknown->failed, 0);
  EXPECT_EQ(log_.count("answered OOM"), 1);
  unknown->next = PendingCommand::Next::done;
  EXPECT_EQ(turn(), "<unknown>" + wait_bytes);
  connection_->received("+1\r\n:2\r\n");
  EXPECT_EQ(unknown->text, "1");
}

// A primary that was cut off from its replicas may have a successor elsewhere.
TEST_F(FencedConnectionTest, WithTooFewReplicasItsOwnerLooksForAnotherPrimary) {
  start_ready();
  submit();
  turn();
  connection_->received("+OK\r\n:2\r\n");
  EXPECT_EQ(troubles_, 0);
  submit();
  turn();
  connection_->received("+OK\r\n:1\r\n");
  EXPECT_EQ(troubles_, 1);
}

TEST_F(FencedConnectionTest, WhatIsAnotherNodesGoesThereConfirmedOrNot) {
  start_ready();
  for (const char* replicas : {":2\r\n", ":0\r\n"}) {
    const auto record = submit();
    turn();
    connection_->received("-MOVED 3999 10.0.0.6:6379\r\n");
    EXPECT_TRUE(redirected_.empty());
    connection_->received(replicas);
    EXPECT_EQ(redirected_.size(), 1U);
    EXPECT_FALSE(record->ended());
    redirected_.clear();
  }
}

TEST_F(FencedConnectionTest, WithTooFewReplicasTheNextBatchIsTriedAllTheSame) {
  start_ready();
  submit("<one>");
  turn();
  const auto two = submit("<two>");
  connection_->received("+1\r\n:0\r\n");
  EXPECT_EQ(turn(), "<two>" + wait_bytes);
  connection_->received("+2\r\n:2\r\n");
  EXPECT_EQ(two->replied, 1);
  EXPECT_FALSE(is_down(state_));
  EXPECT_EQ(log_.count("is available"), 1);
}

TEST_F(FencedConnectionTest, AProbeEndsTheOutageOnceReplicasConfirmIt) {
  start_ready();
  submit();
  turn();
  connection_->received("+OK\r\n:1\r\n");
  for (const char* replicas : {":0\r\n", ":1\r\n"}) {
    transport_.now += 1000;
    wake();
    EXPECT_EQ(turn(),
              "*4\r\n$3\r\nSET\r\n$12\r\noauth2:probe\r\n$0\r\n\r\n$2\r\nXX\r\n" + wait_bytes);
    connection_->received("$-1\r\n");
    EXPECT_TRUE(is_down(state_));
    connection_->received(replicas);
    EXPECT_TRUE(is_down(state_));
  }
  EXPECT_EQ(log_.lines.size(), 1U);
  transport_.now += 1000;
  wake();
  turn();
  connection_->received("$-1\r\n:2\r\n");
  EXPECT_FALSE(is_down(state_));
  EXPECT_EQ(log_.count("is available"), 1);
}

TEST_F(FencedConnectionTest, APingWaitsForNoReplica) {
  start_ready();
  transport_.now += 1000;
  wake();
  EXPECT_EQ(turn(), ping_bytes);
  connection_->received("+PONG\r\n");
  EXPECT_EQ(transport_.abandons, 0);
  EXPECT_FALSE(is_down(state_));
}

TEST_F(FencedConnectionTest, APingBeforeABatchIsAnsweredWithIt) {
  start_ready();
  transport_.now += 1000;
  wake();
  EXPECT_EQ(turn(), ping_bytes);
  const auto record = submit();
  EXPECT_EQ(turn(), "<command>" + wait_bytes);
  connection_->received("+PONG\r\n+OK\r\n:2\r\n");
  EXPECT_EQ(record->text, "OK");
  EXPECT_EQ(transport_.abandons, 0);
}

TEST_F(FencedConnectionTest, DropsWhatNobodyWantsWithoutWaiting) {
  start_ready();
  submit()->wanted = false;
  EXPECT_EQ(turn(), "");
  const auto record = submit();
  EXPECT_EQ(turn(), "<command>" + wait_bytes);
  connection_->received("+OK\r\n:2\r\n");
  EXPECT_EQ(record->replied, 1);
}

TEST_F(FencedConnectionTest, WhatIsRepeatedGoesWithTheNextBatch) {
  start_ready();
  const auto again = submit("<again>");
  const auto other = submit("<other>");
  turn();
  again->next = PendingCommand::Next::repeat;
  connection_->received("-NOSCRIPT No matching script.\r\n+1\r\n");
  EXPECT_EQ(again->replied, 0);
  connection_->received(":2\r\n");
  EXPECT_EQ(again->replied, 1);
  EXPECT_EQ(other->text, "1");
  again->next = PendingCommand::Next::done;
  EXPECT_EQ(turn(), "<again>" + wait_bytes);
  connection_->received("+2\r\n:2\r\n");
  EXPECT_EQ(again->text, "2");
}

TEST_F(FencedConnectionTest, LeadingCommandsAreOfTheBatch) {
  start_ready();
  auto record = std::make_shared<CommandRecord>();
  auto command = std::make_unique<RecordedCommand>("<two>", transport_.now + 3000, record);
  command->leading_commands = 1;
  connection_->submit(std::move(command));
  const auto behind = submit("<behind>");
  EXPECT_EQ(turn(), "<two><behind>" + wait_bytes);
  connection_->received("+first\r\n+second\r\n+third\r\n");
  EXPECT_FALSE(record->ended());
  connection_->received(":2\r\n");
  EXPECT_EQ(record->text, "second");
  EXPECT_EQ(behind->text, "third");
}

TEST_F(FencedConnectionTest, ARefusedLeadingCommandFailsItsOwnOnly) {
  start_ready();
  auto record = std::make_shared<CommandRecord>();
  auto command = std::make_unique<RecordedCommand>("<two>", transport_.now + 3000, record);
  command->leading_commands = 1;
  connection_->submit(std::move(command));
  const auto behind = submit("<behind>");
  turn();
  connection_->received("-NOPERM no\r\n+second\r\n+third\r\n:2\r\n");
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(record->replied, 0);
  EXPECT_EQ(behind->text, "third");
}

TEST_F(FencedConnectionTest, ARefusedCommandFailsAlone) {
  start_ready();
  const auto refused = submit("<refused>");
  const auto other = submit("<other>");
  turn();
  connection_->received("-OOM command not allowed\r\n+1\r\n");
  EXPECT_FALSE(refused->ended());
  connection_->received(":2\r\n");
  EXPECT_EQ(refused->failed, 1);
  EXPECT_EQ(other->text, "1");
  EXPECT_EQ(log_.count("answered OOM"), 1);
}

// The command was executed, but nobody knows about the replicas: it is sent again.
TEST_F(FencedConnectionTest, ABreakBetweenAReplyAndItsConfirmationRepeatsAll) {
  start_ready();
  const auto one = submit("<one>");
  const auto two = submit("<two>");
  turn();
  const uint64_t sent = transport_.now;
  transport_.now += 40;
  connection_->received("+1\r\n+2\r\n");
  const auto three = submit("<three>");
  transport_.now += 40;
  connection_->closed("closed");
  EXPECT_EQ(state_.down_since_ms, sent);
  EXPECT_FALSE(one->ended() || two->ended());
  greet();
  EXPECT_EQ(turn(), "<one><two><three>" + wait_bytes);
  connection_->received("+one\r\n+two\r\n+three\r\n:2\r\n");
  EXPECT_EQ(one->text, "one");
  EXPECT_EQ(two->text, "two");
  EXPECT_EQ(three->text, "three");
}

TEST_F(FencedConnectionTest, TwoBreaksBeforeTheConfirmationFailIt) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n");
  connection_->closed("closed");
  greet();
  EXPECT_EQ(turn(), "<command>" + wait_bytes);
  connection_->received("+OK\r\n");
  connection_->closed("closed");
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(record->replied, 0);
}

TEST_F(FencedConnectionTest, AConfirmationThatIsLateIsATimeout) {
  start_ready();
  const auto record = submit();
  turn();
  pass(500);
  connection_->received("+OK\r\n");
  pass(499);
  EXPECT_EQ(transport_.opens, 1);
  pass(1);
  EXPECT_EQ(transport_.opens, 2);
  EXPECT_EQ(log_.count("(timeout)"), 1);
  EXPECT_FALSE(record->ended());
  greet();
  EXPECT_EQ(turn(), "<command>" + wait_bytes);
}

TEST_F(FencedConnectionTest, ADeadlineBeforeTheConfirmationFailsIt) {
  start_ready();
  const auto record = submit("<command>", 50);
  turn();
  connection_->received("+OK\r\n");
  pass(50);
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(record->ended_ms, transport_.now);
}

TEST_F(FencedConnectionTest, AReplicaIsLeftAtOnce) {
  for (const char* reply : {"-READONLY You can't write against a read only replica.\r\n",
                            "+OK\r\n-UNBLOCKED force unblock from blocking operation\r\n"}) {
    OutageClock(state_, 30000).recovered(transport_.now);
    start_ready();
    const auto record = submit();
    turn();
    const int abandons = transport_.abandons;
    connection_->received(reply);
    EXPECT_EQ(transport_.abandons, abandons + 1) << reply;
    EXPECT_FALSE(record->ended()) << reply;
    EXPECT_TRUE(is_down(state_)) << reply;
  }
}

TEST_F(FencedConnectionTest, WithoutTheRightToWaitABatchFails) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n-NOPERM this user has no permissions\r\n");
  EXPECT_EQ(record->failed, 1);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(log_.count("answered NOPERM"), 1);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
  EXPECT_EQ(transport_.abandons, 0);
}

TEST_F(FencedConnectionTest, ANumberOfReplicasThatIsNoneIsNotBelieved) {
  for (const char* reply : {"+OK\r\n+2\r\n", "+OK\r\n$1\r\n2\r\n", "+OK\r\n$-1\r\n"}) {
    OutageClock(state_, 30000).recovered(transport_.now);
    start_ready();
    const auto record = submit();
    turn();
    const int abandons = transport_.abandons;
    connection_->received(reply);
    EXPECT_EQ(transport_.abandons, abandons + 1) << reply;
    EXPECT_FALSE(record->ended()) << reply;
    EXPECT_EQ(log_.lines.back().first, Severity::alert);
  }
}

TEST_F(FencedConnectionTest, ABatchWithAWrongReplyIsRepeatedFromThere) {
  start_ready();
  const auto one = submit("<one>");
  const auto wrong = submit("<wrong>");
  const auto behind = submit("<behind>");
  turn();
  wrong->next = PendingCommand::Next::abandon;
  connection_->received("+1\r\n+x\r\n+y\r\n:2\r\n");
  EXPECT_EQ(one->text, "1");
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_FALSE(behind->ended());
  greet();
  EXPECT_EQ(turn(), "<behind>" + wait_bytes);
}

TEST_F(FencedConnectionTest, AReplyBehindTheConfirmationEndsIt) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n:2\r\n:2\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_EQ(transport_.abandons, 1);
}

TEST_F(FencedConnectionTest, StoppingFailsWhatIsHeld) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n");
  connection_->stop();
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(record->replied, 0);
}

TEST_F(FencedConnectionTest, QuittingFinishesWhatIsHeld) {
  start_ready();
  const auto record = submit();
  turn();
  connection_->received("+OK\r\n");
  connection_->quitting(false);
  EXPECT_EQ(transport_.abandons, 0);
  EXPECT_TRUE(transport_.holds_worker);
  connection_->received(":2\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_FALSE(transport_.holds_worker);
}

// A probe that nobody waits for does not leave its fence to the next connection.
TEST_F(FencedConnectionTest, QuittingForgetsAProbe) {
  OutageClock(state_, 30000).failed(transport_.now);
  start_ready();
  EXPECT_NE(turn().find("WAIT"), std::string::npos);
  connection_->quitting(false);
  EXPECT_EQ(transport_.abandons, 1);
  const auto record = submit();
  greet();
  EXPECT_EQ(turn(), "<command>" + wait_bytes);
  connection_->received("+OK\r\n:2\r\n");
  EXPECT_EQ(record->replied, 1);
}

}  // namespace
}  // namespace oauth2::redis
