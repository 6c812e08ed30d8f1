#include "base64.h"

#include <gtest/gtest.h>

#include "hex_text.h"
#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;

struct Spelling {
  const char* name;
  const char* bytes;
  const char* url;
  const char* padded;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(Spelling)

class Base64Spelling : public testing::TestWithParam<Spelling> {};

TEST_P(Base64Spelling, IsWrittenAndReadBack) {
  const std::string bytes = from_hex(GetParam().bytes);
  std::string decoded;
  EXPECT_EQ(base64url(bytes), GetParam().url);
  EXPECT_TRUE(decode_base64url(GetParam().url, decoded));
  EXPECT_EQ(decoded, bytes);
  EXPECT_TRUE(decode_base64(GetParam().padded, decoded));
  EXPECT_EQ(decoded, bytes);
}

// RFC 4648 section 10, and what the two alphabets tell apart.
INSTANTIATE_TEST_SUITE_P(
    Rfc4648, Base64Spelling,
    testing::Values(Spelling{"nothing", "", "", ""}, Spelling{"f", "66", "Zg", "Zg=="},
                    Spelling{"fo", "666f", "Zm8", "Zm8="},
                    Spelling{"foo", "666f6f", "Zm9v", "Zm9v"},
                    Spelling{"foob", "666f6f62", "Zm9vYg", "Zm9vYg=="},
                    Spelling{"fooba", "666f6f6261", "Zm9vYmE", "Zm9vYmE="},
                    Spelling{"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
                    Spelling{"zeros", "000000", "AAAA", "AAAA"},
                    Spelling{"characters 62 and 63", "fbefbefff3", "----__M", "++++//M="}),
    row_name<Spelling>);

TEST(Base64, EveryLengthAndByteSurvivesTheWayThereAndBack) {
  std::string bytes;
  for (int i = 0; i < 512; ++i) {
    bytes.push_back(static_cast<char>(i * 7 + i / 256));
    std::string decoded;
    ASSERT_TRUE(decode_base64url(base64url(bytes), decoded));
    ASSERT_EQ(decoded, bytes);
  }
}

TEST(Base64, AppendsToWhatIsThere) {
  std::string out = "a:";
  append_base64url(out, "foo");
  EXPECT_EQ(out, "a:Zm9v");
}

struct Refusal {
  const char* name;
  std::string text;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(Refusal)

class Base64urlRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(Base64urlRefusal, IsRefused) {
  std::string decoded;
  EXPECT_FALSE(decode_base64url(GetParam().text, decoded));
}

INSTANTIATE_TEST_SUITE_P(
    Base64url, Base64urlRefusal,
    testing::Values(Refusal{"one character", "A"}, Refusal{"five characters", "AAAAA"},
                    Refusal{"padding", "Zg=="}, Refusal{"one sign of padding", "Zm8="},
                    Refusal{"a plus", "ab+c"}, Refusal{"a slash", "ab/c"},
                    Refusal{"a space", "ab c"}, Refusal{"a line feed at the end", "Zm9v\n"},
                    Refusal{"a NUL", "ab\0c"s}, Refusal{"a byte above ASCII", "ab\xc3\xa9"},
                    Refusal{"a spare bit in a group of two", "Zh"},
                    Refusal{"the other spare bits in a group of two", "Zo"},
                    Refusal{"a spare bit in a group of three", "Zm9"}),
    row_name<Refusal>);

class Base64Refusal : public testing::TestWithParam<Refusal> {};

TEST_P(Base64Refusal, IsRefused) {
  std::string decoded;
  EXPECT_FALSE(decode_base64(GetParam().text, decoded));
}

INSTANTIATE_TEST_SUITE_P(
    Base64, Base64Refusal,
    testing::Values(Refusal{"padding that does not fill a group", "Zm8=="},
                    Refusal{"a single sign where two are due", "Zg="},
                    Refusal{"padding alone", "===="}, Refusal{"three signs", "A==="},
                    Refusal{"padding in the middle", "Zg==Zg=="}, Refusal{"a minus", "ab-c"},
                    Refusal{"an underscore", "ab_c"}, Refusal{"spare bits", "Zh=="}),
    row_name<Refusal>);

TEST(Base64, MayComeWithoutItsPadding) {
  std::string decoded;
  EXPECT_TRUE(decode_base64("Zm9vYg", decoded));
  EXPECT_EQ(decoded, "foob");
}

TEST(Base64, HasOneSpellingForEveryByteString) {
  const std::string spelling = base64url("four");  // six characters, four spare bits
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char last : alphabet) {
    std::string text = spelling;
    text.back() = last;
    std::string decoded;
    accepted += decode_base64url(text, decoded) ? 1 : 0;
  }
  EXPECT_EQ(accepted, 4);  // six bits, of which two count
}

}  // namespace
}  // namespace oauth2
