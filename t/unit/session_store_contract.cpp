#include "session_store_contract.h"

#include <algorithm>

#include "base64.h"
#include "crypto.h"

namespace oauth2 {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SessionStoreContract);

namespace {

using Status = StoreAnswer::Status;
using Hashes = std::vector<std::string>;

constexpr uint64_t slack_ms = 30000;

}  // namespace

void SessionStoreContract::SetUp() {
  TokenStoreContract::SetUp();
  Bytes<9> random;
  random_bytes(random.data(), random.size());
  subject_ = "alice " + base64url(view(random));
}

FamilyId SessionStoreContract::fresh_family(const std::string& subject) {
  Bytes<10> random;
  random_bytes(random.data(), random.size());
  return new_family(subject, random);
}

FamilyId SessionStoreContract::create(const std::string& client, uint32_t max_families,
                                      uint32_t generation) {
  const FamilyId family = fresh_family();
  create(family, client, subject_, max_families, generation);
  return family;
}

void SessionStoreContract::create(const FamilyId& family, const std::string& client,
                                  const std::string& subject, uint32_t max_families,
                                  uint32_t generation) {
  FamilyRecord record;
  record.generation = generation;
  record.key_id = 7;
  record.ttl_written = 600;
  record.granted_at = 1700000000;
  record.client = client;
  record.subject = subject;
  record.scope = "read write";
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).create(family, record, max_families, world_->deadline(), keeper);
  EXPECT_EQ(wait_for(*keeper).status, Status::written);
}

KeptAnswer SessionStoreContract::redeem(const FamilyId& family, uint32_t max_families,
                                        const std::string& client, const std::string& scope,
                                        uint32_t presented) {
  Rotation rotation;
  rotation.presented = presented;
  rotation.generation = presented + 1;
  rotation.key_id = 9;
  rotation.granted_at = 1700000000;
  rotation.ttl = 900;
  rotation.scope = scope;
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).redeem(family, rotation, client, subject_, max_families, world_->deadline(),
                          keeper);
  return wait_for(*keeper);
}

KeptAnswer SessionStoreContract::page(uint32_t start, bool to_end) {
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).list(subject_, start, to_end, world_->deadline(), keeper);
  return wait_for(*keeper);
}

KeptAnswer SessionStoreContract::end(const std::string& subject, const FamilyId& family) {
  const auto keeper = std::make_shared<AnswerKeeper>();
  world_->store(0).end(subject, family_hash(family), world_->deadline(), keeper);
  return wait_for(*keeper);
}

Hashes SessionStoreContract::listed() {
  Hashes hashes;
  std::optional<uint32_t> start = 0;
  for (int pages = 0; start.has_value() && pages < 1000; ++pages) {
    const KeptAnswer answer = page(*start);
    EXPECT_EQ(answer.status, Status::found);
    for (const KeptFamily& family : answer.families) {
      hashes.push_back(family.hash);
    }
    start = answer.next_start;
  }
  EXPECT_FALSE(start.has_value());
  return hashes;
}

TEST_P(SessionStoreContract, NobodyHasNoFamilies) {
  const KeptAnswer answer = page();
  EXPECT_EQ(answer.status, Status::found);
  EXPECT_TRUE(answer.families.empty());
  EXPECT_FALSE(answer.next_start.has_value());
}

TEST_P(SessionStoreContract, AFamilyIsListedWithItsRecord) {
  const FamilyId family = create("the app");
  EXPECT_EQ(read(family).indexed_at, 1700000000U);
  rotate(family, 1, 2, 1000);
  world_->age(family, 400000);
  const KeptAnswer answer = page();
  ASSERT_EQ(answer.families.size(), 1U);
  EXPECT_EQ(answer.families[0].hash, family_hash(family));
  EXPECT_EQ(answer.families[0].client, "the app");
  EXPECT_EQ(answer.families[0].scope, "read write");
  EXPECT_EQ(answer.families[0].generation, 2U);
  EXPECT_LE(answer.families[0].remaining_ms, 600000U);
  EXPECT_GE(answer.families[0].remaining_ms, 600000U - slack_ms);
  EXPECT_GE(answer.families[0].rotation_age_ms, 400000U);
  EXPECT_LE(answer.families[0].rotation_age_ms, 400000U + slack_ms);
}

// All of them are of one second.
TEST_P(SessionStoreContract, TheNewestIsListedFirst) {
  Hashes expected;
  for (int i = 0; i < 20; ++i) {
    expected.insert(expected.begin(), family_hash(create()));
  }
  EXPECT_EQ(listed(), expected);
}

TEST_P(SessionStoreContract, TheLongestRecordsAreListed) {
  const std::string subject = subject_ + std::string(max_subject_size - subject_.size(), 's');
  std::vector<FamilyId> families;
  for (int i = 0; i < 40; ++i) {
    const FamilyId family = fresh_family(subject);
    FamilyRecord record;
    const std::string client(max_client_id_size, 'c');
    const std::string scope(max_scope_size, 'x');
    record.generation = UINT32_MAX;
    record.ttl_written = 600;
    record.client = client;
    record.subject = subject;
    record.scope = scope;
    const auto keeper = std::make_shared<AnswerKeeper>();
    world_->store(0).create(family, record, 0, world_->deadline(), keeper);
    ASSERT_EQ(wait_for(*keeper).status, Status::written);
  }
  subject_ = subject;
  EXPECT_EQ(listed().size(), 40U);
  EXPECT_EQ(page().families.front().scope, std::string(max_scope_size, 'x'));
}

TEST_P(SessionStoreContract, ManyFamiliesAreListedOnceEach) {
  Hashes expected;
  for (int i = 0; i < 600; ++i) {
    expected.push_back(family_hash(create()));
  }
  Hashes found = listed();
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, expected);
}

TEST_P(SessionStoreContract, OnlyTheExactSubjectsFamiliesAreListed) {
  const FamilyId family = create();
  create(fresh_family(subject_ + "x"), "app", subject_ + "x");
  create(fresh_family("x" + subject_), "app", "x" + subject_);
  EXPECT_EQ(listed(), Hashes{family_hash(family)});
}

TEST_P(SessionStoreContract, WhatIsOverIsNotListed) {
  const FamilyId first = create();
  const FamilyId expired = create();
  const FamilyId revoked = create();
  const FamilyId last = create();
  revoke(revoked);
  rotate(first, 1, 2, 5000);
  rotate(last, 1, 2, 5000);
  world_->age(expired, 600000);
  EXPECT_EQ(listed(), (Hashes{family_hash(last), family_hash(first)}));
  EXPECT_EQ(listed(), (Hashes{family_hash(last), family_hash(first)}));
}

TEST_P(SessionStoreContract, AnUnknownLayoutIsNotListedAndStaysAsItIs) {
  const FamilyId family = create();
  const FamilyId other = create();
  world_->put_unknown_layout(other);
  EXPECT_EQ(listed(), Hashes{family_hash(family)});
  EXPECT_EQ(end(subject_, other).status, Status::unknown_layout);
  EXPECT_TRUE(world_->has_unknown_layout(other));
}

TEST_P(SessionStoreContract, AnEndedFamilyIsATombstoneAndNotListed) {
  const FamilyId family = create();
  const FamilyId other = create();
  world_->age(family, 100000);
  const KeptAnswer answer = end(subject_, family);
  EXPECT_EQ(answer.status, Status::written);
  EXPECT_FALSE(answer.revoked);

  const KeptAnswer after = read(family);
  EXPECT_TRUE(after.revoked);
  EXPECT_LE(after.remaining_ms, 500000U);
  EXPECT_GE(after.remaining_ms, 500000U - slack_ms);
  EXPECT_TRUE(rotate(family, 1, 2).revoked);
  EXPECT_EQ(read(family).generation, 1U);
  EXPECT_EQ(listed(), Hashes{family_hash(other)});
  EXPECT_FALSE(read(other).revoked);
}

TEST_P(SessionStoreContract, AFamilyEndsOnce) {
  const FamilyId family = create();
  end(subject_, family);
  const KeptAnswer again = end(subject_, family);
  EXPECT_EQ(again.status, Status::found);
  EXPECT_TRUE(again.revoked);
}

TEST_P(SessionStoreContract, AnUnknownFamilyCannotBeEnded) {
  EXPECT_EQ(end(subject_, fresh_family()).status, Status::missing);
}

TEST_P(SessionStoreContract, AnotherSubjectsFamilyCannotBeEnded) {
  const FamilyId family = create();
  for (const std::string& other : {subject_ + "x", subject_.substr(1), std::string("bob")}) {
    EXPECT_EQ(end(other, family).status, Status::missing);
  }
  EXPECT_FALSE(read(family).revoked);
  EXPECT_EQ(listed(), Hashes{family_hash(family)});
}

TEST_P(SessionStoreContract, TheOldestFamilyEndsBeyondTheLimit) {
  const FamilyId first = create("app", 2);
  const FamilyId second = create("app", 2);
  EXPECT_FALSE(read(first).revoked);
  const FamilyId third = create("app", 2);
  EXPECT_TRUE(read(first).revoked);
  EXPECT_EQ(listed(), (Hashes{family_hash(third), family_hash(second)}));
  const FamilyId fourth = create("app", 1);
  EXPECT_TRUE(read(second).revoked);
  EXPECT_TRUE(read(third).revoked);
  EXPECT_EQ(listed(), Hashes{family_hash(fourth)});
}

TEST_P(SessionStoreContract, ATombstoneOfTheLimitKeepsTheRestOfTheTtl) {
  const FamilyId family = create("app", 1);
  world_->age(family, 100000);
  create("app", 1);
  EXPECT_TRUE(read(family).revoked);
  EXPECT_LE(read(family).remaining_ms, 500000U);
}

TEST_P(SessionStoreContract, TheLimitIsOfOneClient) {
  const FamilyId other = create("ap", 1);
  const FamilyId another = create("app2", 1);
  const FamilyId old = create("app", 1);
  const FamilyId now = create("app", 1);
  EXPECT_EQ(listed(), (Hashes{family_hash(now), family_hash(another), family_hash(other)}));
  EXPECT_TRUE(read(old).revoked);
}

TEST_P(SessionStoreContract, TheLimitIsOfOneSubject) {
  const FamilyId family = create("app", 1);
  create(fresh_family("bob " + subject_), "app", "bob " + subject_, 1);
  EXPECT_FALSE(read(family).revoked);
}

TEST_P(SessionStoreContract, WhatIsOverDoesNotCountForTheLimit) {
  const FamilyId first = create("app", 2);
  end(subject_, create("app", 2));
  revoke(create("app", 2));
  create("app", 2);
  EXPECT_FALSE(read(first).revoked);
}

TEST_P(SessionStoreContract, ARotationDoesNotMakeAFamilyYounger) {
  const FamilyId first = create("app", 2);
  const FamilyId second = create("app", 2);
  rotate(first, 1, 2);
  create("app", 2);
  EXPECT_TRUE(read(first).revoked);
  EXPECT_FALSE(read(second).revoked);
}

TEST_P(SessionStoreContract, WithoutALimitNothingEnds) {
  const FamilyId first = create();
  create();
  create();
  EXPECT_FALSE(read(first).revoked);
}

TEST_P(SessionStoreContract, AnAuthorizationCodeIsInNoIndexAndCountsForNoLimit) {
  const FamilyId family = create("app", 1);
  const FamilyId code = create("app", 1, 0);
  EXPECT_FALSE(read(family).revoked);
  EXPECT_EQ(read(code).indexed_at, 0U);
  EXPECT_EQ(listed(), Hashes{family_hash(family)});
}

TEST_P(SessionStoreContract, ACodeIsRedeemedOnce) {
  const FamilyId code = create("app", 0, 0);
  const KeptAnswer answer = redeem(code);
  EXPECT_EQ(answer.status, Status::written);
  EXPECT_EQ(answer.generation, 0U);
  EXPECT_EQ(answer.key_id, 7);
  const KeptAnswer after = read(code);
  EXPECT_EQ(after.generation, 1U);
  EXPECT_EQ(after.key_id, 9);
  EXPECT_EQ(after.ttl_written, 900U);
  EXPECT_GT(after.remaining_ms, 900000U - slack_ms);
  EXPECT_EQ(after.client, "app");
  EXPECT_EQ(after.subject, subject_);
  EXPECT_EQ(after.scope, "read write");
  EXPECT_EQ(after.indexed_at, 1700000000U);
  EXPECT_EQ(listed(), Hashes{family_hash(code)});

  const KeptAnswer again = redeem(code);
  EXPECT_EQ(again.status, Status::found);
  EXPECT_EQ(again.generation, 1U);
  EXPECT_EQ(read(code).generation, 1U);
}

TEST_P(SessionStoreContract, ARedeemedCodeCountsForTheLimit) {
  const FamilyId code = create("app", 1, 0);
  const FamilyId family = create("app", 1);
  redeem(code, 1);
  EXPECT_TRUE(read(family).revoked);
  EXPECT_EQ(listed(), Hashes{family_hash(code)});
}

TEST_P(SessionStoreContract, ARedemptionHealsNothing) {
  const FamilyId family = create("app", 0, 1);
  for (const uint32_t presented : {0U, 2U, 3U, 65U}) {
    const KeptAnswer answer = redeem(family, 0, "app", "read write", presented);
    EXPECT_EQ(answer.status, Status::found) << presented;
    EXPECT_EQ(answer.generation, 1U);
  }
  EXPECT_EQ(read(family).generation, 1U);
  EXPECT_EQ(read(family).ttl_written, 600U);
}

TEST_P(SessionStoreContract, AnotherClientsOrScopesOrARevokedCodeIsNotRedeemed) {
  const FamilyId code = create("app", 0, 0);
  EXPECT_EQ(redeem(code, 0, "ap").status, Status::found);
  EXPECT_EQ(redeem(code, 0, "app2").status, Status::found);
  EXPECT_EQ(redeem(code, 0, "app", "read").status, Status::found);
  EXPECT_EQ(read(code).generation, 0U);
  revoke(code);
  EXPECT_TRUE(redeem(code).revoked);
  EXPECT_EQ(read(code).generation, 0U);
  EXPECT_EQ(redeem(fresh_family()).status, Status::missing);
  EXPECT_TRUE(listed().empty());
}

TEST_P(SessionStoreContract, ARefreshedEntryIsNotedInTheRecord) {
  const FamilyId family = create();
  rotate(family, 1, 2, 1000);
  world_->age(family, 100000);
  world_->store(0).refresh_index(family, subject_, 1700000500, 1000, world_->deadline());
  read(family);  // nobody waits for the refresh, and its script may have to be loaded first
  KeptAnswer after = read(family);
  EXPECT_EQ(after.indexed_at, 1700000500U);
  EXPECT_EQ(after.generation, 2U);
  EXPECT_EQ(after.subject, subject_);
  EXPECT_LE(after.remaining_ms, 900000U);
  EXPECT_EQ(rotate(family, 2, 3).status, Status::written);
  EXPECT_EQ(read(family).indexed_at, 1700000500U);
  EXPECT_EQ(listed(), Hashes{family_hash(family)});
}

TEST_P(SessionStoreContract, ARefreshedEntryStaysAsOldAsItsFamily) {
  const FamilyId first = create();
  const FamilyId second = create();
  world_->store(0).refresh_index(first, subject_, 1700000500, 600, world_->deadline());
  EXPECT_EQ(listed(), (Hashes{family_hash(second), family_hash(first)}));
}

TEST_P(SessionStoreContract, WhatIsOverOrAnothersIsNotIndexedAgain) {
  const FamilyId ended = create();
  end(subject_, ended);
  world_->store(0).refresh_index(ended, subject_, 1700000500, 600, world_->deadline());
  world_->store(0).refresh_index(fresh_family(), subject_, 1700000500, 600, world_->deadline());
  const FamilyId bobs = fresh_family("bob " + subject_);
  create(bobs, "app", "bob " + subject_);
  world_->store(0).refresh_index(bobs, subject_, 1700000500, 600, world_->deadline());
  EXPECT_TRUE(read(ended).revoked);
  EXPECT_EQ(read(ended).indexed_at, 1700000000U);
  EXPECT_EQ(read(bobs).indexed_at, 1700000000U);
  EXPECT_TRUE(listed().empty());
}

TEST_P(SessionStoreContract, LoginsAtOnceLeaveAsManyAsTheLimit) {
  std::vector<FamilyId> families;
  std::vector<std::shared_ptr<AnswerKeeper>> keepers;
  for (size_t i = 0; i < 50; ++i) {
    families.push_back(fresh_family());
    FamilyRecord record;
    record.generation = 1;
    record.ttl_written = 600;
    record.granted_at = 1700000000;
    record.client = "app";
    record.subject = subject_;
    keepers.push_back(std::make_shared<AnswerKeeper>());
    world_->store(i).create(families.back(), record, 5, world_->deadline(), keepers.back());
    keepers.back()->call_is_over = true;
  }
  for (const auto& keeper : keepers) {
    wait_for(*keeper);
  }
  EXPECT_EQ(listed().size(), 5U);
  int live = 0;
  for (const FamilyId& family : families) {
    live += read(family).revoked ? 0 : 1;
  }
  EXPECT_EQ(live, 5);
}

TEST_P(SessionStoreContract, AListForWhomEndsThemAllIsTheSame) {
  create();
  create("other");
  const KeptAnswer shown = page();
  const KeptAnswer to_end = page(0, true);
  ASSERT_EQ(to_end.families.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(to_end.families[i].hash, shown.families[i].hash);
    EXPECT_EQ(to_end.families[i].client, shown.families[i].client);
  }
  EXPECT_TRUE(page(2, true).families.empty());
}

}  // namespace oauth2
