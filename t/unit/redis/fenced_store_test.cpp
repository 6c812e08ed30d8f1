// A store that waits for replicas, on a real Redis with a real one.

#include <gtest/gtest.h>

#include "oauth2/store.h"
#include "poll_transport.h"
#include "redis/record.h"
#include "redis/redis_server.h"
#include "redis/redis_store.h"
#include "redis/scripted_transport.h"
#include "token_samples.h"
#include "token_store_contract.h"

namespace oauth2::redis {
namespace {

using Status = StoreAnswer::Status;

constexpr uint64_t window_ms = 30000;

class FencedStore : public testing::Test {
 protected:
  FencedStore() {
    primary_.ask({"FLUSHALL"});
    primary_.ask({"CONFIG", "RESETSTAT"});
    connect(true, true);
  }
  ~FencedStore() override { replica_.thaw(); }

  void connect(bool fences_rotations, bool keeps_index, uint64_t wait_ms = 10000) {
    StoreOptions options;
    options.servers = {Endpoint{primary_.socket_path(), "", 0}};
    options.connection.connect_timeout_ms = options.connection.timeout_ms = 15000;
    options.connection.replicas = 1;
    options.connection.wait_ms = wait_ms;
    options.longest_window_ms = window_ms;
    options.keeps_index = keeps_index;
    options.fences_rotations = fences_rotations;
    store_.reset();
    host_ = std::make_unique<PollHost>(log_);
    store_ = std::make_unique<RedisStore>(options, *host_, state_, 4711);
    store_->start();
  }

  bool run_until(const std::function<bool()>& done) {
    return PollTransport::run_until(host_->transports(), done);
  }

  KeptAnswer wait_for(const std::shared_ptr<AnswerKeeper>& keeper) {
    EXPECT_TRUE(run_until([&] { return !keeper->answers.empty(); }));
    return keeper->answers.empty() ? KeptAnswer() : keeper->answers.front();
  }

  uint64_t deadline() { return host_->now_ms() + 40000; }

  static FamilyRecord record(uint32_t generation = 1) {
    FamilyRecord record;
    record.generation = generation;
    record.ttl_written = 600;
    record.granted_at = 1700000000;
    record.client = "app";
    record.subject = "alice";
    record.scope = "read write";
    return record;
  }

  KeptAnswer create(uint32_t generation = 1) {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->create(family_, record(generation), 0, deadline(), keeper);
    return wait_for(keeper);
  }

  std::shared_ptr<AnswerKeeper> begin_rotation(uint32_t presented) {
    const Rotation rotation{presented, presented + 1, 9, 1700000000, 600, "read write"};
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->rotate(family_, rotation, deadline(), keeper);
    return keeper;
  }
  KeptAnswer rotate(uint32_t presented) { return wait_for(begin_rotation(presented)); }

  KeptAnswer redeem() {
    const Rotation rotation{0, 1, 9, 1700000000, 600, "read write"};
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->redeem(family_, rotation, "app", "alice", 0, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer revoke() {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->revoke(family_, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer end() {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->end("alice", family_hash(family_), deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer list(bool to_end) {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->list("alice", 0, to_end, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer read() {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->read(family_, deadline(), keeper);
    return wait_for(keeper);
  }

  /// How often the primary was asked `command`, also by a script.
  int calls(const std::string& command) {
    const std::string stats = primary_.ask({"INFO", "commandstats"});
    const size_t at = stats.find("cmdstat_" + command + ":calls=");
    return at == std::string::npos ? 0 : std::stoi(stats.substr(stats.find('=', at) + 1));
  }

  /// How many changes `act` makes to the keys.
  int64_t changes(const std::function<void()>& act) {
    const int64_t before = changes_so_far();
    act();
    return changes_so_far() - before;
  }

  int64_t changes_so_far() {
    const std::string info = primary_.ask({"INFO", "persistence"});
    return std::stoll(info.substr(info.find("rdb_changes_since_last_save:") + 28));
  }

  /// What holds after `act` found its work done: it wrote, but nothing has changed.
  template <typename Act>
  void expect_rewriting(Act act) {
    primary_.ask({"PEXPIRE", key_, "300000"});
    const std::string bytes = primary_.ask({"GET", key_});
    EXPECT_EQ(changes([&] { EXPECT_EQ(act().status, Status::found); }), 1);
    EXPECT_EQ(primary_.ask({"GET", key_}), bytes);
    EXPECT_LE(std::stoll(primary_.ask({"PTTL", key_})), 300000);
    EXPECT_EQ(replica_.ask({"GET", key_}), bytes);
    EXPECT_LE(std::stoll(replica_.ask({"PTTL", key_})), 300000);
  }

  RedisServer& primary_ = shared_replicated_redis().primary;
  RedisServer& replica_ = shared_replicated_redis().replica;
  const FamilyId family_ = sample_family();
  const std::string key_ = family_key("oauth2", family_);
  StoreState state_{};
  KeptLog log_;
  std::unique_ptr<PollHost> host_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(FencedStore, WhatIsAnsweredIsAtTheReplica) {
  EXPECT_EQ(create().status, Status::written);
  EXPECT_EQ(replica_.ask({"EXISTS", key_}), "1");
  for (uint32_t generation = 1; generation < 20; ++generation) {
    EXPECT_EQ(rotate(generation).status, Status::written);
    FamilyRecord at_replica;
    const std::string bytes = replica_.ask({"GET", key_});
    ASSERT_TRUE(decode_record(bytes, at_replica));
    EXPECT_EQ(at_replica.generation, generation + 1);
  }
  EXPECT_EQ(revoke().status, Status::written);
  EXPECT_EQ(replica_.ask({"GET", key_}).substr(0, 2), "\1R");
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(FencedStore, ARepeatedRotationWritesTheSameBytes) {
  create();
  rotate(1);
  expect_rewriting([&] { return rotate(1); });
}

TEST_F(FencedStore, AnOlderRotationWritesTheSameBytes) {
  create(5);
  expect_rewriting([&] { return rotate(2); });
}

TEST_F(FencedStore, ARepeatedRevocationWritesTheSameBytes) {
  connect(true, false);
  create();
  revoke();
  expect_rewriting([&] { return revoke(); });
  expect_rewriting([&] { return rotate(1); });
}

TEST_F(FencedStore, ARepeatedEndWritesTheSameBytes) {
  create();
  EXPECT_EQ(end().status, Status::written);
  expect_rewriting([&] { return end(); });
}

TEST_F(FencedStore, ARepeatedExchangeWritesTheSameBytes) {
  for (const bool keeps_index : {false, true}) {
    connect(true, keeps_index);
    create(0);
    EXPECT_EQ(redeem().status, Status::written);
    expect_rewriting([&] { return redeem(); });
  }
}

// What was ended before may not have reached the replica, and then there is nothing left to end.
TEST_F(FencedStore, AListToEndWritesTheMarker) {
  create();
  end();
  const std::string marker = primary_.ask({"GET", "oauth2:marker"});
  EXPECT_EQ(changes([&] { EXPECT_TRUE(list(true).families.empty()); }), 1);
  EXPECT_EQ(primary_.ask({"GET", "oauth2:marker"}), marker);
  EXPECT_EQ(primary_.ask({"PTTL", "oauth2:marker"}), "-1");
  EXPECT_EQ(changes([&] { list(false); }), 0);
}

TEST_F(FencedStore, AListOfAnEmptyStoreWritesNothing) {
  EXPECT_TRUE(list(true).families.empty());
  EXPECT_EQ(primary_.ask({"DBSIZE"}), "0");
}

TEST_F(FencedStore, WhatIsMissingStaysMissing) {
  const int64_t made = changes([&] {
    EXPECT_EQ(rotate(1).status, Status::missing);
    EXPECT_EQ(revoke().status, Status::missing);
    EXPECT_EQ(redeem().status, Status::missing);
    EXPECT_EQ(end().status, Status::missing);
  });
  EXPECT_EQ(made, 0);
}

TEST_F(FencedStore, AnUnknownLayoutIsNotWritten) {
  const std::string unknown = std::string("\2L") + "of a later release";
  const std::string odd = std::string("\1X") + "of a state that is none";
  for (const std::string& bytes : {unknown, odd}) {
    primary_.ask({"SET", key_, bytes, "EX", "600"});
    const int64_t made = changes([&] {
      EXPECT_EQ(rotate(1).status, Status::unknown_layout);
      EXPECT_EQ(revoke().status, Status::unknown_layout);
      EXPECT_EQ(redeem().status, Status::unknown_layout);
      EXPECT_NE(end().status, Status::written);
    });
    EXPECT_EQ(made, 0);
    EXPECT_EQ(primary_.ask({"GET", key_}), bytes);
  }
}

TEST_F(FencedStore, WaitsOnceForWhatIsSentTogether) {
  create();
  rotate(1);
  revoke();
  run_until([&] { return calls("wait") >= 3; });
  const int waits = calls("wait");
  std::vector<std::shared_ptr<AnswerKeeper>> keepers;
  for (int i = 0; i < 50; ++i) {
    keepers.push_back(begin_rotation(1));
  }
  for (const auto& keeper : keepers) {
    EXPECT_EQ(wait_for(keeper).status, Status::found);
  }
  EXPECT_EQ(calls("wait"), waits + 1);
}

TEST_F(FencedStore, ReadsAndOtherRotationsDoNotWait) {
  connect(false, true);
  EXPECT_FALSE(store_->waits_for_rotations());
  create();
  const int waits = calls("wait");
  rotate(1);
  read();
  list(false);
  EXPECT_EQ(calls("wait"), waits);
  replica_.freeze();
  EXPECT_EQ(rotate(2).status, Status::written);
  EXPECT_EQ(read().generation, 3U);
}

TEST_F(FencedStore, ARotationWithoutItsReplicaIsUnavailableAndCanBeRepeated) {
  create();
  connect(true, true, 50);
  EXPECT_TRUE(store_->waits_for_rotations());
  replica_.freeze();
  EXPECT_EQ(rotate(1).status, Status::unavailable);
  EXPECT_EQ(rotate(1).status, Status::unavailable);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(log_.count("has too few replicas"), 1);
  EXPECT_EQ(read().generation, 2U);
  replica_.thaw();
  EXPECT_TRUE(run_until([&] { return !is_down(state_); }));
  EXPECT_EQ(log_.count("is available"), 1);
  const KeptAnswer answer = rotate(1);
  EXPECT_EQ(answer.status, Status::found);
  EXPECT_EQ(answer.generation, 2U);
  EXPECT_GE(store_->outage_allowance_ms(window_ms) + 20, answer.rotation_age_ms);  // rounded
}

TEST_F(FencedStore, ARevocationWithoutItsReplicaIsUnavailableAndCanBeRepeated) {
  create();
  connect(false, true, 50);
  replica_.freeze();
  EXPECT_EQ(revoke().status, Status::unavailable);
  EXPECT_EQ(end().status, Status::unavailable);
  EXPECT_EQ(list(true).status, Status::unavailable);
  EXPECT_EQ(list(false).status, Status::found);
  replica_.thaw();
  KeptAnswer answer;
  EXPECT_TRUE(run_until([&] { return (answer = revoke()).status != Status::unavailable; }));
  EXPECT_EQ(answer.status, Status::found);
  EXPECT_TRUE(answer.revoked);
  EXPECT_EQ(replica_.ask({"GET", key_}).substr(0, 2), "\1R");
}

TEST_F(FencedStore, ScriptsAreLoadedAgainAfterAFlush) {
  create();
  primary_.ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(rotate(1).status, Status::written);
  EXPECT_EQ(rotate(2).status, Status::written);
  EXPECT_TRUE(log_.lines.empty());
}

TEST_F(FencedStore, ScriptsAreLoadedWithoutReplicasToo) {
  create();
  connect(true, false, 50);
  primary_.ask({"SCRIPT", "FLUSH"});
  replica_.freeze();
  EXPECT_EQ(revoke().status, Status::unavailable);
  EXPECT_EQ(primary_.ask({"GET", key_}).substr(0, 2), "\1R");
}

TEST_F(FencedStore, WithoutTheRightToWaitNothingIsAnswered) {
  create();
  primary_.ask({"ACL", "SETUSER", "default", "-wait"});
  EXPECT_EQ(rotate(1).status, Status::unavailable);
  EXPECT_EQ(log_.count("answered NOPERM"), 1);
  primary_.ask({"ACL", "SETUSER", "default", "+wait"});
  EXPECT_EQ(rotate(1).status, Status::found);
}

}  // namespace
}  // namespace oauth2::redis
