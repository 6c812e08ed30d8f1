#ifndef OAUTH2_T_UNIT_REDIS_CONNECTION_FIXTURE_H
#define OAUTH2_T_UNIT_REDIS_CONNECTION_FIXTURE_H

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "redis/connection.h"
#include "redis/scripted_transport.h"

namespace oauth2::redis {

/// What Redis answers to the usual greeting.
const std::string greeting_replies = "$27\r\nmaxmemory_policy:noeviction\r\n+PONG\r\n";
const std::string ping_bytes = "*1\r\n$4\r\nPING\r\n";

/// What became of one command.
struct CommandRecord {
  int replied = 0;
  int failed = 0;
  std::string text;       ///< of the last reply
  uint64_t ended_ms = 0;  ///< when it was answered or failed
  bool wanted = true;
  PendingCommand::Next next = PendingCommand::Next::done;

  bool ended() const { return replied + failed > 0; }
};

/// A command that writes down what becomes of it.
class RecordedCommand final : public PendingCommand {
 public:
  RecordedCommand(std::string text, uint64_t until, std::shared_ptr<CommandRecord> record)
      : record_(std::move(record)) {
    bytes = std::move(text);
    deadline = until;
  }
  bool still_wanted() const override { return record_->wanted; }
  Next replied(const Reply& reply, uint64_t now_ms) override {
    ++record_->replied;
    record_->text = reply.text;
    record_->ended_ms = now_ms;
    return record_->next;
  }
  void failed(uint64_t now_ms) override {
    ++record_->failed;
    record_->ended_ms = now_ms;
  }

 private:
  const std::shared_ptr<CommandRecord> record_;
};

/// A connection between a scripted transport and recorded commands.
class ConnectionTest : public testing::Test, public ConnectionOwner {
 protected:
  /// Makes the connection with the options as they are, and lets it connect.
  void start(uint64_t seed = 1) {
    connection_ = std::make_unique<Connection>(options_, *this, host_, "redis",
                                               OutageClock(state_, 30000), seed);
    connection_->start();
  }

  /// The socket opens, and Redis answers the greeting.
  void greet() {
    connection_->opened();
    transport_.take_sent();
    connection_->received(greeting_replies);
  }

  void start_ready() {
    start();
    greet();
  }

  std::shared_ptr<CommandRecord> submit(std::string text = "<command>", uint64_t budget_ms = 3000) {
    auto record = std::make_shared<CommandRecord>();
    connection_->submit(
        std::make_unique<RecordedCommand>(std::move(text), transport_.now + budget_ms, record));
    return record;
  }

  /// The end of a turn of the loop: what was sent in it.
  std::string turn() {
    if (transport_.flush_wanted) {
      transport_.flush_wanted = false;
      connection_->flush();
    }
    return transport_.take_sent();
  }

  /// Lets time pass with all its timers, which must not fire again at once.
  void pass(uint64_t ms) {
    const uint64_t end = transport_.now + ms;
    while (transport_.wake.has_value() && *transport_.wake <= end) {
      transport_.now = std::max(transport_.now, *transport_.wake);
      wake();
      turn();
    }
    transport_.now = end;
  }

  /// Lets time pass until the connection tries again.
  void pass_until_it_connects() {
    const int opens = transport_.opens;
    for (int i = 0; i < 2000 && transport_.opens == opens; ++i) {
      pass(1);
    }
    EXPECT_EQ(transport_.opens, opens + 1);
  }

  void wake() {
    transport_.wake.reset();
    connection_->woken();
    EXPECT_TRUE(!transport_.wake.has_value() || *transport_.wake > transport_.now);
  }

  void locate(Connection& connection) override { connection.located(Endpoint()); }
  std::string probe_key() const override { return "oauth2:probe"; }

  ConnectionOptions options_;
  ScriptedTransport transport_;
  StoreState state_{};
  KeptLog log_;
  ScriptedHost host_{transport_, log_};
  std::unique_ptr<Connection> connection_;
};

}  // namespace oauth2::redis

#endif
