#include "redis/slot_ranges.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2::redis {
namespace {

const Endpoint asked{"", "10.0.0.9", 7009};

std::vector<SlotRange> read(const std::string& bytes) {
  ReplyReader reader(65536, 100);
  Reply reply;
  EXPECT_TRUE(reader.feed(bytes));
  EXPECT_EQ(reader.next(reply), ReplyReader::Result::reply);
  return read_slot_ranges(reply, asked);
}

std::string node(const std::string& host, int port) {
  return "*4\r\n$" + std::to_string(host.size()) + "\r\n" + host + "\r\n:" + std::to_string(port) +
         "\r\n$2\r\nid\r\n*0\r\n";
}

TEST(SlotRanges, AreReadWithTheirPrimariesAndReplicas) {
  const std::vector<SlotRange> ranges =
      read("*2\r\n*4\r\n:0\r\n:5460\r\n" + node("10.0.0.1", 7001) + node("10.0.0.2", 7002) +
           "*3\r\n:5461\r\n:16383\r\n" + node("node.example", 7003));
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0].first, 0);
  EXPECT_EQ(ranges[0].last, 5460);
  EXPECT_EQ(to_string(ranges[0].primary), "10.0.0.1:7001");
  ASSERT_EQ(ranges[0].replicas.size(), 1U);
  EXPECT_EQ(to_string(ranges[0].replicas[0]), "10.0.0.2:7002");
  EXPECT_EQ(ranges[1].last, 16383);
  EXPECT_EQ(to_string(ranges[1].primary), "node.example:7003");
}

TEST(SlotRanges, OfANodeWithoutAnAddressAreThoseOfTheNodeThatWasAsked) {
  EXPECT_EQ(to_string(read("*1\r\n*3\r\n:0\r\n:1\r\n" + node("", 7001)).at(0).primary),
            "10.0.0.9:7001");
  const std::string null_host = "*4\r\n$-1\r\n:7001\r\n$2\r\nid\r\n*0\r\n";
  EXPECT_EQ(to_string(read("*1\r\n*3\r\n:0\r\n:1\r\n" + null_host).at(0).primary), "10.0.0.9:7001");
}

struct OddRow {
  const char* name;
  std::string entry;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(OddRow)

class OddSlotRange : public testing::TestWithParam<OddRow> {};

TEST_P(OddSlotRange, IsLeftOut) {
  const std::string good = "*3\r\n:7\r\n:8\r\n" + node("10.0.0.1", 7001);
  const std::vector<SlotRange> ranges = read("*2\r\n" + GetParam().entry + good);
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges[0].first, 7);
}

INSTANTIATE_TEST_SUITE_P(
    Table, OddSlotRange,
    testing::Values(OddRow{"no array", "+OK\r\n"}, OddRow{"without a node", "*2\r\n:0\r\n:1\r\n"},
                    OddRow{"a slot too many", "*3\r\n:0\r\n:16384\r\n" + node("10.0.0.1", 1)},
                    OddRow{"a negative slot", "*3\r\n:-1\r\n:5\r\n" + node("10.0.0.1", 1)},
                    OddRow{"the wrong way round", "*3\r\n:5\r\n:4\r\n" + node("10.0.0.1", 1)},
                    OddRow{"words for numbers", "*3\r\n+a\r\n+b\r\n" + node("10.0.0.1", 1)},
                    OddRow{"a node that is none", "*3\r\n:0\r\n:1\r\n+node\r\n"},
                    OddRow{"a port that is none", "*3\r\n:0\r\n:1\r\n" + node("10.0.0.1", 0)},
                    OddRow{"a port too large", "*3\r\n:0\r\n:1\r\n" + node("10.0.0.1", 65536)},
                    OddRow{"a hostname that is not known", "*3\r\n:0\r\n:1\r\n" + node("?", 7001)}),
    row_name<OddRow>);

TEST(SlotRanges, AreEmptyForAnythingElse) {
  EXPECT_TRUE(read("*0\r\n").empty());
  EXPECT_TRUE(read("+OK\r\n").empty());
}

TEST(RedirectTarget, IsTheEndpointInTheError) {
  EXPECT_EQ(to_string(*redirect_target("MOVED 3999 127.0.0.1:6381", asked)), "127.0.0.1:6381");
  EXPECT_EQ(to_string(*redirect_target("ASK 3999 node.example:6381", asked)), "node.example:6381");
  EXPECT_EQ(to_string(*redirect_target("MOVED 3999 ::1:6381", asked)), "[::1]:6381");
  EXPECT_EQ(to_string(*redirect_target("MOVED 3999 :6381", asked)), "10.0.0.9:6381");
}

TEST(RedirectTarget, IsNothingWhereThereIsNone) {
  for (const char* error : {"MOVED", "MOVED 3999", "MOVED 3999 127.0.0.1", "MOVED 3999 127.0.0.1:",
                            "MOVED 3999 127.0.0.1:0", "MOVED 3999 127.0.0.1:65536",
                            "MOVED 3999 127.0.0.1:x", "MOVED 3999 ?:6381", ""}) {
    EXPECT_FALSE(redirect_target(error, asked).has_value()) << error;
  }
}

}  // namespace
}  // namespace oauth2::redis
