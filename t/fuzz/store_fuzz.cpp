// The store over Redis, whatever its scripts seem to answer. Lines: events of RedisPeer, or
//
//     b NUMBER   an operation begins; the number chooses which
//     w          the one before is not wanted any more
//     A BYTES    Redis answers what it was asked first: a nonce, and then these bytes

#include <algorithm>
#include <memory>
#include <vector>

#include "fuzz.h"
#include "oauth2/store.h"
#include "redis/redis_store.h"
#include "redis_peer.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

constexpr size_t most_operations = 64;

bool is_within_limits(const FamilyRecord& record) {
  return record.client.size() <= max_client_id_size && record.subject.size() <= max_subject_size &&
         record.scope.size() <= 0xffff;
}

class Waiter final : public StoreWaiter {
 public:
  void store_answered(const StoreAnswer& answer) override {
    ++answers;
    using Status = StoreAnswer::Status;
    const bool found = answer.status == Status::found || answer.status == Status::written;
    OAUTH2_HOLDS(found || answer.families.empty());
    OAUTH2_HOLDS(answer.status != Status::found || is_within_limits(answer.record));
    OAUTH2_HOLDS(!answer.whole_since.has_value() || answer.status == Status::missing);
    for (const ListedFamily& family : answer.families) {
      OAUTH2_HOLDS(family.hash.size() == family_hash_size && is_within_limits(family.record));
    }
    // Views that hang would be seen here by AddressSanitizer.
    kept.assign(answer.record.client).append(answer.record.subject).append(answer.record.scope);
  }
  bool still_wanted() const override { return wanted; }

  int answers = 0;
  bool wanted = true;
  std::string kept;
};

class World final : public RedisPeer {
 public:
  World() : store_({{redis::Endpoint()}, options(), "oauth2", 30000, true}, host, state, 1) {
    store_.start();
    RedisPeer::begin();
  }

  void happen_or_begin(const std::string& line) {
    const std::string argument = line.substr(std::min<size_t>(line.size(), 2));
    switch (line.empty() ? '\0' : line.front()) {
      case 'b':
        if (waiters_.size() < most_operations) {
          begin(number(argument));
          look_at_what_was_sent();
        }
        break;
      case 'w':
        if (!waiters_.empty()) {
          waiters_.back()->wanted = false;
        }
        break;
      case 'A':
        body_ = argument;
        happen("a 4294967295");
        break;
      default:
        happen(line);
    }
  }

  void check() const {
    for (const auto& waiter : waiters_) {
      OAUTH2_HOLDS(waiter->answers <= 1);
    }
  }

  void check_end() {
    let_timers_run();
    for (const auto& waiter : waiters_) {
      OAUTH2_HOLDS(waiter->answers == 1 || (!waiter->wanted && waiter->answers == 0));
    }
  }

 protected:
  // The nonce is the only word of eight bytes.
  std::string answer_to(const std::string& question) override {
    if (question.find("EVALSHA") == std::string::npos) {
      return "$40\r\n0123456789abcdef0123456789abcdef01234567\r\n";
    }
    const size_t at = question.find("\r\n$8\r\n");
    OAUTH2_HOLDS(at != std::string::npos);
    const std::string reply = question.substr(at + 6, redis::nonce_size) + body_;
    return "$" + std::to_string(reply.size()) + "\r\n" + reply + "\r\n";
  }

  void sent(const std::string&) override {}

 private:
  static redis::ConnectionOptions options() {
    redis::ConnectionOptions made;
    made.max_pending = 8;
    return made;
  }

  void begin(uint32_t which) {
    const FamilyId family = sample_family();
    const uint64_t deadline = transport.now + 3000;
    auto waiter = std::make_shared<Waiter>();
    waiters_.push_back(waiter);
    FamilyRecord record;
    record.ttl_written = 600;
    record.granted_at = now;
    record.client = "app";
    record.subject = "alice";
    record.scope = "read write";
    record.generation = 1;
    Rotation rotation;
    rotation.presented = 1;
    rotation.generation = 2;
    rotation.ttl = 600;
    rotation.scope = record.scope;
    switch (which % 7) {
      case 0:
        store_.create(family, record, 3, deadline, waiter);
        break;
      case 1:
        store_.read(family, deadline, waiter);
        break;
      case 2:
        store_.rotate(family, rotation, deadline, waiter);
        break;
      case 3:
        store_.redeem(family, rotation, "app", "alice", 3, deadline, waiter);
        break;
      case 4:
        store_.list("alice", 0, false, deadline, waiter);
        break;
      case 5:
        store_.end("alice", family_hash(family), deadline, waiter);
        break;
      default:
        store_.revoke(family, deadline, waiter);
        break;
    }
  }

  std::string body_ = "M";
  std::vector<std::shared_ptr<Waiter>> waiters_;
  redis::RedisStore store_;
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
