#include "redis/redis_store.h"

#include <gtest/gtest.h>

#include "poll_transport.h"
#include "redis/connection_fixture.h"
#include "redis/record.h"
#include "redis/redis_server.h"
#include "session_store_contract.h"
#include "table.h"
#include "token_samples.h"
#include "token_store_contract.h"

namespace oauth2::redis {
namespace {

using Status = StoreAnswer::Status;

constexpr uint64_t window_ms = 30000;

/// Patient enough for a machine that is busy with other things.
ConnectionOptions patient_options() {
  ConnectionOptions options;
  options.connect_timeout_ms = 15000;
  options.timeout_ms = 15000;
  return options;
}

/// A store with its transport on a real Redis.
struct Worker {
  Worker(const std::string& path, const std::string& prefix, StoreState& state, StoreLog& log,
         ConnectionOptions options = patient_options(), bool keeps_index = false)
      : host(log),
        store({{Endpoint{path, "", 0}}, options, prefix, window_ms, keeps_index, true}, host, state,
              4711),
        transport(*host.transports().front()) {
    store.start();
  }

  PollHost host;
  RedisStore store;
  PollTransport& transport;
};

/// The same, and what is written has to reach one replica.
ConnectionOptions waiting_options() {
  ConnectionOptions options = patient_options();
  options.replicas = 1;
  options.wait_ms = 10000;
  return options;
}

/// A Redis, reached over several connections.
class RedisWorld final : public StoreUnderTest {
 public:
  RedisWorld(RedisServer& server, const ConnectionOptions& options, bool keeps_index)
      : server_(server) {
    server_.ask({"DEL", marker_key("contract")});
    for (int i = 0; i < 4; ++i) {
      workers_.push_back(std::make_unique<Worker>(server.socket_path(), "contract", state_, log_,
                                                  options, keeps_index));
    }
  }

  TokenStore& store(size_t index) override { return workers_[index % workers_.size()]->store; }

  bool run_until(const std::function<bool()>& done) override {
    std::vector<PollTransport*> transports;
    for (const auto& worker : workers_) {
      const std::vector<PollTransport*>& own = worker->host.transports();
      transports.insert(transports.end(), own.begin(), own.end());
    }
    return PollTransport::run_until(transports, done);
  }

  uint64_t deadline() override { return workers_.front()->transport.now_ms() + 40000; }

  void age(const FamilyId& family, uint64_t ms) override {
    const std::string key = family_key("contract", family);
    const int64_t left = std::stoll(server_.ask({"PTTL", key})) - static_cast<int64_t>(ms);
    server_.ask({"PEXPIRE", key, std::to_string(left)});
  }

  void put_unknown_layout(const FamilyId& family) override {
    server_.ask({"SET", family_key("contract", family), unknown_, "EX", "600"});
  }

  bool has_unknown_layout(const FamilyId& family) override {
    return server_.ask({"GET", family_key("contract", family)}) == unknown_;
  }

  void accept_loss(uint32_t now) override {
    server_.ask({"SET", marker_key("contract"), "0:" + std::to_string(now)});
  }

 private:
  const std::string unknown_ = from_hex("02 4c 00000001 811c") + "of a later release";
  RedisServer& server_;
  StoreState state_{};
  KeptLog log_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

std::unique_ptr<StoreUnderTest> on_one_redis(bool keeps_index) {
  return std::make_unique<RedisWorld>(shared_redis(), patient_options(), keeps_index);
}

std::unique_ptr<StoreUnderTest> with_a_replica(bool keeps_index) {
  return std::make_unique<RedisWorld>(shared_replicated_redis().primary, waiting_options(),
                                      keeps_index);
}

const StoreFactory without_index{"redis", [] { return on_one_redis(false); }};
const StoreFactory with_index{"redis with an index", [] { return on_one_redis(true); }};
const StoreFactory fenced_without_index{"redis with a replica",
                                        [] { return with_a_replica(false); }};
const StoreFactory fenced_with_index{"redis with a replica and an index",
                                     [] { return with_a_replica(true); }};

INSTANTIATE_TEST_SUITE_P(Redis, TokenStoreContract,
                         testing::Values(without_index, with_index, fenced_without_index,
                                         fenced_with_index),
                         row_name<StoreFactory>);
INSTANTIATE_TEST_SUITE_P(Redis, SessionStoreContract,
                         testing::Values(with_index, fenced_with_index), row_name<StoreFactory>);

// --- What only a real Redis has.

class RealRedis : public testing::Test {
 protected:
  RealRedis() { shared_redis().ask({"FLUSHALL"}); }

  void connect(const ConnectionOptions& options = patient_options()) {
    worker_ = std::make_unique<Worker>(server_->socket_path(), "oauth2", state_, log_, options);
  }

  KeptAnswer wait_for(const std::shared_ptr<AnswerKeeper>& keeper) {
    keeper->call_is_over = true;
    EXPECT_TRUE(
        PollTransport::run_until({&worker_->transport}, [&] { return !keeper->answers.empty(); }));
    return keeper->answers.empty() ? KeptAnswer() : keeper->answers.front();
  }

  uint64_t deadline() { return worker_->transport.now_ms() + 40000; }

  KeptAnswer create(uint32_t ttl = 600) {
    FamilyRecord record;
    record.generation = 1;
    record.key_id = 7;
    record.ttl_written = ttl;
    record.granted_at = 1700000000;
    record.client = "app";
    record.subject = "alice";
    record.scope = "read write";
    const auto keeper = std::make_shared<AnswerKeeper>();
    worker_->store.create(family_, record, 0, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer rotate(uint32_t presented, uint32_t ttl = 600) {
    Rotation rotation;
    rotation.presented = presented;
    rotation.generation = presented + 1;
    rotation.key_id = 9;
    rotation.granted_at = 1700000000;
    rotation.ttl = ttl;
    rotation.scope = "read write";
    const auto keeper = std::make_shared<AnswerKeeper>();
    worker_->store.rotate(family_, rotation, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer read() {
    const auto keeper = std::make_shared<AnswerKeeper>();
    worker_->store.read(family_, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer revoke() {
    const auto keeper = std::make_shared<AnswerKeeper>();
    worker_->store.revoke(family_, deadline(), keeper);
    return wait_for(keeper);
  }

  std::string ask(std::initializer_list<std::string_view> words) { return server_->ask(words); }

  RedisServer* server_ = &shared_redis();
  const FamilyId family_ = sample_family();
  const std::string key_ = family_key("oauth2", family_);
  StoreState state_{};
  KeptLog log_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(RealRedis, HoldsOneKeyForAFamilyAndOneMarker) {
  connect();
  create();
  rotate(1);
  EXPECT_EQ(ask({"DBSIZE"}), "2");
  EXPECT_EQ(ask({"EXISTS", "oauth2:{K9gGyX8O}:4ebHQ5k5gEORDEQ34JAjwQ"}), "1");
  EXPECT_EQ(ask({"GET", "oauth2:marker"}), "1700000000");
  EXPECT_EQ(ask({"PTTL", "oauth2:marker"}), "-1");
}

TEST_F(RealRedis, KeepsTheFirstMarker) {
  ask({"SET", "oauth2:marker", "1"});
  connect();
  create();
  EXPECT_EQ(ask({"GET", "oauth2:marker"}), "1");
}

TEST_F(RealRedis, GivesTheKeyItsWholeLifeWithEachRotation) {
  connect();
  create(86400);
  const int64_t created = std::stoll(ask({"PTTL", key_}));
  EXPECT_GT(created, 86400000 - 60000);
  EXPECT_LE(created, 86400000);
  ask({"PEXPIRE", key_, "1000000"});
  rotate(1, 86400);
  EXPECT_GT(std::stoll(ask({"PTTL", key_})), 86400000 - 60000);
}

TEST_F(RealRedis, KeepsTheFieldsOfLaterReleases) {
  const std::string tail = from_hex("07 0003 61 00 ff 09 0000");
  connect();
  create();
  ask({"SET", key_, ask({"GET", key_}) + tail, "KEEPTTL"});
  EXPECT_EQ(read().status, Status::found);
  EXPECT_EQ(rotate(1).status, Status::written);
  std::string stored = ask({"GET", key_});
  EXPECT_EQ(stored.substr(stored.size() - tail.size()), tail);
  EXPECT_EQ(rotate(5).status, Status::written);
  EXPECT_EQ(revoke().status, Status::written);
  stored = ask({"GET", key_});
  EXPECT_EQ(stored.substr(stored.size() - tail.size()), tail);
  EXPECT_TRUE(read().revoked);
}

TEST_F(RealRedis, AKeyOfAnotherTypeIsUnavailableAndKept) {
  connect();
  ask({"LPUSH", key_, "x"});
  EXPECT_EQ(read().status, Status::unavailable);
  EXPECT_EQ(rotate(1).status, Status::unavailable);
  EXPECT_EQ(revoke().status, Status::unavailable);
  EXPECT_EQ(ask({"LLEN", key_}), "1");
  EXPECT_GE(log_.count("WRONGTYPE"), 1);
}

TEST_F(RealRedis, ScriptsAreLoadedAgainAfterAFlush) {
  connect();
  create();
  for (int i = 0; i < 3; ++i) {
    ask({"SCRIPT", "FLUSH"});
    EXPECT_EQ(rotate(static_cast<uint32_t>(i) + 1).status, Status::written);
    EXPECT_EQ(read().generation, static_cast<uint32_t>(i) + 2);
  }
  EXPECT_EQ(state_.errors, 0U);
}

TEST_F(RealRedis, ManyCommandsAfterAFlushAllSucceed) {
  connect();
  create();
  ask({"SCRIPT", "FLUSH"});
  std::vector<std::shared_ptr<AnswerKeeper>> keepers;
  for (int i = 0; i < 20; ++i) {
    keepers.push_back(std::make_shared<AnswerKeeper>());
    worker_->store.read(family_, deadline(), keepers.back());
  }
  for (const auto& keeper : keepers) {
    EXPECT_EQ(wait_for(keeper).status, Status::found);
  }
}

TEST_F(RealRedis, ACutConnectionIsRepairedWithinTheOperation) {
  connect();
  create();
  worker_->transport.cut();
  EXPECT_EQ(rotate(1).status, Status::written);
  ask({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_EQ(rotate(2).status, Status::written);
}

TEST_F(RealRedis, ARepeatFindsItsOwnWork) {
  connect();
  create();
  Rotation rotation;
  rotation.presented = 1;
  rotation.generation = 2;
  rotation.ttl = 600;
  rotation.scope = "read write";
  const auto keeper = std::make_shared<AnswerKeeper>();
  worker_->store.rotate(family_, rotation, deadline(), keeper);
  // The command leaves and is executed, and its reply dies with the socket.
  EXPECT_TRUE(PollTransport::run_until({&worker_->transport}, [&] {
    worker_->transport.flush();
    return server_->ask({"GET", key_}).substr(5, 1) == "\x02";
  }));
  worker_->transport.cut();
  const KeptAnswer answer = wait_for(keeper);
  EXPECT_EQ(answer.status, Status::found);
  EXPECT_EQ(answer.generation, 2U);
  EXPECT_TRUE(answer.first_sent_ms_ago.has_value());
}

TEST_F(RealRedis, AReplicaRefusesEvenToRead) {
  connect();
  create();
  ask({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(read().status, Status::unavailable);
  EXPECT_EQ(rotate(1).status, Status::unavailable);
  ask({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(PollTransport::run_until({&worker_->transport},
                                       [&] { return read().status == Status::found; }));
  EXPECT_EQ(read().generation, 1U);
}

TEST_F(RealRedis, WithoutEnoughReplicasNothingIsAnswered) {
  connect();
  create();
  ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
  EXPECT_EQ(read().status, Status::unavailable);
  EXPECT_EQ(rotate(1).status, Status::unavailable);
  EXPECT_TRUE(is_down(state_));
  ask({"CONFIG", "SET", "min-replicas-to-write", "0"});
  EXPECT_EQ(rotate(1).status, Status::written);
  EXPECT_FALSE(is_down(state_));
}

// What does not need more memory goes on: the families that are there live.
TEST_F(RealRedis, WithoutMemoryNothingIsCreated) {
  connect();
  create();
  ask({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(create().status, Status::unavailable);
  EXPECT_EQ(read().status, Status::found);
  EXPECT_EQ(revoke().status, Status::written);
  ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(create().status, Status::written);
}

TEST_F(RealRedis, AStoppedOneIsUnavailableAndComesBack) {
  RedisServer own;
  server_ = &own;
  connect();
  create();
  own.stop();
  EXPECT_EQ(read().status, Status::unavailable);
  EXPECT_TRUE(is_down(state_));
  EXPECT_TRUE(PollTransport::run_until(
      {&worker_->transport}, [&] { return worker_->store.outage_allowance_ms(window_ms) > 0; }));
  own.start();
  EXPECT_TRUE(PollTransport::run_until({&worker_->transport}, [&] { return !is_down(state_); }));
  EXPECT_EQ(read().status, Status::missing);
  EXPECT_EQ(log_.count("is available"), 1);
}

TEST_F(RealRedis, AnAclUserNeedsLittle) {
  ask({"ACL", "SETUSER", "tokens", "on", ">s3cret", "resetkeys", "~oauth2:*", "-@all", "+evalsha",
       "+script|load", "+get", "+getex", "+set", "+pttl", "+ping", "+info"});
  ConnectionOptions options = patient_options();
  options.username = "tokens";
  options.password = "s3cret";
  connect(options);
  EXPECT_EQ(create().status, Status::written);
  EXPECT_EQ(rotate(1).status, Status::written);
  EXPECT_EQ(read().status, Status::found);
  EXPECT_EQ(revoke().status, Status::written);
  EXPECT_TRUE(log_.lines.empty());
  ask({"ACL", "DELUSER", "tokens"});
}

TEST_F(RealRedis, AWrongPasswordIsUnavailableAndAnAlert) {
  ConnectionOptions options = patient_options();
  options.username = "nobody";
  options.password = "s3cret";
  connect(options);
  EXPECT_EQ(read().status, Status::unavailable);
  EXPECT_EQ(log_.count("WRONGPASS"), 1);
  EXPECT_EQ(log_.count("s3cret"), 0);
}

TEST_F(RealRedis, AnotherDatabaseIsAnotherStore) {
  ConnectionOptions options = patient_options();
  options.database = 3;
  connect(options);
  create();
  EXPECT_EQ(ask({"DBSIZE"}), "0");
  EXPECT_EQ(read().status, Status::found);
}

TEST_F(RealRedis, TheCommandsHaveNoTokenInThem) {
  ask({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  ask({"SLOWLOG", "RESET"});
  connect();
  create();
  rotate(1);
  ask({"CONFIG", "SET", "slowlog-log-slower-than", "10000"});
  EXPECT_NE(ask({"SLOWLOG", "LEN"}), "0");
  const std::string family_id(view(family_.bytes));
  EXPECT_EQ(ask({"GET", key_}).find(family_id), std::string::npos);
}

// --- The store over a scripted transport.

class ScriptedStore : public testing::Test {
 protected:
  ScriptedStore() { make(ConnectionOptions()); }

  void make(const ConnectionOptions& options) {
    store_ = std::make_unique<RedisStore>(
        StoreOptions{{Endpoint()}, options, "oauth2", window_ms, false}, host_, state_, 1);
    store_->start();
    host_.user().opened();
    transport_.take_sent();
    host_.user().received(greeting_replies);
  }

  std::string turn() {
    transport_.flush_wanted = false;
    host_.user().flush();
    return transport_.take_sent();
  }

  std::shared_ptr<AnswerKeeper> read(uint64_t budget_ms = 3000) {
    auto keeper = std::make_shared<AnswerKeeper>();
    store_->read(sample_family(), transport_.now + budget_ms, keeper);
    keeper->call_is_over = true;
    return keeper;
  }

  /// The nonce of a read, its last word.
  static std::string nonce_of(const std::string& sent) {
    return sent.substr(sent.size() - 2 - nonce_size, nonce_size);
  }

  void reply(const std::string& text) {
    host_.user().received("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
  }

  ScriptedTransport transport_;
  StoreState state_{};
  KeptLog log_;
  ScriptedHost host_{transport_, log_};
  std::unique_ptr<RedisStore> store_;
};

TEST_F(ScriptedStore, HasABudgetForConnectingAndTwoTries) {
  ConnectionOptions options;
  options.connect_timeout_ms = 700;
  options.timeout_ms = 200;
  make(options);
  EXPECT_EQ(store_->request_budget_ms(), 1100U);
}

TEST_F(ScriptedStore, LoadsAScriptThatRedisForgot) {
  const auto keeper = read();
  const std::string first = turn();
  EXPECT_EQ(first.find("SCRIPT"), std::string::npos);
  host_.user().received("-NOSCRIPT No matching script. Please use EVAL.\r\n");
  const std::string second = turn();
  EXPECT_EQ(second.find("*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n"), 0U);
  EXPECT_EQ(second.substr(second.size() - first.size()), first);
  host_.user().received("$2\r\nxx\r\n");
  reply(nonce_of(first) + "M");
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().status, Status::missing);
  EXPECT_FALSE(keeper->answers.front().first_sent_ms_ago.has_value());
}

TEST_F(ScriptedStore, LoadsAScriptOnceOnly) {
  const auto keeper = read();
  turn();
  host_.user().received("-NOSCRIPT No matching script.\r\n");
  turn();
  host_.user().received("$2\r\nxx\r\n-NOSCRIPT No matching script.\r\n");
  EXPECT_EQ(turn(), "");
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().status, Status::unavailable);
}

// Otherwise nothing in the log tells the operator what is missing in his ACL.
TEST_F(ScriptedStore, AnAclWithoutScriptLoadIsReported) {
  const auto keeper = read();
  turn();
  host_.user().received("-NOSCRIPT No matching script.\r\n");
  turn();
  host_.user().received(
      "-NOPERM this user has no permissions to run the 'script|load' command\r\n"
      "-NOSCRIPT No matching script.\r\n");
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().status, Status::unavailable);
  EXPECT_EQ(log_.count("NOPERM") + log_.count("NOSCRIPT"), 1);
}

TEST_F(ScriptedStore, SaysHowLongAgoItTriedFirst) {
  const auto keeper = read();
  turn();
  transport_.now += 250;
  host_.user().closed("closed");
  host_.user().opened();
  transport_.take_sent();
  host_.user().received(greeting_replies);
  const std::string again = turn();
  transport_.now += 50;
  reply(nonce_of(again) + "M");
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().first_sent_ms_ago, 300U);
}

struct BadReplyRow {
  const char* name;
  std::string behind_nonce;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(BadReplyRow)

class BadScriptReply : public ScriptedStore, public testing::WithParamInterface<BadReplyRow> {};

TEST_P(BadScriptReply, EndsTheConnection) {
  const auto keeper = read();
  const std::string nonce = nonce_of(turn());
  reply(nonce + GetParam().behind_nonce);
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().status, Status::unavailable);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(state_.errors, 1U);
}

INSTANTIATE_TEST_SUITE_P(Table, BadScriptReply,
                         testing::Values(BadReplyRow{"nothing", ""},
                                         BadReplyRow{"another kind", "X"},
                                         BadReplyRow{"missing and more", "Mx"},
                                         BadReplyRow{"a marker with something behind", "M1x"},
                                         BadReplyRow{"a marker without its first time", "M:1"},
                                         BadReplyRow{"a marker without its second time", "M1:"},
                                         BadReplyRow{"a marker with three times", "M1:2:3"},
                                         BadReplyRow{"a marker beyond 32 bits", "M0:4294967296"},
                                         BadReplyRow{"found without a TTL", "F"},
                                         BadReplyRow{"a TTL without an end", "F123"},
                                         BadReplyRow{"a TTL that is no number", "Fx:"},
                                         BadReplyRow{"a TTL with something behind", "F1x:"}),
                         row_name<BadReplyRow>);

class WrongNonce : public ScriptedStore, public testing::WithParamInterface<BadReplyRow> {};

TEST_P(WrongNonce, IsNeverBelieved) {
  const auto keeper = read();
  turn();
  reply(GetParam().behind_nonce);
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().status, Status::unavailable);
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_EQ(log_.lines.back().first, Severity::alert);
}

INSTANTIATE_TEST_SUITE_P(Table, WrongNonce,
                         testing::Values(BadReplyRow{"another nonce", "xxxxxxxxM"},
                                         BadReplyRow{"a part of a nonce", "M"},
                                         BadReplyRow{"nothing", ""}),
                         row_name<BadReplyRow>);

TEST_F(ScriptedStore, TheReplyToAnotherCommandIsNeverBelieved) {
  const auto first = read();
  const std::string first_nonce = nonce_of(turn());
  const auto second = read();
  turn();
  reply(first_nonce + "M");
  EXPECT_EQ(first->answers.size(), 1U);
  reply(first_nonce + "M");
  ASSERT_EQ(second->answers.size(), 1U);
  EXPECT_EQ(second->answers.front().status, Status::unavailable);
}

TEST_F(ScriptedStore, AKeyWithoutTtlHasNothingLeft) {
  const auto keeper = read();
  const std::string nonce = nonce_of(turn());
  FamilyRecord record;
  record.generation = 1;
  record.ttl_written = 60;
  reply(nonce + "F-1:" + encode_record(record));
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().status, Status::found);
  EXPECT_EQ(keeper->answers.front().remaining_ms, 0U);
}

// A clock that stepped back, or a record of another layout of time.
TEST_F(ScriptedStore, ATtlBeyondWhatWasWrittenHasNoAge) {
  const auto keeper = read();
  const std::string nonce = nonce_of(turn());
  FamilyRecord record;
  record.generation = 1;
  record.ttl_written = 60;
  reply(nonce + "F99999:" + encode_record(record));
  ASSERT_EQ(keeper->answers.size(), 1U);
  EXPECT_EQ(keeper->answers.front().rotation_age_ms, 0U);
  EXPECT_EQ(keeper->answers.front().remaining_ms, 99999U);
}

TEST_F(ScriptedStore, CountsAnswersAndErrors) {
  read();
  const std::string nonce = nonce_of(turn());
  transport_.now += 40;
  reply(nonce + "M");
  EXPECT_EQ(state_.operations, 1U);
  EXPECT_EQ(state_.latency_sum_ms, 40U);
  EXPECT_EQ(state_.errors, 0U);
  read();
  store_->stop();
  EXPECT_EQ(state_.operations, 1U);
  EXPECT_EQ(state_.errors, 1U);
}

// store.h: store_answered() is "never [called] before the call that began it has returned".
TEST_F(ScriptedStore, AnOverloadedStoreAnswersAtOnce) {
  ConnectionOptions options;
  options.max_pending = 1;
  make(options);
  read();
  const auto refused = std::make_shared<AnswerKeeper>();
  store_->read(sample_family(), transport_.now + 3000, refused);
  refused->call_is_over = true;
  turn();
  transport_.now += 3000;
  transport_.wake.reset();
  host_.user().woken();
  ASSERT_EQ(refused->answers.size(), 1U);
  EXPECT_EQ(refused->answers.front().status, Status::unavailable);
  EXPECT_TRUE(refused->answered_inside_call);
}

TEST_F(ScriptedStore, AStoppedStoreAnswersAtOnce) {
  store_->stop();
  const auto keeper = std::make_shared<AnswerKeeper>();
  store_->read(sample_family(), transport_.now + 3000, keeper);
  keeper->call_is_over = true;
  EXPECT_TRUE(keeper->answered_inside_call);
}

}  // namespace
}  // namespace oauth2::redis
