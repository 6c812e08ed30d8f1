#include "redis/cluster.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "redis/connection_fixture.h"
#include "redis/scripted_network.h"

namespace oauth2::redis {
namespace {

constexpr uint16_t seed_port = 7001;
const std::string slots_bytes = "*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n";
const std::string asking_bytes = "*1\r\n$6\r\nASKING\r\n";

/// One answer to CLUSTER SLOTS: the slots from each of `starts` on belong to the port beside it.
std::string slots_reply(const std::vector<std::pair<int, int>>& starts) {
  std::string reply = "*" + std::to_string(starts.size()) + "\r\n";
  for (size_t i = 0; i < starts.size(); ++i) {
    const int end = i + 1 < starts.size() ? starts[i + 1].first : 16384;
    reply.append("*3\r\n:").append(std::to_string(starts[i].first)).append("\r\n:");
    reply.append(std::to_string(end - 1)).append("\r\n*2\r\n$9\r\n127.0.0.1\r\n:");
    reply.append(std::to_string(starts[i].second)).append("\r\n");
  }
  return reply;
}

class ClusterOfNodes : public testing::Test {
 protected:
  void start() {
    options_.mode = StoreMode::cluster;
    options_.servers = {{"", "127.0.0.1", seed_port}};
    cluster_ = std::make_unique<Cluster>(options_, network_, state_, 1);
    cluster_->start();
    network_.turn();
  }

  /// Starts, and learns that slots below 8000 are on port 7001 and the others on 7002.
  void start_with_two() {
    start();
    answer_question({{0, 7001}, {8000, 7002}});
    greet(7001);
    greet(7002);
  }

  /// The connection on which one node after the other is asked who has which slots.
  ScriptedNetwork::Link& question() { return network_.link(0); }

  /// The node that is asked answers.
  void answer_question(const std::vector<std::pair<int, int>>& starts) {
    ASSERT_TRUE(question().open);
    question().user->opened();
    EXPECT_EQ(question().transport.take_sent(), slots_bytes);
    question().user->received(slots_reply(starts));
    network_.turn();
  }

  void greet(uint16_t port) {
    network_.open(port);
    network_.sent(port);
    network_.receive(port, greeting_replies);
    network_.turn();
  }

  std::shared_ptr<CommandRecord> submit(uint16_t slot, const std::string& text = "<command>") {
    auto record = std::make_shared<CommandRecord>();
    auto command = std::make_unique<RecordedCommand>(text, network_.now_ms() + 3000, record);
    command->slot = slot;
    cluster_->submit(std::move(command));
    network_.turn();
    return record;
  }

  StoreOptions options_;
  StoreState state_{};
  ScriptedNetwork network_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(ClusterOfNodes, SendEachCommandToTheNodeOfItsSlot) {
  start_with_two();
  submit(0, "<a>");
  submit(7999, "<b>");
  submit(8000, "<c>");
  submit(16383, "<d>");
  EXPECT_EQ(network_.sent(7001), "<a><b>");
  EXPECT_EQ(network_.sent(7002), "<c><d>");
}

TEST_F(ClusterOfNodes, RouteWhatWaitedForTheSlotsToBeKnown) {
  start();
  submit(9000, "<early>");
  answer_question({{0, 7001}, {8000, 7002}});
  greet(7002);
  EXPECT_EQ(network_.sent(7002), "<early>");
}

TEST_F(ClusterOfNodes, FollowMovedAndAskAgainWhoHasWhat) {
  start_with_two();
  const auto record = submit(5, "<a>");
  network_.sent(7001);
  network_.receive(7001, "-MOVED 5 127.0.0.1:7003\r\n");
  network_.turn();
  EXPECT_FALSE(record->ended());
  greet(7003);
  EXPECT_EQ(network_.sent(7003), "<a>");
  network_.receive(7003, "+done\r\n");
  EXPECT_EQ(record->text, "done");
  submit(5, "<b>");
  EXPECT_EQ(network_.sent(7003), "<b>");
  submit(6, "<c>");
  EXPECT_EQ(network_.sent(7001), "<c>");
  EXPECT_FALSE(is_down(state_));
}

TEST_F(ClusterOfNodes, FollowAskForOneCommandOnly) {
  start_with_two();
  submit(5, "<a>");
  network_.sent(7001);
  network_.receive(7001, "-ASK 5 127.0.0.1:7002\r\n");
  network_.turn();
  EXPECT_EQ(network_.sent(7002), asking_bytes + "<a>");
  submit(5, "<b>");
  EXPECT_EQ(network_.sent(7001), "<b>");
}

TEST_F(ClusterOfNodes, SendAskingBehindAScriptThatHasToBeLoadedFirst) {
  start_with_two();
  const auto record = submit(5, "<a>");
  network_.sent(7001);
  network_.receive(7001, "-ASK 5 127.0.0.1:7002\r\n");
  network_.turn();
  network_.sent(7002);
  network_.receive(7002, "+OK\r\n+done\r\n");
  EXPECT_EQ(record->text, "done");
}

TEST_F(ClusterOfNodes, TryAgainALittleLaterOnTheSameNode) {
  start_with_two();
  const auto record = submit(5, "<a>");
  network_.sent(7001);
  network_.receive(7001, "-TRYAGAIN Multiple keys request\r\n");
  network_.turn();
  EXPECT_EQ(network_.sent(7001), "");
  network_.pass(19);
  EXPECT_EQ(network_.sent(7001), "");
  network_.pass(1);
  EXPECT_EQ(network_.sent(7001), "<a>");
  network_.receive(7001, "+done\r\n");
  EXPECT_EQ(record->replied, 1);
}

TEST_F(ClusterOfNodes, GiveUpOnACommandThatIsSentInCircles) {
  start_with_two();
  const auto record = submit(5, "<a>");
  uint16_t port = 7001;
  for (int i = 0; i < 20 && !record->ended(); ++i) {
    network_.sent(port);
    const uint16_t other = port == 7001 ? 7002 : 7001;
    network_.receive(port, "-MOVED 5 127.0.0.1:" + std::to_string(other) + "\r\n");
    network_.turn();
    port = other;
  }
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(network_.log.count("answered MOVED"), 1);
}

TEST_F(ClusterOfNodes, RefuseARedirectionToNowhere) {
  start_with_two();
  const auto record = submit(5, "<a>");
  network_.receive(7001, "-MOVED 5 nowhere\r\n");
  EXPECT_EQ(record->failed, 1);
}

TEST_F(ClusterOfNodes, AskAtMostEveryFifthOfASecond) {
  start_with_two();
  int questions = 1;
  for (int i = 0; i < 100; ++i) {
    const auto record = submit(5, "<a>");
    network_.receive(7001, "-CLUSTERDOWN The cluster is down\r\n");
    EXPECT_EQ(record->failed, 1);
    network_.pass(10);
    if (question().open) {
      ++questions;
      answer_question({{0, 7001}, {8000, 7002}});
    }
  }
  EXPECT_GE(questions, 4);
  EXPECT_LE(questions, 6);
}

TEST_F(ClusterOfNodes, SendWhatADeadNodeLeftToTheOneThatTookOver) {
  start_with_two();
  const auto record = submit(5, "<a>");
  EXPECT_EQ(network_.sent(7001), "<a>");
  network_.pass(300);
  network_.to(7001)->user->closed("closed the connection");
  network_.turn();
  EXPECT_TRUE(is_down(state_));
  answer_question({{0, 7003}, {8000, 7002}});
  greet(7003);
  EXPECT_EQ(network_.sent(7003), "<a>");
  EXPECT_FALSE(is_down(state_));  // the dead node is no part of the store any more
  network_.receive(7003, "+done\r\n");
  EXPECT_EQ(record->text, "done");
}

TEST_F(ClusterOfNodes, KeepAnOutageUntilTheNodeItselfIsBack) {
  start_with_two();
  submit(5, "<a>");
  network_.receive(7001, "-BUSY Redis is busy\r\n");
  EXPECT_TRUE(is_down(state_));
  const auto other = submit(9000, "<b>");
  network_.receive(7002, "+done\r\n");
  EXPECT_EQ(other->replied, 1);
  EXPECT_TRUE(is_down(state_));
  submit(5, "<c>");
  network_.receive(7001, "+done\r\n");
  EXPECT_FALSE(is_down(state_));
}

TEST_F(ClusterOfNodes, CloseTheConnectionToANodeThatHasNoSlots) {
  start_with_two();
  submit(5, "<a>");
  network_.receive(7001, "-MOVED 5 127.0.0.1:7002\r\n");
  network_.pass(300);
  answer_question({{0, 7002}});
  EXPECT_EQ(network_.to(7001), nullptr);
  EXPECT_NE(network_.to(7002), nullptr);
}

TEST_F(ClusterOfNodes, FinishWhatWasSentToANodeThatHasNoSlotsAnyMore) {
  start_with_two();
  const auto slow = submit(5, "<slow>");
  submit(9000, "<b>");
  network_.receive(7002, "-MOVED 9000 127.0.0.1:7003\r\n");
  network_.pass(300);
  answer_question({{0, 7003}});
  greet(7003);
  ASSERT_NE(network_.to(7001), nullptr);
  network_.receive(7001, "+done\r\n");
  EXPECT_EQ(slow->text, "done");
  network_.pass(1100);
  EXPECT_EQ(network_.to(7001), nullptr);
}

TEST_F(ClusterOfNodes, UseANodeAgainThatGetsSlotsBack) {
  start_with_two();
  submit(5, "<a>");
  network_.receive(7001, "-MOVED 5 127.0.0.1:7002\r\n");
  network_.pass(300);
  answer_question({{0, 7002}});
  submit(5, "<b>");
  network_.receive(7002, "+done\r\n+done\r\n");
  submit(5, "<c>");
  network_.receive(7002, "-CLUSTERDOWN Hash slot not served\r\n");
  network_.pass(300);
  answer_question({{0, 7001}});
  greet(7001);
  submit(5, "<d>");
  EXPECT_EQ(network_.sent(7001), "<d>");
}

TEST_F(ClusterOfNodes, LeaveASlotThatNobodyServesWhereItWas) {
  start_with_two();
  submit(5, "<a>");
  network_.receive(7001, "-CLUSTERDOWN Hash slot not served\r\n");
  network_.pass(300);
  answer_question({{8000, 7002}});
  submit(5, "<b>");
  network_.sent(7001);
  EXPECT_NE(network_.to(7001), nullptr);
}

TEST_F(ClusterOfNodes, SayWhenNobodyTellsWhoHasWhichSlots) {
  start();
  question().user->opened();
  question().user->received("*0\r\n");
  EXPECT_EQ(network_.log.count("127.0.0.1:7001 does not tell who has which slots: 127.0.0.1:7001 "
                               "does not know who has which slots"),
            1);
}

TEST_F(ClusterOfNodes, FailEverythingWhenStopped) {
  start_with_two();
  const auto one = submit(5);
  const auto other = submit(9000);
  cluster_->stop();
  EXPECT_EQ(one->failed, 1);
  EXPECT_EQ(other->failed, 1);
  EXPECT_EQ(submit(5)->failed, 1);
  EXPECT_EQ(network_.to(7001), nullptr);
  EXPECT_EQ(network_.to(7002), nullptr);
}

TEST_F(ClusterOfNodes, ProbeANodeWithAKeyOfItsOwn) {
  start_with_two();
  submit(9000, "<a>");
  network_.sent(7002);
  network_.receive(7002, "-BUSY Redis is busy\r\n");
  network_.pass(1000);
  EXPECT_NE(network_.sent(7002).find("oauth2:probe:{"), std::string::npos);
  network_.receive(7002, "$-1\r\n");
  EXPECT_FALSE(is_down(state_));
}

}  // namespace
}  // namespace oauth2::redis
