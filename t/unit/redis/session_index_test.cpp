#include <gtest/gtest.h>

#include "oauth2/store.h"
#include "poll_transport.h"
#include "redis/connection_fixture.h"
#include "redis/family_page.h"
#include "redis/index_scripts.h"
#include "redis/record.h"
#include "redis/redis_server.h"
#include "redis/redis_store.h"
#include "table.h"
#include "token_samples.h"
#include "token_store_contract.h"

namespace oauth2::redis {
namespace {

using Status = StoreAnswer::Status;

constexpr const char* index_of_alice = "oauth2:{K9gGyX8O}:sessions:K9gGyX8OAK8aH8Myj6djqQ";
constexpr uint64_t minute_ms = 60000;

// The first command decides whether a replica refuses. Functions stand in front, indented.
std::string first_command(const Script& script) {
  const std::string_view source = script.source;
  const size_t line = std::min(source.find("\nredis.call("), source.find("\nlocal record = "));
  const size_t name = source.find('\'', line) + 1;
  return std::string(source.substr(name, source.find('\'', name) - name));
}

TEST(IndexScripts, BeginWithAWrite) {
  EXPECT_EQ(first_command(create_indexed_script()), "SET");
  EXPECT_EQ(first_command(redeem_script(false)), "GETEX");
  EXPECT_EQ(first_command(redeem_script(true)), "GETEX");
  EXPECT_EQ(first_command(redeem_indexed_script(false)), "GETEX");
  EXPECT_EQ(first_command(redeem_indexed_script(true)), "GETEX");
  EXPECT_EQ(first_command(refresh_index_script()), "GETEX");
  EXPECT_EQ(first_command(list_script(false)), "ZREM");
  EXPECT_EQ(first_command(list_script(true)), "ZREM");
  EXPECT_EQ(first_command(end_script(false)), "GETEX");
  EXPECT_EQ(first_command(end_script(true)), "GETEX");
}

class SessionIndex : public testing::Test {
 protected:
  SessionIndex() {
    shared_redis().ask({"FLUSHALL"});
    connect(true);
  }

  void connect(bool keeps_index, const std::string& username = "") {
    ConnectionOptions options;
    options.connect_timeout_ms = options.timeout_ms = 15000;
    options.username = username;
    options.password = username.empty() ? "" : "s3cret";
    store_.reset();
    host_ = std::make_unique<PollHost>(log_);
    const StoreOptions store_options{
        {Endpoint{shared_redis().socket_path(), "", 0}}, options, "oauth2", minute_ms, keeps_index};
    store_ = std::make_unique<RedisStore>(store_options, *host_, state_, 4711);
    store_->start();
  }

  KeptAnswer wait_for(const std::shared_ptr<AnswerKeeper>& keeper) {
    EXPECT_TRUE(
        PollTransport::run_until(host_->transports(), [&] { return !keeper->answers.empty(); }));
    return keeper->answers.empty() ? KeptAnswer() : keeper->answers.front();
  }

  uint64_t deadline() { return host_->now_ms() + 40000; }

  KeptAnswer create(const FamilyId& family, uint32_t ttl = 600, uint32_t max_families = 0,
                    uint32_t generation = 1) {
    FamilyRecord record;
    record.generation = generation;
    record.ttl_written = ttl;
    record.granted_at = 1700000000;
    record.client = "app";
    record.subject = "alice";
    record.scope = "read write";
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->create(family, record, max_families, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer rotate(const FamilyId& family, uint32_t presented = 1) {
    const Rotation rotation{presented, presented + 1, 9, 1700000000, 600, "read write"};
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->rotate(family, rotation, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer redeem(const FamilyId& family, uint32_t max_families = 0) {
    const Rotation rotation{0, 1, 9, 1700000000, 600, "read write"};
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->redeem(family, rotation, "app", "alice", max_families, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer read(const FamilyId& family) {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->read(family, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer revoke(const FamilyId& family) {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->revoke(family, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer list() {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->list("alice", 0, false, deadline(), keeper);
    return wait_for(keeper);
  }

  KeptAnswer end(const FamilyId& family) {
    const auto keeper = std::make_shared<AnswerKeeper>();
    store_->end("alice", family_hash(family), deadline(), keeper);
    return wait_for(keeper);
  }

  void refresh(const FamilyId& family, uint32_t ttl) {
    store_->refresh_index(family, "alice", 1700000100, ttl, deadline());
    read(family);
  }

  static std::string ask(std::initializer_list<std::string_view> words) {
    return shared_redis().ask(words);
  }
  static int64_t index_ttl_ms() { return std::stoll(ask({"PTTL", index_of_alice})); }

  const FamilyId one_ = sample_family(1);
  const FamilyId other_ = sample_family(2);
  StoreState state_{};
  KeptLog log_;
  std::unique_ptr<PollHost> host_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(SessionIndex, HasOneKeyInTheSlotOfItsUser) {
  create(one_);
  create(other_);
  EXPECT_EQ(ask({"DBSIZE"}), "4");
  EXPECT_EQ(ask({"ZCARD", index_of_alice}), "2");
  EXPECT_EQ(ask({"ZSCORE", index_of_alice, family_hash(one_) + "app"}), "1700000000");
  EXPECT_EQ(index_key("oauth2", "alice"), index_of_alice);
}

TEST_F(SessionIndex, IsNotWrittenWhereNobodyWantsIt) {
  connect(false);
  ask({"CONFIG", "RESETSTAT"});
  create(one_, 600, 1);
  create(other_, 600, 1);
  rotate(one_);
  refresh(one_, 600);
  EXPECT_FALSE(read(one_).revoked);
  EXPECT_EQ(read(one_).indexed_at, 0U);
  const FamilyId code = sample_family(3);
  create(code, 60, 0, 0);
  EXPECT_EQ(redeem(code, 1).status, Status::written);
  EXPECT_EQ(read(code).indexed_at, 0U);
  EXPECT_FALSE(read(one_).revoked);
  revoke(one_);
  EXPECT_EQ(ask({"EXISTS", index_of_alice}), "0");
  EXPECT_EQ(ask({"DBSIZE"}), "4");
  EXPECT_EQ(ask({"INFO", "commandstats"}).find("cmdstat_z"), std::string::npos);
}

TEST_F(SessionIndex, OutlivesItsRecordsByHalfOfTheirLife) {
  create(one_, 601);
  EXPECT_GT(index_ttl_ms(), 902000 - 60000);
  EXPECT_LE(index_ttl_ms(), 902000);
  refresh(one_, 1000);
  EXPECT_GT(index_ttl_ms(), 1500000 - 60000);
}

TEST_F(SessionIndex, IsNeverShortened) {
  create(one_, 6000);
  create(other_, 60);
  refresh(one_, 60);
  EXPECT_GT(index_ttl_ms(), 8000000);
}

// As of the time before an index was asked for.
TEST_F(SessionIndex, TakesInAFamilyThatIsOlder) {
  connect(false);
  create(one_);
  connect(true);
  EXPECT_TRUE(list().families.empty());
  rotate(one_);
  refresh(one_, 600);
  ASSERT_EQ(list().families.size(), 1U);
  EXPECT_EQ(list().families.front().hash, family_hash(one_));
  EXPECT_EQ(read(one_).generation, 2U);
  EXPECT_EQ(read(one_).indexed_at, 1700000100U);
}

TEST_F(SessionIndex, LeavesTheFieldsOfLaterReleases) {
  const std::string key = family_key("oauth2", one_);
  const std::string before = from_hex("07 0003 61 00 ff");
  const std::string after = from_hex("09 0000 fe 0101") + std::string(257, 'x');
  create(one_);
  const std::string record = ask({"GET", key});
  const size_t tail = record.size() - 7;
  ASSERT_EQ(to_hex(record.substr(tail)), to_hex(from_hex("01 0004 6553f100")));
  ask({"SET", key, record.substr(0, tail) + before + record.substr(tail) + after, "KEEPTTL"});
  refresh(one_, 600);
  EXPECT_EQ(to_hex(ask({"GET", key})),
            to_hex(record.substr(0, tail) + before + after + from_hex("01 0004 6553f164")));
  EXPECT_EQ(list().families.size(), 1U);
  EXPECT_EQ(rotate(one_).status, Status::written);
  EXPECT_EQ(end(one_).status, Status::written);
}

TEST_F(SessionIndex, PrunesWhatIsOver) {
  create(one_);
  create(other_);
  ask({"DEL", family_key("oauth2", one_)});
  EXPECT_EQ(list().families.size(), 1U);
  EXPECT_EQ(ask({"ZCARD", index_of_alice}), "1");
  revoke(other_);
  EXPECT_TRUE(list().families.empty());
  EXPECT_EQ(ask({"EXISTS", index_of_alice}), "0");
}

TEST_F(SessionIndex, LosesAFamilyThatIsRevokedOrEnded) {
  create(one_);
  create(other_);
  revoke(one_);
  read(one_);
  EXPECT_EQ(ask({"ZCARD", index_of_alice}), "1");
  end(other_);
  EXPECT_EQ(ask({"EXISTS", index_of_alice}), "0");
}

TEST_F(SessionIndex, IsCleanedThoughNobodyListsIt) {
  Bytes<10> random{};
  for (unsigned char i = 0; i < 200; ++i) {
    random[0] = i;
    const FamilyId family = new_family("alice", random);
    create(family);
    ask({"DEL", family_key("oauth2", family)});
  }
  EXPECT_LT(std::stoi(ask({"ZCARD", index_of_alice})), 20);
}

TEST_F(SessionIndex, OfAnotherTypeIsUnavailableAndStopsBeforeTheRecordIsWritten) {
  ask({"SET", index_of_alice, "x"});
  EXPECT_EQ(create(one_, 600, 1).status, Status::unavailable);
  EXPECT_EQ(read(one_).status, Status::missing);
  connect(false);
  create(one_);
  create(other_, 60, 0, 0);
  connect(true);
  EXPECT_EQ(list().status, Status::unavailable);
  EXPECT_EQ(end(one_).status, Status::unavailable);
  EXPECT_FALSE(read(one_).revoked);
  EXPECT_EQ(redeem(other_).status, Status::unavailable);
  EXPECT_EQ(read(other_).generation, 0U);
  refresh(one_, 600);
  EXPECT_EQ(read(one_).indexed_at, 0U);
  EXPECT_EQ(ask({"GET", index_of_alice}), "x");
}

TEST_F(SessionIndex, IsNotWrittenByAReplica) {
  create(one_);
  ask({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(list().status, Status::unavailable);
  EXPECT_EQ(end(one_).status, Status::unavailable);
  ask({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(PollTransport::run_until(host_->transports(),
                                       [&] { return end(one_).status == Status::written; }));
}

TEST_F(SessionIndex, NeedsTheDocumentedRights) {
  ask({"ACL",          "SETUSER", "indexer",    "on",           ">s3cret", "resetkeys",
       "~oauth2:*",    "-@all",   "+evalsha",   "+script|load", "+get",    "+getex",
       "+set",         "+pttl",   "+ping",      "+info",        "+expire", "+zadd",
       "+zrandmember", "+zrem",   "+zrevrange", "+zscore"});
  connect(true, "indexer");
  EXPECT_EQ(create(one_, 600, 1).status, Status::written);
  EXPECT_EQ(create(other_, 600, 1).status, Status::written);
  const FamilyId code = sample_family(3);
  create(code, 60, 0, 0);
  EXPECT_EQ(redeem(code, 1).status, Status::written);
  refresh(code, 6000);
  EXPECT_EQ(list().families.size(), 1U);
  EXPECT_EQ(end(code).status, Status::written);
  EXPECT_TRUE(log_.lines.empty());
  ask({"ACL", "DELUSER", "indexer"});
}

struct BadPageRow {
  const char* name;
  std::string text;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(BadPageRow)

class BadPage : public testing::TestWithParam<BadPageRow> {};

TEST_P(BadPage, IsNone) {
  StoreAnswer answer;
  EXPECT_FALSE(read_page(GetParam().text, answer));
}

const std::string some_hash(family_hash_size, 'h');

INSTANTIATE_TEST_SUITE_P(
    Table, BadPage,
    testing::Values(BadPageRow{"nothing", ""}, BadPageRow{"no number", "x:"},
                    BadPageRow{"a negative position", "-1:"}, BadPageRow{"no colon", "12"},
                    BadPageRow{"half a hash", ":hhh"}, BadPageRow{"no TTL", ":" + some_hash},
                    BadPageRow{"no size", ":" + some_hash + "5:"},
                    BadPageRow{"a size beyond the end", ":" + some_hash + "5:9:x"}),
    row_name<BadPageRow>);

TEST(FamilyPage, LeavesOutWhatIsNoRecord) {
  FamilyRecord record;
  record.generation = 4;
  record.ttl_written = 60;
  const std::string bytes = encode_record(record);
  StoreAnswer answer;
  ASSERT_TRUE(read_page("7:" + some_hash + "5:3:abc" + some_hash +
                            "59000:" + std::to_string(bytes.size()) + ":" + bytes,
                        answer));
  EXPECT_EQ(answer.next_start, 7U);
  ASSERT_EQ(answer.families.size(), 1U);
  EXPECT_EQ(answer.families[0].record.generation, 4U);
  EXPECT_EQ(answer.families[0].rotation_age_ms, 1000U);
}

}  // namespace
}  // namespace oauth2::redis
