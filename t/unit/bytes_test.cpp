#include "oauth2/bytes.h"

#include <gtest/gtest.h>

namespace oauth2 {
namespace {

using namespace std::string_view_literals;

TEST(Bytes, IntegersAreBigEndian) {
  std::string out;
  append_u16(out, 0x0102);
  append_u32(out, 0xfffefdfc);
  EXPECT_EQ(out, "\x01\x02\xff\xfe\xfd\xfc");
  ByteReader reader(out);
  EXPECT_EQ(reader.u16(), 0x0102);
  EXPECT_EQ(reader.u32(), 0xfffefdfcU);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.rest().empty());
}

TEST(Bytes, AReadPastTheEndGivesNothingForGood) {
  ByteReader reader("\x01\x02\x03"sv);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.take(1), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, NothingCanBeReadFromNothing) {
  ByteReader reader("");
  EXPECT_EQ(reader.take(0), "");
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace oauth2
