#include "redis/switch_watch.h"

#include <gtest/gtest.h>

#include "redis/command.h"
#include "redis/scripted_network.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t timeout_ms = 400;

std::string words(std::initializer_list<std::string_view> list) {
  std::string text;
  append_command(text, list);
  return text;
}

const std::string subscription = words({"SUBSCRIBE", "+switch-master"});
const std::string subscribed = "*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n";
const std::string pong = words({"pong", ""});

class SwitchWatches : public testing::Test, public SwitchListener {
 protected:
  void start(const SentinelOptions& options = {"mymaster", "", ""}) {
    watch_ = std::make_unique<SwitchWatch>(
        options, std::vector<Endpoint>{{"", "s0", 1}, {"", "s1", 1}, {"", "s2", 1}}, timeout_ms,
        *this, network_, *log_, 300);
    watch_->start();
  }

  TransportUser& user() { return *network_.link(0).user; }
  ScriptedTransport& transport() { return network_.link(0).transport; }

  void listen() {
    user().opened();
    EXPECT_EQ(transport().take_sent(), subscription);
    user().received(subscribed);
  }

  void start_listening() {
    start();
    listen();
    hints_.clear();
  }

  void may_have_moved(const Endpoint& sentinel) override { hints_.push_back(sentinel.host); }

  ScriptedNetwork network_;
  std::unique_ptr<StoreLog> log_ = network_.make_log("store");
  std::unique_ptr<SwitchWatch> watch_;
  std::vector<std::string> hints_;
};

TEST_F(SwitchWatches, SubscribeAndTellThatSomethingMayHaveBeenMissed) {
  start();
  EXPECT_EQ(transport().peer.host, "s0");
  listen();
  EXPECT_EQ(hints_, std::vector<std::string>{"s0"});
}

TEST_F(SwitchWatches, LogInFirst) {
  start({"mymaster", "nginx", "s3cret"});
  user().opened();
  EXPECT_EQ(transport().take_sent(), words({"AUTH", "nginx", "s3cret"}) + subscription);
  user().received("+OK\r\n" + subscribed);
  EXPECT_EQ(hints_.size(), 1U);
}

TEST_F(SwitchWatches, TellOfTheirPrimaryOnly) {
  start_listening();
  user().received(words({"message", "+switch-master", "other 10.0.0.1 1 10.0.0.2 2"}));
  user().received(words({"message", "+switch-master", "mymaster2 10.0.0.1 1 10.0.0.2 2"}));
  EXPECT_TRUE(hints_.empty());
  user().received(words({"message", "+switch-master", "mymaster 10.0.0.1 1 10.0.0.2 2"}));
  EXPECT_EQ(hints_, std::vector<std::string>{"s0"});
}

TEST_F(SwitchWatches, PingAndStay) {
  start_listening();
  for (int i = 0; i < 10; ++i) {
    network_.pass(1000);
    EXPECT_EQ(transport().take_sent(), words({"PING"}));
    user().received(pong);
  }
  EXPECT_EQ(transport().opens, 1);
}

TEST_F(SwitchWatches, GoOnToTheNextSentinelWhereOneFallsSilent) {
  start_listening();
  network_.pass(1000 + timeout_ms - 1);
  EXPECT_EQ(transport().abandons, 0);
  network_.pass(1);
  EXPECT_EQ(transport().abandons, 1);
  network_.pass(80);
  EXPECT_EQ(transport().peer.host, "s1");
  listen();
  EXPECT_EQ(hints_, std::vector<std::string>{"s1"});
  EXPECT_TRUE(network_.log.lines.empty());
}

TEST_F(SwitchWatches, GoOnWhateverASentinelSays) {
  start();
  for (const char* reply :
       {"+OK\r\n", "-ERR x\r\n", "?", "*2\r\n$4\r\npong\r\n$0\r\n\r\n", "*4\r\n", "$-1\r\n"}) {
    const int opens = transport().opens;
    user().opened();
    user().received(reply);
    network_.pass(5000);
    EXPECT_GT(transport().opens, opens) << reply;
  }
  EXPECT_TRUE(hints_.empty());
}

TEST_F(SwitchWatches, GoOnFromOneThatDoesNotConnect) {
  start();
  network_.pass(timeout_ms + 80);
  EXPECT_EQ(transport().peer.host, "s1");
}

TEST_F(SwitchWatches, WarnOnceThatNobodyLetsThemListen) {
  start({"mymaster", "nginx", "s3cret"});
  for (int i = 0; i < 12; ++i) {
    user().opened();
    user().received(i % 2 == 0 ? "+OK\r\n-NOPERM x\r\n" : "-WRONGPASS x\r\n");
    EXPECT_EQ(network_.log.lines.size(), i < 2 ? 0U : 1U);
    const int opens = transport().opens;
    while (transport().opens == opens) {
      network_.pass(1);
    }
  }
  EXPECT_EQ(network_.log.lines.front().first, Severity::warn);
  EXPECT_EQ(network_.log.lines.front().second,
            "store has no Sentinel to hear of failovers: s2:1 refused SUBSCRIBE with NOPERM");
}

TEST_F(SwitchWatches, DoNotStormSentinelsThatNeverHoldAConnection) {
  start();
  for (int i = 0; i < 10000; ++i) {
    if (static_cast<int>(hints_.size()) < transport().opens) {
      listen();
      user().closed("closed the connection");
    }
    network_.pass(1);
  }
  EXPECT_GE(hints_.size(), 6U);
  EXPECT_LE(hints_.size(), 16U);
}

TEST_F(SwitchWatches, KeepNoWorkerFromQuitting) {
  start_listening();
  EXPECT_FALSE(transport().holds_worker);
  user().quitting(false);
  EXPECT_EQ(transport().abandons, 1);
  network_.pass(60000);
  EXPECT_EQ(transport().opens, 1);
  EXPECT_FALSE(transport().holds_worker);
}

}  // namespace
}  // namespace oauth2::redis
