#include "redis/record.h"

#include <gtest/gtest.h>

#include <set>

#include "token_samples.h"

namespace oauth2::redis {
namespace {

using namespace std::string_literals;

FamilyRecord sample_record() {
  FamilyRecord record;
  record.generation = 0x01020304;
  record.key_id = 0x96;
  record.ttl_written = 86400;
  record.granted_at = 1700000000;
  record.client = "app";
  record.subject = "alice";
  record.scope = "read write";
  return record;
}

std::string u16(uint16_t value) {
  std::string out;
  append_u16(out, value);
  return out;
}

const std::string head =
    from_hex("01 4c 01020304") + u16(scope_tag("read write")) + from_hex("96 00015180 6553f100");
const std::string body =
    "\x03"
    "app\x05"
    "alice" +
    from_hex("000a") + "read write";

TEST(Record, HasTheDescribedLayout) {
  EXPECT_EQ(to_hex(encode_record(sample_record())), to_hex(head + body));
  const RecordHead written =
      record_head(0x01020304, scope_tag("read write"), 0x96, 86400, 1700000000);
  EXPECT_EQ(to_hex(view(written)), to_hex(head));
}

TEST(Record, HasATombstone) {
  FamilyRecord record = sample_record();
  record.revoked = true;
  std::string expected = head + body;
  expected[1] = 'R';
  EXPECT_EQ(encode_record(record), expected);
  FamilyRecord read;
  ASSERT_TRUE(decode_record(expected, read));
  EXPECT_TRUE(read.revoked);
}

void expect_sample(const FamilyRecord& read) {
  EXPECT_FALSE(read.revoked);
  EXPECT_EQ(read.generation, 0x01020304U);
  EXPECT_EQ(read.key_id, 0x96);
  EXPECT_EQ(read.ttl_written, 86400U);
  EXPECT_EQ(read.granted_at, 1700000000U);
  EXPECT_EQ(read.client, "app");
  EXPECT_EQ(read.subject, "alice");
  EXPECT_EQ(read.scope, "read write");
}

TEST(Record, IsReadBack) {
  const std::string bytes = head + body;
  FamilyRecord read;
  ASSERT_TRUE(decode_record(bytes, read));
  expect_sample(read);
}

TEST(Record, SaysWhenItWasIndexed) {
  FamilyRecord record = sample_record();
  record.indexed_at = 1700000001;
  const std::string bytes = head + body + from_hex("01 0004 6553f101");
  EXPECT_EQ(to_hex(encode_record(record)), to_hex(bytes));
  FamilyRecord read;
  const std::string more = bytes + from_hex("07 0001 00");
  ASSERT_TRUE(decode_record(more, read));
  expect_sample(read);
  EXPECT_EQ(read.indexed_at, 1700000001U);
  ASSERT_TRUE(decode_record(head + body, read));
  EXPECT_EQ(read.indexed_at, 0U);
  ASSERT_TRUE(decode_record(head + body + from_hex("01 0003 616263"), read));
  EXPECT_EQ(read.indexed_at, 0U);
}

TEST(Record, HasClientAndSubjectBehindItsHead) {
  EXPECT_EQ(encode_record(sample_record()).substr(record_head_size, 10),
            record_identity("app", "alice"));
}

TEST(Record, TakesEverySizeUpToTheLimits) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{255}}) {
    const std::string id(size, '\xff');
    const std::string scope(size * 8 + (size == 255 ? 8 : 0), 's');
    FamilyRecord record = sample_record();
    record.client = id;
    record.subject = id;
    record.scope = scope;
    const std::string bytes = encode_record(record);
    FamilyRecord read;
    ASSERT_TRUE(decode_record(bytes, read)) << size;
    EXPECT_EQ(read.client, id);
    EXPECT_EQ(read.subject, id);
    EXPECT_EQ(read.scope, scope);
  }
}

// Nobody writes one, but whoever may write to Redis might.
TEST(Record, WithALongerScopeThanAllowedIsNone) {
  const std::string scope(max_scope_size + 1, 's');
  FamilyRecord record = sample_record();
  record.scope = scope;
  const std::string bytes = encode_record(record);
  FamilyRecord read;
  EXPECT_FALSE(decode_record(bytes, read));
}

TEST(Record, SkipsFieldsOfLaterReleases) {
  const std::string tails[] = {
      from_hex("01 0000"),
      from_hex("01 0003 616263"),
      from_hex("07 0001 00 08 0002 ffff 09 0000"),
      from_hex("ff ffff") + std::string(65535, 'x'),
  };
  for (const std::string& tail : tails) {
    const std::string bytes = head + body + tail;
    FamilyRecord read;
    ASSERT_TRUE(decode_record(bytes, read));
    expect_sample(read);
  }
}

TEST(Record, CutOffAnywhereIsNone) {
  const std::string bytes = head + body + from_hex("07 0004 61626364");
  const size_t without_tail = head.size() + body.size();
  for (size_t size = 0; size < bytes.size(); ++size) {
    FamilyRecord read;
    EXPECT_EQ(decode_record(bytes.substr(0, size), read), size == without_tail) << size;
  }
}

TEST(Record, OfAnotherLayoutOrStateIsNone) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string bytes = head + body;
    bytes[0] = static_cast<char>(byte);
    FamilyRecord read;
    EXPECT_EQ(decode_record(bytes, read), byte == 1) << byte;
    bytes[0] = 1;
    bytes[1] = static_cast<char>(byte);
    EXPECT_EQ(decode_record(bytes, read), byte == 'L' || byte == 'R') << byte;
  }
}

// Guards against a change of the function, which would make every rotation read first.
TEST(ScopeTag, IsFnv1aFolded) {
  EXPECT_EQ(scope_tag(""), 0x811c ^ 0x9dc5);
  EXPECT_EQ(scope_tag("a"), 0xe40c ^ 0x292c);
  EXPECT_EQ(scope_tag("foobar"), 0xbf9c ^ 0xf968);
}

TEST(ScopeTag, TellsScopesApart) {
  std::set<uint16_t> tags;
  for (const char* scope : {"", "read", "write", "read write", "write read", "read write admin",
                            "openid", "openid profile", "openid email"}) {
    tags.insert(scope_tag(scope));
  }
  EXPECT_EQ(tags.size(), 9U);
}

TEST(RedisKeys, AreAsDescribed) {
  EXPECT_EQ(family_key("oauth2", sample_family()), "oauth2:{K9gGyX8O}:4ebHQ5k5gEORDEQ34JAjwQ");
  EXPECT_EQ(family_key("oauth2", "alice", "4ebHQ5k5gEORDEQ34JAjwQ"),
            family_key("oauth2", sample_family()));
  EXPECT_EQ(index_key("oauth2", "alice"), "oauth2:{K9gGyX8O}:sessions:K9gGyX8OAK8aH8Myj6djqQ");
  EXPECT_EQ(index_member("4ebHQ5k5gEORDEQ34JAjwQ", "app"), "4ebHQ5k5gEORDEQ34JAjwQapp");
  EXPECT_EQ(marker_key("oauth2"), "oauth2:marker");
  EXPECT_EQ(marker_key("oauth2", 0), "oauth2:marker:{3560}");
  EXPECT_EQ(probe_key("oauth2"), "oauth2:probe");
}

TEST(RedisKeys, OfOneUserShareASlot) {
  const std::string one = family_key("t", sample_family(1));
  const std::string other = family_key("t", sample_family(2));
  EXPECT_NE(one, other);
  EXPECT_EQ(one.substr(0, one.find('}')), other.substr(0, other.find('}')));
}

// A family of a 15-byte client, a 36-byte subject and a 20-byte scope.
TEST(Record, IsCompact) {
  FamilyRecord record = sample_record();
  record.client = "fifteen-letters";
  record.subject = "00000000-0000-0000-0000-000000000000";
  record.scope = "read:mail write:mail";
  EXPECT_EQ(encode_record(record).size(), 17U + 1 + 15 + 1 + 36 + 2 + 20);
}

}  // namespace
}  // namespace oauth2::redis
