#include "redis/key_slot.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "redis/record.h"
#include "redis/redis_server.h"
#include "table.h"
#include "token_samples.h"

namespace oauth2::redis {
namespace {

struct SlotRow {
  const char* name;
  std::string_view key;
  uint16_t slot;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(SlotRow)

class KeySlots : public testing::TestWithParam<SlotRow> {};

TEST_P(KeySlots, AreThoseOfTheSpecification) {
  EXPECT_EQ(key_slot(GetParam().key), GetParam().slot);
}

// The check value of CRC-16/XMODEM is 31C3 for "123456789".
INSTANTIATE_TEST_SUITE_P(
    Table, KeySlots,
    testing::Values(SlotRow{"check value", "123456789", 0x31c3}, SlotRow{"nothing", "", 0},
                    SlotRow{"a word", "foo", 12182}, SlotRow{"a tag", "bar{foo}baz", 12182},
                    SlotRow{"only a tag", "{foo}", 12182},
                    SlotRow{"the first of two tags", "a{foo}b{bar}", 12182},
                    SlotRow{"a tag up to the first end", "{foo}}", 12182},
                    SlotRow{"another beginning inside", "x{{foo}", key_slot("{foo")},
                    SlotRow{"an empty tag", "foo{}{bar}", 8363}),
    row_name<SlotRow>);

// A Redis of its own, as cluster mode is for the whole of it. Its bus has the port 10000 above,
// which is to be below those of outgoing connections, too.
std::unique_ptr<RedisServer> start_cluster_node() {
  for (int i = 0; i < 10; ++i) {
    try {
      const std::string port = std::to_string(10000 + (getpid() + 997 * i) % 10000);
      return std::make_unique<RedisServer>(
          std::vector<std::string>{"--cluster-enabled", "yes", "--port", port});
    } catch (const std::runtime_error&) {
      // Somebody else has one of the ports.
    }
  }
  return nullptr;
}

TEST(KeySlot, IsWhatRedisSays) {
  const std::unique_ptr<RedisServer> cluster = start_cluster_node();
  ASSERT_NE(cluster, nullptr);
  const std::string binary("a\0b\xff{\x80", 6);
  for (const std::string& key :
       {std::string("foo"), std::string("foo{}{bar}"), std::string("foo{{bar}}zap"),
        std::string("foo{bar}{zap}"), std::string("{}"), std::string("}{"), std::string("a{b"),
        std::string("}a{b}"), binary, std::string(3000, 'x'), marker_key("oauth2"),
        marker_key("oauth2", 0), marker_key("oauth2", 16383), probe_key("oauth2"),
        family_key("oauth2", sample_family()), index_key("oauth2", "alice")}) {
    EXPECT_EQ(std::to_string(key_slot(key)), cluster->ask({"CLUSTER", "KEYSLOT", key})) << key;
  }
}

TEST(MarkerKeys, OfSlotsAreInThem) {
  std::set<std::string> keys;
  for (uint16_t slot = 0; slot < slot_count; ++slot) {
    const std::string key = marker_key("t", slot);
    ASSERT_EQ(key_slot(key), slot) << key;
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), slot_count);
}

// script/accept-loss looks for the same numbers.
TEST(MarkerKeys, OfSlotsHaveTheSmallestNumber) {
  EXPECT_EQ(marker_key("oauth2", key_slot("0")), "oauth2:marker:{0}");
  EXPECT_EQ(marker_key("oauth2", 0), "oauth2:marker:{3560}");
  EXPECT_EQ(marker_key("oauth2", 1), "oauth2:marker:{22179}");
  EXPECT_EQ(marker_key("oauth2", 16383), "oauth2:marker:{39296}");
}

}  // namespace
}  // namespace oauth2::redis
