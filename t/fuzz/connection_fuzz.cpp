// A connection to Redis, whatever Redis sends and whenever. Lines: events of RedisPeer, or
//
//     c NUMBER   a command begins, with so many milliseconds to live; "w" drops the one before
//     s          the connection is stopped

#include <algorithm>
#include <map>
#include <vector>

#include "fuzz.h"
#include "redis/connection.h"
#include "redis_peer.h"

namespace oauth2::fuzz {
namespace {

using redis::PendingCommand;
using redis::Reply;
using redis::ReplyError;

constexpr size_t most_commands = 64;

struct Fate {
  int ended = 0;
  int sent = 0;
  bool wanted = true;
  bool answered = false;
  uint64_t deadline = 0;
  uint64_t ended_ms = 0;
};

/// Does with its replies what a call of a script does.
class Command final : public PendingCommand {
 public:
  Command(std::string name, Fate& fate) : name_(std::move(name)), fate_(fate) {
    bytes = name_;
    deadline = fate.deadline;
  }

  bool still_wanted() const override { return fate_.wanted; }

  Next replied(const Reply& reply, uint64_t now_ms) override {
    OAUTH2_HOLDS(reply.error == ReplyError::none || reply.error == ReplyError::no_script);
    if (reply.error == ReplyError::no_script) {
      return load();
    }
    if (reply.text != name_) {
      failed(now_ms);
      return Next::abandon;
    }
    fate_.answered = true;
    failed(now_ms);
    return Next::done;
  }

  void failed(uint64_t now_ms) override {
    ++fate_.ended;
    fate_.ended_ms = now_ms;
  }

 private:
  Next load() {
    if (std::exchange(loading_, true)) {
      return Next::refuse;
    }
    leading_bytes = "<load>";
    leading_commands = 1;
    return Next::repeat;
  }

  const std::string name_;
  Fate& fate_;
  bool loading_ = false;
};

class World final : public RedisPeer, private redis::ConnectionOwner {
 public:
  World() : connection_(options(), *this, host, "redis", redis::OutageClock(state, 30000), 1) {
    connection_.start();
    RedisPeer::begin();
  }

  void happen_or_begin(const std::string& line) {
    if (happen(line) || line.empty()) {
      return;
    }
    if (line.front() == 'c' && fates_.size() < most_commands) {
      begin(number(line.substr(std::min<size_t>(line.size(), 2))) % 5000);
    } else if (line.front() == 'w' && !fates_.empty()) {
      fates_.rbegin()->second.wanted = false;
    } else if (line.front() == 's') {
      connection_.stop();
      look_at_what_was_sent();
    }
  }

  void check() const {
    for (const auto& [name, fate] : fates_) {
      OAUTH2_HOLDS(fate.ended <= 1);
      OAUTH2_HOLDS(!fate.answered || fate.sent > 0);
      OAUTH2_HOLDS(fate.sent <= 3);  // twice, and once more behind its script
    }
  }

  // With its timers alone, every command ends, in time.
  void check_end() {
    let_timers_run();
    for (const auto& [name, fate] : fates_) {
      OAUTH2_HOLDS(fate.ended == 1 || (!fate.wanted && fate.ended == 0 && fate.sent == 0));
      OAUTH2_HOLDS(fate.ended == 0 || fate.ended_ms <= fate.deadline + late_ms_);
    }
    OAUTH2_HOLDS(!transport.holds_worker);
  }

 protected:
  std::string answer_to(const std::string& question) override { return "+" + question + "\r\n"; }

  void sent(const std::string& question) override {
    const auto found = fates_.find(question);
    if (found != fates_.end()) {
      ++found->second.sent;
      OAUTH2_HOLDS(found->second.ended == 0);
    }
  }

 private:
  static redis::ConnectionOptions options() {
    redis::ConnectionOptions made;
    made.password = "hush-hush";
    made.max_pending = 8;
    return made;
  }

  void locate(redis::Connection& connection) override { connection.located(redis::Endpoint()); }
  std::string probe_key() const override { return "oauth2:probe"; }

  void begin(uint64_t budget_ms) {
    const std::string name = "<" + std::to_string(fates_.size()) + ">";
    Fate& fate = fates_[name];
    fate.deadline = transport.now + budget_ms;
    connection_.submit(std::make_unique<Command>(name, fate));
    look_at_what_was_sent();
  }

  static constexpr uint64_t late_ms_ = 5000;  // a pause in which no timer was served
  std::map<std::string, Fate> fates_;
  redis::Connection connection_;
};

}  // namespace

void run(Input& input) {
  World world;
  while (!input.is_over()) {
    world.happen_or_begin(input.line());
    world.check();
  }
  world.check_end();
}

}  // namespace oauth2::fuzz
