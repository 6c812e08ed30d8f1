#include "redis/connection_fixture.h"

namespace oauth2::redis {
namespace {

const Endpoint elsewhere{"", "10.0.0.2", 6379};

// The owner says at first that the Redis is nowhere in particular.
class MovedConnection : public ConnectionTest {};

TEST_F(MovedConnection, IsDroppedAndMadeAnew) {
  start_ready();
  connection_->moved(elsewhere);
  EXPECT_EQ(transport_.opens, 2);
  EXPECT_FALSE(is_down(state_));
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(MovedConnection, RepeatsWhatWasSentAndCountsAsLost) {
  start_ready();
  const auto record = submit();
  EXPECT_EQ(turn(), "<command>");
  connection_->moved(elsewhere);
  EXPECT_TRUE(is_down(state_));
  ASSERT_EQ(log_.lines.size(), 1U);
  EXPECT_EQ(log_.lines[0].first, Severity::warn);
  EXPECT_EQ(log_.lines[0].second, "has moved to 10.0.0.2:6379");
  greet();
  EXPECT_EQ(turn(), "<command>");
  connection_->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_FALSE(is_down(state_));
}

TEST_F(MovedConnection, StaysWhereItIsThereAlready) {
  start_ready();
  connection_->moved(Endpoint());
  EXPECT_EQ(transport_.abandons, 0);
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(MovedConnection, KeepsItsCommandsWhileItConnects) {
  start();
  const auto record = submit();
  connection_->opened();
  connection_->moved(elsewhere);
  EXPECT_EQ(transport_.opens, 2);
  EXPECT_FALSE(record->ended());
  greet();
  EXPECT_EQ(turn(), "<command>");
}

TEST_F(MovedConnection, DoesNotWaitAnyLongerWhereItFailed) {
  start();
  connection_->closed("connect() failed");
  connection_->moved(Endpoint());
  EXPECT_EQ(transport_.opens, 1);
  connection_->moved(elsewhere);
  EXPECT_EQ(transport_.opens, 2);
}

TEST_F(MovedConnection, RestsInAWorkerThatQuits) {
  start_ready();
  connection_->quitting(false);
  connection_->moved(elsewhere);
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(MovedConnection, IsNothingOnceStopped) {
  start_ready();
  connection_->stop();
  connection_->moved(elsewhere);
  EXPECT_EQ(transport_.opens, 1);
}

/// A connection whose owner takes his time.
class LocatedLater : public ConnectionTest {
 protected:
  void locate(Connection&) override { ++questions_; }
  int questions_ = 0;
};

TEST_F(LocatedLater, ConnectsOnceForOneQuestion) {
  start();
  EXPECT_EQ(transport_.opens, 0);
  connection_->located(elsewhere);
  connection_->located(elsewhere);
  connection_->not_located("is late");
  EXPECT_EQ(transport_.opens, 1);
  EXPECT_EQ(transport_.peer, elsewhere);
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(LocatedLater, IsNotMovedBeforeItIsLocated) {
  start();
  connection_->moved(elsewhere);
  EXPECT_EQ(questions_, 1);
}

TEST_F(LocatedLater, TakesNoAnswerThatComesTooLate) {
  start();
  pass(options_.connect_timeout_ms);
  connection_->located(elsewhere);
  EXPECT_EQ(transport_.opens, 0);
}

/// A connection to a primary.
class PrimaryConnection : public ConnectionTest {
 protected:
  PrimaryConnection() { options_.expects_primary = true; }
};

TEST_F(PrimaryConnection, TakesTheListOfReplicas) {
  start();
  connection_->opened();
  std::string role = "*3\r\n$6\r\nmaster\r\n:1\r\n*1000\r\n";
  for (int i = 0; i < 1000; ++i) {
    role.append("*3\r\n$8\r\n10.0.0.1\r\n$4\r\n6379\r\n$1\r\n1\r\n");
  }
  connection_->received(role.append(greeting_replies));
  const auto record = submit();
  transport_.take_sent();
  EXPECT_EQ(turn(), "<command>");
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(PrimaryConnection, TakesNoListWithoutEnd) {
  start();
  connection_->opened();
  connection_->received("*3\r\n$6\r\nmaster\r\n:1\r\n*1025\r\n");
  EXPECT_EQ(log_.count("sent something that is not a reply"), 1);
}

}  // namespace
}  // namespace oauth2::redis
