#include "oauth2/family.h"

#include <gtest/gtest.h>

#include "hex_text.h"

namespace oauth2 {
namespace {

const auto random = to_array<10>(from_hex("a0a1a2a3a4a5a6a7a8a9"));

TEST(Family, BeginsWithTheHashOfItsSubject) {
  const FamilyId family = new_family("alice", random);
  EXPECT_EQ(to_hex(family.bytes), "2bd806c97f0ea0a1a2a3a4a5a6a7a8a9");
  EXPECT_EQ(to_hex(family.tag()), "2bd806c97f0e");
}

TEST(Family, SharesItsTagWithTheOthersOfItsSubject) {
  const FamilyId one = new_family("alice", random);
  const FamilyId other = new_family("alice", to_array<10>("otherwise."));
  EXPECT_EQ(one.tag(), other.tag());
  EXPECT_NE(one.bytes, other.bytes);
  EXPECT_NE(new_family("bob", random).tag(), one.tag());
}

TEST(Family, IsNamedByItsUnkeyedHash) {
  EXPECT_EQ(family_hash(new_family("alice", random)), "4ebHQ5k5gEORDEQ34JAjwQ");
}

TEST(Family, KnowsWhatCanBeAHash) {
  EXPECT_EQ(std::string("4ebHQ5k5gEORDEQ34JAjwQ").size(), family_hash_size);
  EXPECT_TRUE(is_family_hash("4ebHQ5k5gEORDEQ34JAjwQ"));
  for (const char* other : {"", "4ebHQ5k5gEORDEQ34JAjw", "4ebHQ5k5gEORDEQ34JAjwR",
                            "4ebHQ5k5gEORDEQ34JAjwQQ", "4ebHQ5k5gEORDEQ34JAj*Q"}) {
    EXPECT_FALSE(is_family_hash(other)) << other;
  }
}

}  // namespace
}  // namespace oauth2
