#include "redis/node.h"

#include <gtest/gtest.h>

#include <map>

#include "redis/connection_fixture.h"

namespace oauth2::redis {
namespace {

/// Lends a transport to each connection, and knows the names that they log under.
class SeveralHosts final : public StoreHost {
 public:
  explicit SeveralHosts(KeptLog& log) : log_(log) {}

  std::unique_ptr<Transport> make_transport(TransportUser& user) override {
    hosts.push_back(std::make_unique<ScriptedHost>(transports[hosts.size()], log_));
    return hosts.back()->make_transport(user);
  }
  std::unique_ptr<StoreLog> make_log(const std::string& name) override {
    names.push_back(name);
    return ScriptedHost(transports[0], log_).make_log(name);
  }
  uint64_t now_ms() const override { return transports[0].now; }

  ScriptedTransport transports[2];
  std::vector<std::unique_ptr<ScriptedHost>> hosts;
  std::vector<std::string> names;

 private:
  KeptLog& log_;
};

class NodeTest : public testing::Test, public ConnectionOwner {
 protected:
  void locate(Connection& connection) override { connection.located(Endpoint()); }
  std::string probe_key() const override { return "p"; }

  void start(unsigned replicas) {
    StoreOptions options;
    options.connection.replicas = replicas;
    options.connection.wait_ms = 100;
    node_ = std::make_unique<Node>(options, *this, host_, "10.0.0.5:6379", state_, 1);
    node_->start();
    for (size_t i = 0; i < host_.hosts.size(); ++i) {
      host_.hosts[i]->user().opened();
      host_.transports[i].take_sent();
      host_.hosts[i]->user().received(greeting_replies);
    }
  }

  std::shared_ptr<CommandRecord> submit(bool fenced) {
    auto record = std::make_shared<CommandRecord>();
    auto command =
        std::make_unique<RecordedCommand>("<command>", host_.transports[0].now + 3000, record);
    command->fenced = fenced;
    node_->submit(std::move(command));
    return record;
  }

  std::string sent(size_t index) {
    host_.hosts[index]->user().flush();
    return host_.transports[index].take_sent();
  }

  StoreState state_{};
  KeptLog log_;
  SeveralHosts host_{log_};
  std::unique_ptr<Node> node_;
};

TEST_F(NodeTest, HasOneConnectionWhereNothingWaits) {
  start(0);
  EXPECT_EQ(host_.names, std::vector<std::string>{"10.0.0.5:6379"});
  submit(true);
  submit(false);
  EXPECT_EQ(sent(0), "<command><command>");
}

TEST_F(NodeTest, HasASecondOneForWhatIsFenced) {
  start(1);
  EXPECT_EQ(host_.names, (std::vector<std::string>{"10.0.0.5:6379", "10.0.0.5:6379 (wait)"}));
  const auto fenced = submit(true);
  const auto plain = submit(false);
  EXPECT_EQ(sent(0), "<command>");
  EXPECT_EQ(sent(1), "<command>*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$3\r\n100\r\n");
  host_.hosts[0]->user().received("+OK\r\n");
  EXPECT_EQ(plain->replied, 1);
  EXPECT_FALSE(fenced->ended());
}

TEST_F(NodeTest, MissingReplicasAreAnOutageThatOtherAnswersDoNotEnd) {
  start(1);
  submit(true);
  sent(1);
  host_.hosts[1]->user().received("+OK\r\n:0\r\n");
  EXPECT_TRUE(is_down(state_));
  submit(false);
  sent(0);
  host_.hosts[0]->user().received("+OK\r\n");
  EXPECT_TRUE(is_down(state_));
  submit(true);
  sent(1);
  host_.hosts[1]->user().received("+OK\r\n:1\r\n");
  EXPECT_FALSE(is_down(state_));
}

TEST_F(NodeTest, AnOutageOfReplicasIsOverWhenNobodyWaitsForThemAnyMore) {
  start(1);
  submit(true);
  sent(1);
  host_.hosts[1]->user().received("+OK\r\n:0\r\n");
  host_.hosts.clear();
  start(0);
  EXPECT_FALSE(is_down(state_));
}

TEST_F(NodeTest, AnOutageOfAnotherNodeIsNotOver) {
  OutageClock(state_, 30000, "10.0.0.6:6379 (wait)").failed(host_.now_ms());
  start(0);
  EXPECT_TRUE(is_down(state_));
}

TEST_F(NodeTest, StoppingFailsEverything) {
  start(1);
  const auto fenced = submit(true);
  const auto plain = submit(false);
  node_->stop();
  EXPECT_EQ(fenced->failed, 1);
  EXPECT_EQ(plain->failed, 1);
  EXPECT_EQ(submit(true)->failed, 1);
}

}  // namespace
}  // namespace oauth2::redis
