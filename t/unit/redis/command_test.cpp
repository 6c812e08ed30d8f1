#include "redis/command.h"

#include <gtest/gtest.h>

namespace oauth2::redis {
namespace {

using namespace std::string_view_literals;

TEST(RedisCommand, IsAnArrayOfBulkStrings) {
  std::string out = "before";
  append_command(out, {"SET", "key", ""});
  EXPECT_EQ(out, "before*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n");
}

TEST(RedisCommand, TakesEveryByte) {
  std::string out;
  append_command(out, {"a\r\n\0b"sv});
  EXPECT_EQ(out, "*1\r\n$5\r\na\r\n\0b\r\n"sv);
}

TEST(RedisCommand, CountsLongWords) {
  std::string out;
  append_command(out, {std::string(12345, 'x')});
  EXPECT_EQ(out.substr(0, 12), "*1\r\n$12345\r\n");
}

}  // namespace
}  // namespace oauth2::redis
