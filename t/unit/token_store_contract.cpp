#include "token_store_contract.h"

#include <algorithm>

#include "crypto.h"

namespace oauth2 {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TokenStoreContract);

void PrintTo(const StoreFactory& factory, std::ostream* out) {
  *out << factory.name;
}

void AnswerKeeper::store_answered(const StoreAnswer& answer) {
  answered_inside_call = answered_inside_call || !call_is_over;
  KeptAnswer kept;
  kept.status = answer.status;
  kept.revoked = answer.record.revoked;
  kept.generation = answer.record.generation;
  kept.key_id = answer.record.key_id;
  kept.ttl_written = answer.record.ttl_written;
  kept.granted_at = answer.record.granted_at;
  kept.indexed_at = answer.record.indexed_at;
  kept.client = answer.record.client;
  kept.subject = answer.record.subject;
  kept.scope = answer.record.scope;
  kept.remaining_ms = answer.remaining_ms;
  kept.rotation_age_ms = answer.rotation_age_ms;
  kept.whole_since = answer.whole_since;
  kept.final_before = answer.final_before;
  kept.first_sent_ms_ago = answer.first_sent_ms_ago;
  for (const ListedFamily& family : answer.families) {
    kept.families.push_back({std::string(family.hash), std::string(family.record.client),
                             std::string(family.record.scope), family.record.generation,
                             family.remaining_ms, family.rotation_age_ms});
  }
  kept.next_start = answer.next_start;
  answers.push_back(kept);
}

namespace {

using Status = StoreAnswer::Status;

// Scheduling takes time on a busy machine, so durations are compared with this slack.
constexpr uint64_t slack_ms = 30000;

FamilyRecord sample_record(uint32_t ttl) {
  FamilyRecord record;
  record.generation = 1;
  record.key_id = 7;
  record.ttl_written = ttl;
  record.granted_at = 1700000000;
  record.client = "app";
  record.subject = "alice";
  record.scope = "read write";
  return record;
}

Rotation sample_rotation(uint32_t presented, uint32_t generation, uint32_t ttl = 600) {
  Rotation rotation;
  rotation.presented = presented;
  rotation.generation = generation;
  rotation.key_id = 9;
  rotation.granted_at = 1700000000;
  rotation.ttl = ttl;
  rotation.scope = "read write";
  return rotation;
}

}  // namespace

void TokenStoreContract::SetUp() {
  world_ = GetParam().make();
}

FamilyId TokenStoreContract::fresh_family() {
  Bytes<10> random;
  random_bytes(random.data(), random.size());
  return new_family("alice", random);
}

KeptAnswer TokenStoreContract::wait_for(AnswerKeeper& keeper) {
  keeper.call_is_over = true;
  EXPECT_TRUE(world_->run_until([&] { return !keeper.answers.empty(); }));
  EXPECT_EQ(keeper.answers.size(), 1U);
  EXPECT_FALSE(keeper.answered_inside_call);
  return keeper.answers.empty() ? KeptAnswer() : keeper.answers.front();
}

KeptAnswer TokenStoreContract::create(const FamilyId& family, uint32_t ttl) {
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).create(family, sample_record(ttl), 0, world_->deadline(), keeper);
  return wait_for(*keeper);
}

KeptAnswer TokenStoreContract::read(const FamilyId& family) {
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).read(family, world_->deadline(), keeper);
  return wait_for(*keeper);
}

KeptAnswer TokenStoreContract::rotate(const FamilyId& family, uint32_t presented,
                                      uint32_t generation, uint32_t ttl) {
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).rotate(family, sample_rotation(presented, generation, ttl), world_->deadline(),
                          keeper);
  return wait_for(*keeper);
}

KeptAnswer TokenStoreContract::revoke(const FamilyId& family) {
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).revoke(family, world_->deadline(), keeper);
  return wait_for(*keeper);
}

TEST_P(TokenStoreContract, WhatWasCreatedIsRead) {
  const FamilyId family = fresh_family();
  EXPECT_EQ(create(family).status, Status::written);
  const KeptAnswer answer = read(family);
  EXPECT_EQ(answer.status, Status::found);
  EXPECT_FALSE(answer.revoked);
  EXPECT_EQ(answer.generation, 1U);
  EXPECT_EQ(answer.key_id, 7);
  EXPECT_EQ(answer.ttl_written, 600U);
  EXPECT_EQ(answer.granted_at, 1700000000U);
  EXPECT_EQ(answer.client, "app");
  EXPECT_EQ(answer.subject, "alice");
  EXPECT_EQ(answer.scope, "read write");
  EXPECT_FALSE(answer.first_sent_ms_ago.has_value());
}

TEST_P(TokenStoreContract, ARecordWithTheLongestFieldsIsRead) {
  const FamilyId family = fresh_family();
  const std::string client(max_client_id_size, 'c');
  const std::string subject = std::string(max_subject_size - 2, 's') + "\xc3\xa9";
  const std::string scope(max_scope_size, 'x');
  FamilyRecord record = sample_record(UINT32_MAX);
  record.generation = UINT32_MAX;
  record.key_id = 255;
  record.granted_at = UINT32_MAX;
  record.client = client;
  record.subject = subject;
  record.scope = scope;
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).create(family, record, 0, world_->deadline(), keeper);
  EXPECT_EQ(wait_for(*keeper).status, Status::written);
  const KeptAnswer answer = read(family);
  EXPECT_EQ(answer.generation, UINT32_MAX);
  EXPECT_EQ(answer.key_id, 255);
  EXPECT_EQ(answer.ttl_written, UINT32_MAX);
  EXPECT_EQ(answer.granted_at, UINT32_MAX);
  EXPECT_EQ(answer.client, client);
  EXPECT_EQ(answer.subject, subject);
  EXPECT_EQ(answer.scope, scope);
}

TEST_P(TokenStoreContract, ARecordWithoutScopeIsRead) {
  const FamilyId family = fresh_family();
  FamilyRecord record = sample_record(600);
  record.scope = "";
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).create(family, record, 0, world_->deadline(), keeper);
  EXPECT_EQ(wait_for(*keeper).status, Status::written);
  EXPECT_EQ(read(family).scope, "");
}

TEST_P(TokenStoreContract, ATombstoneCanBeCreated) {
  const FamilyId family = fresh_family();
  create(family);
  FamilyRecord tombstone = sample_record(600);
  tombstone.revoked = true;
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).create(family, tombstone, 0, world_->deadline(), keeper);
  EXPECT_EQ(wait_for(*keeper).status, Status::written);
  EXPECT_TRUE(read(family).revoked);
  EXPECT_EQ(rotate(family, 1, 2).status, Status::found);
}

TEST_P(TokenStoreContract, AnUnknownFamilyIsMissing) {
  EXPECT_EQ(read(fresh_family()).status, Status::missing);
  EXPECT_EQ(rotate(fresh_family(), 1, 2).status, Status::missing);
  EXPECT_EQ(revoke(fresh_family()).status, Status::missing);
}

TEST_P(TokenStoreContract, AMissingFamilyIsToldWithTheFirstGrantThatTheStoreKnows) {
  create(fresh_family(), 600);
  const KeptAnswer by_read = read(fresh_family());
  const KeptAnswer by_revocation = revoke(fresh_family());
  ASSERT_TRUE(by_read.whole_since.has_value());
  EXPECT_LE(*by_read.whole_since, sample_record(600).granted_at);
  EXPECT_EQ(by_revocation.whole_since, by_read.whole_since);
}

TEST_P(TokenStoreContract, AMissingFamilyIsToldWithWhatAnOperatorSaidOfLosses) {
  create(fresh_family());
  EXPECT_EQ(read(fresh_family()).final_before, 0U);
  world_->accept_loss(1700000500);
  create(fresh_family());
  for (const KeptAnswer& answer : {read(fresh_family()), revoke(fresh_family())}) {
    EXPECT_EQ(answer.status, Status::missing);
    EXPECT_EQ(answer.whole_since, 0U);
    EXPECT_EQ(answer.final_before, 1700000500U);
  }
}

TEST_P(TokenStoreContract, AMissingFamilyIsNotMadeByARotationOrRevocation) {
  const FamilyId family = fresh_family();
  rotate(family, 1, 2);
  revoke(family);
  EXPECT_EQ(read(family).status, Status::missing);
}

TEST_P(TokenStoreContract, OneFamilyIsNotAnother) {
  const FamilyId one = fresh_family();
  const FamilyId other = fresh_family();
  create(one);
  create(other);
  rotate(one, 1, 2);
  EXPECT_EQ(read(one).generation, 2U);
  EXPECT_EQ(read(other).generation, 1U);
}

TEST_P(TokenStoreContract, ARotationShowsWhatWasBefore) {
  const FamilyId family = fresh_family();
  create(family);
  const KeptAnswer answer = rotate(family, 1, 2, 300);
  EXPECT_EQ(answer.status, Status::written);
  EXPECT_EQ(answer.generation, 1U);
  EXPECT_EQ(answer.key_id, 7);
  EXPECT_EQ(answer.ttl_written, 600U);
  EXPECT_EQ(answer.subject, "alice");
  EXPECT_EQ(answer.scope, "read write");

  const KeptAnswer after = read(family);
  EXPECT_EQ(after.generation, 2U);
  EXPECT_EQ(after.key_id, 9);
  EXPECT_EQ(after.ttl_written, 300U);
  EXPECT_EQ(after.client, "app");
  EXPECT_EQ(after.subject, "alice");
  EXPECT_EQ(after.scope, "read write");
}

TEST_P(TokenStoreContract, ALongLineOfRotationsIsWritten) {
  const FamilyId family = fresh_family();
  create(family);
  for (uint32_t generation = 1; generation <= 300; ++generation) {
    ASSERT_EQ(rotate(family, generation, generation + 1).status, Status::written) << generation;
  }
  EXPECT_EQ(read(family).generation, 301U);
}

TEST_P(TokenStoreContract, AnOlderGenerationRotatesNothing) {
  const FamilyId family = fresh_family();
  create(family);
  rotate(family, 1, 2);
  rotate(family, 2, 3);
  for (const uint32_t older : {1U, 2U, 0U}) {
    const KeptAnswer answer = rotate(family, older, older + 1);
    EXPECT_EQ(answer.status, Status::found);
    EXPECT_EQ(answer.generation, 3U);
    EXPECT_EQ(answer.key_id, 9);
  }
  EXPECT_EQ(read(family).generation, 3U);
}

struct DistanceRow {
  uint32_t record;
  uint32_t presented;
  bool written;
};

// Around the distance itself, and where a byte of the generation carries.
TEST_P(TokenStoreContract, ATokenMayBeSixtyFourGenerationsAhead) {
  const DistanceRow rows[] = {
      {1, 2, true},
      {1, 65, true},
      {1, 66, false},
      {1, 1000, false},
      {250, 314, true},
      {250, 315, false},
      {65500, 65564, true},
      {65500, 65565, false},
      {0xfffffe, 0x1000000, true},
      {0x7fffffff, 0x80000000, true},
      {0x7fffffff, 0x8000003f, true},
      {0x7fffffff, 0x80000040, false},
      {1, UINT32_MAX, false},
      {UINT32_MAX - 64, UINT32_MAX, true},
      {UINT32_MAX - 65, UINT32_MAX, false},
      {UINT32_MAX, 63, false},
  };
  for (const DistanceRow& row : rows) {
    SCOPED_TRACE(testing::Message() << row.record << " and " << row.presented);
    const FamilyId family = fresh_family();
    FamilyRecord record = sample_record(600);
    record.generation = row.record;
    const auto keeper = std::make_shared<AnswerKeeper>();
    world_->store(0).create(family, record, 0, world_->deadline(), keeper);
    wait_for(*keeper);
    const KeptAnswer answer = rotate(family, row.presented, row.presented + 1);
    EXPECT_EQ(answer.status, row.written ? Status::written : Status::found);
    EXPECT_EQ(answer.generation, row.record);
    EXPECT_EQ(read(family).generation, row.written ? row.presented + 1 : row.record);
  }
}

TEST_P(TokenStoreContract, AFamilyOfAnotherScopeIsNotRotated) {
  const FamilyId family = fresh_family();
  create(family);
  for (const char* other : {"", "read", "write read", "read write admin"}) {
    for (const uint32_t presented : {1U, 2U, 65U}) {
      Rotation rotation = sample_rotation(presented, presented + 1);
      rotation.scope = other;
      const auto keeper = std::make_shared<AnswerKeeper>();
      world_->store(0).rotate(family, rotation, world_->deadline(), keeper);
      const KeptAnswer answer = wait_for(*keeper);
      EXPECT_EQ(answer.status, Status::found) << other;
      EXPECT_EQ(answer.generation, 1U);
      EXPECT_EQ(answer.scope, "read write");
      EXPECT_GT(answer.remaining_ms, 0U);
    }
  }
  EXPECT_EQ(read(family).generation, 1U);
  EXPECT_EQ(rotate(family, 1, 2).status, Status::written);
}

TEST_P(TokenStoreContract, AFamilyWithoutScopeIsRotatedWithoutOne) {
  const FamilyId family = fresh_family();
  FamilyRecord record = sample_record(600);
  record.scope = "";
  const auto made = std::make_shared<AnswerKeeper>();
  world_->store(0).create(family, record, 0, world_->deadline(), made);
  wait_for(*made);
  Rotation rotation = sample_rotation(1, 2);
  rotation.scope = "";
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).rotate(family, rotation, world_->deadline(), keeper);
  EXPECT_EQ(wait_for(*keeper).status, Status::written);
}

// Where renewal is off, the record catches up with the token and no further.
TEST_P(TokenStoreContract, ARotationMayStayAtThePresentedGeneration) {
  const FamilyId family = fresh_family();
  create(family);
  EXPECT_EQ(rotate(family, 5, 5).status, Status::written);
  EXPECT_EQ(read(family).generation, 5U);
}

TEST_P(TokenStoreContract, ATombstoneStays) {
  const FamilyId family = fresh_family();
  create(family);
  const KeptAnswer answer = revoke(family);
  EXPECT_EQ(answer.status, Status::written);
  EXPECT_FALSE(answer.revoked);

  KeptAnswer after = read(family);
  EXPECT_EQ(after.status, Status::found);
  EXPECT_TRUE(after.revoked);
  EXPECT_EQ(after.generation, 1U);
  EXPECT_EQ(after.subject, "alice");

  for (const uint32_t presented : {1U, 2U, 65U}) {
    const KeptAnswer refused = rotate(family, presented, presented + 1);
    EXPECT_EQ(refused.status, Status::found);
    EXPECT_TRUE(refused.revoked);
  }
  const KeptAnswer again = revoke(family);
  EXPECT_EQ(again.status, Status::found);
  EXPECT_TRUE(again.revoked);
  EXPECT_TRUE(read(family).revoked);
}

TEST_P(TokenStoreContract, ATombstoneKeepsTheRestOfTheTtl) {
  const FamilyId family = fresh_family();
  create(family, 1000);
  world_->age(family, 400000);
  revoke(family);
  const KeptAnswer answer = read(family);
  EXPECT_LE(answer.remaining_ms, 600000U);
  EXPECT_GE(answer.remaining_ms, 600000U - slack_ms);
}

TEST_P(TokenStoreContract, ARotationSetsTheTtl) {
  const FamilyId family = fresh_family();
  create(family, 1000);
  world_->age(family, 400000);
  rotate(family, 1, 2, 2000);
  const KeptAnswer answer = read(family);
  EXPECT_LE(answer.remaining_ms, 2000000U);
  EXPECT_GE(answer.remaining_ms, 2000000U - slack_ms);
  rotate(family, 2, 3, 100);
  EXPECT_LE(read(family).remaining_ms, 100000U);
}

TEST_P(TokenStoreContract, ReadingChangesNeitherRecordNorTtl) {
  const FamilyId family = fresh_family();
  create(family, 1000);
  world_->age(family, 400000);
  read(family);
  const KeptAnswer answer = read(family);
  EXPECT_LE(answer.remaining_ms, 600000U);
  EXPECT_GE(answer.remaining_ms, 600000U - slack_ms);
  EXPECT_EQ(answer.generation, 1U);
}

TEST_P(TokenStoreContract, ARefusedRotationChangesNoTtl) {
  const FamilyId family = fresh_family();
  create(family, 1000);
  rotate(family, 1, 2, 1000);
  world_->age(family, 400000);
  const KeptAnswer answer = rotate(family, 1, 2, 5000);
  EXPECT_EQ(answer.status, Status::found);
  EXPECT_LE(answer.remaining_ms, 600000U);
  EXPECT_LE(read(family).remaining_ms, 600000U);
}

TEST_P(TokenStoreContract, TheAgeIsThatOfTheLastRotation) {
  const FamilyId family = fresh_family();
  create(family, 1000);
  EXPECT_LE(read(family).rotation_age_ms, slack_ms);
  world_->age(family, 100000);
  const KeptAnswer aged = read(family);
  EXPECT_GE(aged.rotation_age_ms, 100000U);
  EXPECT_LE(aged.rotation_age_ms, 100000U + slack_ms);
  rotate(family, 1, 2, 1000);
  EXPECT_LE(read(family).rotation_age_ms, slack_ms);
  world_->age(family, 50000);
  const KeptAnswer retried = rotate(family, 1, 2, 1000);
  EXPECT_GE(retried.rotation_age_ms, 50000U);
  EXPECT_LE(retried.rotation_age_ms, 50000U + slack_ms);
}

TEST_P(TokenStoreContract, AnExpiredFamilyIsMissing) {
  const FamilyId family = fresh_family();
  create(family, 1000);
  world_->age(family, 1000000);
  EXPECT_EQ(read(family).status, Status::missing);
  EXPECT_EQ(rotate(family, 1, 2).status, Status::missing);
  EXPECT_EQ(revoke(family).status, Status::missing);
}

TEST_P(TokenStoreContract, AnUnknownLayoutIsLeftAlone) {
  const FamilyId family = fresh_family();
  world_->put_unknown_layout(family);
  EXPECT_EQ(read(family).status, Status::unknown_layout);
  EXPECT_EQ(rotate(family, 1, 2).status, Status::unknown_layout);
  EXPECT_EQ(revoke(family).status, Status::unknown_layout);
  EXPECT_TRUE(world_->has_unknown_layout(family));
}

TEST_P(TokenStoreContract, FiftyRotationsOfOneTokenAreWrittenOnce) {
  const FamilyId family = fresh_family();
  create(family);
  std::vector<std::shared_ptr<AnswerKeeper>> keepers;
  for (size_t i = 0; i < 50; ++i) {
    keepers.push_back(std::make_shared<AnswerKeeper>());
    world_->store(i).rotate(family, sample_rotation(1, 2), world_->deadline(), keepers.back());
    keepers.back()->call_is_over = true;
  }
  EXPECT_TRUE(world_->run_until([&] {
    return std::all_of(keepers.begin(), keepers.end(),
                       [](const auto& keeper) { return !keeper->answers.empty(); });
  }));
  int written = 0;
  for (const auto& keeper : keepers) {
    ASSERT_EQ(keeper->answers.size(), 1U);
    const KeptAnswer& answer = keeper->answers.front();
    written += answer.status == Status::written ? 1 : 0;
    EXPECT_EQ(answer.generation, answer.status == Status::written ? 1U : 2U);
  }
  EXPECT_EQ(written, 1);
  EXPECT_EQ(read(family).generation, 2U);
}

TEST_P(TokenStoreContract, ManyFamiliesAtOnceGetTheirOwnAnswers) {
  std::vector<FamilyId> families;
  std::vector<std::shared_ptr<AnswerKeeper>> keepers;
  std::vector<std::string> subjects;
  for (size_t i = 0; i < 200; ++i) {
    families.push_back(fresh_family());
    subjects.push_back("subject " + std::to_string(i));
    FamilyRecord record = sample_record(600);
    record.subject = subjects.back();
    keepers.push_back(std::make_shared<AnswerKeeper>());
    world_->store(i).create(families.back(), record, 0, world_->deadline(), keepers.back());
    keepers.back()->call_is_over = true;
  }
  for (const auto& keeper : keepers) {
    wait_for(*keeper);
  }
  keepers.clear();
  for (size_t i = 0; i < 200; ++i) {
    keepers.push_back(std::make_shared<AnswerKeeper>());
    world_->store(i).read(families[i], world_->deadline(), keepers.back());
    keepers.back()->call_is_over = true;
  }
  for (size_t i = 0; i < 200; ++i) {
    EXPECT_EQ(wait_for(*keepers[i]).subject, subjects[i]);
  }
}

TEST_P(TokenStoreContract, AnOperationThatNobodyWantsIsDropped) {
  const FamilyId family = fresh_family();
  create(family);
  const auto left = std::make_shared<AnswerKeeper>();
  const auto stays = std::make_shared<AnswerKeeper>();
  world_->store(0).rotate(family, sample_rotation(1, 2), world_->deadline(), left);
  world_->store(0).read(family, world_->deadline(), stays);
  left->wanted = false;
  EXPECT_EQ(wait_for(*stays).generation, 1U);
  EXPECT_TRUE(left->answers.empty());
  EXPECT_EQ(left.use_count(), 1);
}

TEST_P(TokenStoreContract, AnOperationOutlivesWhoeverLosesInterestAfterItWasSent) {
  const FamilyId family = fresh_family();
  create(family);
  auto keeper = std::make_shared<AnswerKeeper>();
  const std::weak_ptr<AnswerKeeper> watched = keeper;
  world_->store(0).rotate(family, sample_rotation(1, 2), world_->deadline(), std::move(keeper));
  EXPECT_FALSE(watched.expired());
  EXPECT_TRUE(world_->run_until([&] { return watched.expired(); }));
  EXPECT_EQ(read(family).generation, 2U);
}

TEST_P(TokenStoreContract, WithoutAnOutageThereIsNoAllowance) {
  create(fresh_family());
  EXPECT_EQ(world_->store(0).outage_allowance_ms(30000), 0U);
  EXPECT_EQ(world_->store(0).outage_allowance_ms(0), 0U);
  EXPECT_GT(world_->store(0).request_budget_ms(), 0U);
}

}  // namespace oauth2
