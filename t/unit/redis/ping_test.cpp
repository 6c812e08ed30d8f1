#include "redis/ping.h"

#include <gtest/gtest.h>

namespace oauth2::redis {
namespace {

Reply reply(std::string text, ReplyError error = ReplyError::none) {
  Reply made;
  made.error = error;
  made.text = std::move(text);
  return made;
}

TEST(Ping, HoldsNoWorkerAndShowsNoHealth) {
  Ping ping(5000);
  EXPECT_EQ(ping.bytes, "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(ping.deadline, 5000U);
  EXPECT_FALSE(ping.holds_worker());
  EXPECT_FALSE(ping.shows_health());
  EXPECT_EQ(ping.replied(reply("PONG"), 1), PendingCommand::Next::done);
  EXPECT_EQ(ping.replied(reply("OK"), 1), PendingCommand::Next::abandon);
  EXPECT_EQ(ping.replied(reply(""), 1), PendingCommand::Next::abandon);
}

TEST(Probe, WritesNothingAndShowsHealth) {
  Probe probe("oauth2:probe", 5000);
  EXPECT_EQ(probe.bytes, "*4\r\n$3\r\nSET\r\n$12\r\noauth2:probe\r\n$0\r\n\r\n$2\r\nXX\r\n");
  EXPECT_EQ(probe.deadline, 5000U);
  EXPECT_FALSE(probe.holds_worker());
  EXPECT_TRUE(probe.shows_health());
  EXPECT_EQ(probe.replied(reply(""), 1), PendingCommand::Next::done);
}

TEST(Ignored, StandsWhereItsCommandStood) {
  Ping ping(5000);
  ping.sent_ms = 4000;
  ping.replies_to_skip = 2;
  Ignored ignored(ping);
  EXPECT_EQ(ignored.deadline, 5000U);
  EXPECT_EQ(ignored.sent_ms, 4000U);
  EXPECT_EQ(ignored.replies_to_skip, 2U);
  EXPECT_FALSE(ignored.holds_worker());
  EXPECT_FALSE(ignored.shows_health());
  EXPECT_EQ(ignored.replied(reply("anything"), 1), PendingCommand::Next::done);
}

}  // namespace
}  // namespace oauth2::redis
