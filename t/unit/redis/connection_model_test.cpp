// Random lives of a connection: whatever the peer, the network and the clock do, every command ends
// once and in time, is sent at most twice and gets its own reply, behind a fence only when enough
// replicas have confirmed it, and nothing spins.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

#include "redis/connection_fixture.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t budget_ms = 2500;  // less than both tries may take

class ConnectionModel : public ConnectionTest {
 protected:
  struct Tracked {
    std::shared_ptr<CommandRecord> record;
    std::string name;
    uint64_t deadline_ms = 0;
    int sent = 0;
  };

  void live(unsigned seed, int events) {
    random_.seed(seed);
    start(seed);
    opening_ = true;
    for (int i = 0; i < events && !HasFailure(); ++i) {
      happen();
      look_at_what_was_sent();
      check();
    }
    drain();
  }

  int replied() const { return replied_; }

 private:
  int draw(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }

  void happen() {
    confirmed_ = false;
    const int opens = transport_.opens;
    const int abandons = transport_.abandons;
    switch (draw(12)) {
      case 0:
      case 1:
        begin_command();
        break;
      case 2:
      case 3:
        transport_.flush_wanted = false;
        connection_->flush();
        break;
      case 4:
        let_time_pass(static_cast<uint64_t>(draw(50)));
        break;
      case 5:
        let_time_pass(static_cast<uint64_t>(draw(1500)));
        break;
      case 6:
        if (opening_) {
          opening_ = false;
          open_ = true;
          connection_->opened();
        }
        break;
      case 7:
        if (draw(4) == 0 && (open_ || opening_)) {
          opening_ = open_ = false;
          connection_->closed("closed");
        }
        break;
      default:
        // A batch has to be answered as a whole.
        for (int more = options_.replicas > 0 ? draw(10) : 0;
             more >= 0 && transport_.abandons == abandons; --more) {
          answer();
        }
        break;
    }
    if (transport_.abandons != abandons) {
      opening_ = open_ = false;
      questions_.clear();
    }
    if (transport_.opens != opens) {
      opening_ = true;
    }
  }

  void begin_command() {
    Tracked tracked;
    tracked.name = "<" + std::to_string(commands_.size()) + ">";
    tracked.deadline_ms = transport_.now + budget_ms;
    tracked.record = submit(tracked.name, budget_ms);
    commands_.push_back(std::move(tracked));
  }

  void let_time_pass(uint64_t ms) {
    const uint64_t end = transport_.now + ms;
    transport_.now = std::min(end, transport_.wake.value_or(end));
    if (transport_.wake.has_value() && *transport_.wake <= transport_.now) {
      wake();
    }
  }

  /// The first question in `bytes`: a command of ours, "<7>", or one of the connection's own.
  static std::string first_question(const std::string& bytes) {
    const size_t end =
        bytes.front() == '<' ? bytes.find('>') + 1 : std::min(bytes.find('<'), bytes.find('*', 1));
    return bytes.substr(0, end);
  }

  // What was sent is what the peer has to answer.
  void look_at_what_was_sent() {
    bool expects_confirmation = false;
    for (std::string bytes = transport_.take_sent(); !bytes.empty();) {
      const std::string question = first_question(bytes);
      bytes.erase(0, question.size());
      questions_.push_back(question);
      const bool is_wait = question.find("WAIT") != std::string::npos;
      expects_confirmation = !is_wait && (expects_confirmation || question.front() == '<');
      if (question.front() == '<') {
        Tracked& tracked = commands_[std::stoul(question.substr(1))];
        ++tracked.sent;
        ASSERT_LE(tracked.sent, 2) << tracked.name;
        ASSERT_FALSE(tracked.record->ended()) << tracked.name;
        ASSERT_LE(transport_.now, tracked.deadline_ms) << tracked.name;
      }
    }
    if (options_.replicas > 0) {
      ASSERT_FALSE(expects_confirmation);
      ASSERT_LE(
          std::count_if(questions_.begin(), questions_.end(),
                        [](const std::string& asked) { return asked.find("WAIT") != asked.npos; }),
          1);
    }
  }

  void answer() {
    if (!open_ || questions_.empty()) {
      return;
    }
    const std::string question = questions_.front();
    questions_.pop_front();
    bool confirms = false;
    std::string reply = "+" + question + "\r\n";
    if (question.find("INFO") != std::string::npos) {
      reply = "$27\r\nmaxmemory_policy:noeviction\r\n";
    } else if (question.find("PING") != std::string::npos) {
      reply = "+PONG\r\n";
    } else if (question.find("XX") != std::string::npos) {
      reply = "$-1\r\n";
    } else if (question.find("WAIT") != std::string::npos) {
      const int replicas = draw(6);
      confirms = replicas >= 2;
      reply = ":" + std::to_string(replicas) + "\r\n";
    }
    // A batch is answered by many replies, each of which may go wrong.
    switch (draw(options_.replicas > 0 ? 200 : 20)) {
      case 0:
        reply = "-LOADING Redis is loading\r\n";
        confirms = false;
        break;
      case 1:
        reply = "-OOM command not allowed\r\n";
        confirms = false;
        break;
      case 2:
        reply = "garbage";
        confirms = false;
        break;
      case 3:
        connection_->received(reply.substr(0, 1));
        reply.erase(0, 1);
        break;
      default:
        break;
    }
    connection_->received(reply);
    confirmed_ = confirmed_ || confirms;
  }

  void check() {
    int replied = 0;
    for (const Tracked& tracked : commands_) {
      replied += tracked.record->replied;
      ASSERT_LE(tracked.record->replied + tracked.record->failed, 1) << tracked.name;
      if (tracked.record->replied > 0) {
        ASSERT_EQ(tracked.record->text, tracked.name);
      }
    }
    ASSERT_TRUE(replied == replied_ || options_.replicas == 0 || confirmed_);
    replied_ = replied;
  }

  // With its timers alone, every command ends by its deadline.
  void drain() {
    for (int i = 0; i < 1000 && !HasFailure(); ++i) {
      bool waiting = false;
      for (const Tracked& tracked : commands_) {
        waiting = waiting || !tracked.record->ended();
      }
      if (!waiting) {
        break;
      }
      ASSERT_TRUE(transport_.wake.has_value());
      transport_.now = std::max(transport_.now, *transport_.wake);
      wake();
      connection_->flush();
      transport_.take_sent();
    }
    for (const Tracked& tracked : commands_) {
      ASSERT_TRUE(tracked.record->ended()) << tracked.name;
      ASSERT_LE(tracked.record->ended_ms, tracked.deadline_ms) << tracked.name;
    }
  }

  std::mt19937 random_;
  std::deque<Tracked> commands_;
  std::deque<std::string> questions_;
  bool opening_ = false;
  bool open_ = false;
  bool confirmed_ = false;  // by the reply to a WAIT that has just come
  int replied_ = 0;
};

class ConnectionModelSeed : public ConnectionModel, public testing::WithParamInterface<unsigned> {};

TEST_P(ConnectionModelSeed, EveryCommandEndsOnceAndInTime) {
  live(GetParam(), 1000);
}

TEST_P(ConnectionModelSeed, BehindAFenceEveryCommandIsConfirmedOrFails) {
  options_.replicas = 2;
  options_.wait_ms = 100;
  live(GetParam(), 1000);
  EXPECT_GT(replied(), 0);
}

INSTANTIATE_TEST_SUITE_P(Random, ConnectionModelSeed, testing::Range(1U, 101U));

}  // namespace
}  // namespace oauth2::redis
