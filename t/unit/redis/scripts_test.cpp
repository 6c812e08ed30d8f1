#include "redis/scripts.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto.h"
#include "oauth2/store.h"

namespace oauth2::redis {
namespace {

TEST(Scripts, AreNamedByTheirSha1) {
  std::set<std::string> names;
  for (const Script* script : {&create_script(), &read_script(), &rotate_script(false),
                               &rotate_script(true), &revoke_script(false), &revoke_script(true)}) {
    EXPECT_EQ(script->sha1, sha1_hex(script->source));
    names.insert(script->sha1);
  }
  EXPECT_EQ(names.size(), 6U);
}

// The first command decides whether a replica refuses.
TEST(Scripts, BeginWithAWrite) {
  for (const Script* script : {&read_script(), &rotate_script(false), &rotate_script(true),
                               &revoke_script(false), &revoke_script(true)}) {
    const size_t first = script->source.find("redis.call(");
    EXPECT_EQ(script->source.substr(first, 19), "redis.call('GETEX',");
  }
  const size_t first = create_script().source.find("redis.call(");
  EXPECT_EQ(create_script().source.substr(first, 17), "redis.call('SET',");
}

TEST(Scripts, KnowHowFarAheadATokenMayBe) {
  const std::string distance = "ahead > " + std::to_string(max_healed_distance);
  EXPECT_NE(rotate_script(false).source.find(distance), std::string_view::npos);
}

}  // namespace
}  // namespace oauth2::redis
