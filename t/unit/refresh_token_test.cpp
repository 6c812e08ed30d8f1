#include "refresh_token.h"

#include <gtest/gtest.h>

#include <set>

#include "base64.h"
#include "key.h"
#include "table.h"
#include "token_samples.h"

namespace oauth2 {
namespace {

RefreshToken sample_token(uint32_t generation = 1) {
  RefreshToken token;
  token.family = sample_family();
  token.granted_at = 1700000000;
  token.generation = generation;
  return token;
}

struct Golden {
  const char* name;
  uint32_t generation;
  std::string client;
  const char* prefix;
  const char* text;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(Golden)

class RefreshTokenBytes : public testing::TestWithParam<Golden> {};

// Computed elsewhere from the description of the format.
TEST_P(RefreshTokenBytes, AreAsDescribed) {
  const KeyRing keys({sample_root()}, GetParam().prefix);
  const RefreshToken token = sample_token(GetParam().generation);
  EXPECT_EQ(mint_refresh_token(keys.minting(), token, GetParam().client), GetParam().text);

  RefreshToken read;
  ASSERT_EQ(verify_refresh_token(keys, GetParam().text, GetParam().client, read),
            TokenCheck::authentic);
  EXPECT_EQ(read.family.bytes, token.family.bytes);
  EXPECT_EQ(read.granted_at, 1700000000U);
  EXPECT_EQ(read.generation, GetParam().generation);
  EXPECT_EQ(read.key_id, 0x96);
}

INSTANTIATE_TEST_SUITE_P(
    Computed, RefreshTokenBytes,
    testing::Values(Golden{"the first generation", 1, "app", "oauth2",
                           "AZZlU_EA0GJxkB1anKrXrrVVdT_vZwAAAAEvvYIhbuvr0axPLW2A1lQk"},
                    Golden{"the second generation", 2, "app", "oauth2",
                           "AZZlU_EA0GJxkB1anKrXrrVVdT_vZwAAAAIPxLDf-ePApG9umaAU_lJl"},
                    Golden{"the last generation of the client with the longest id", UINT32_MAX,
                           std::string(255, 'x'), "oauth2",
                           "AZZlU_EA0GJxkB1anKrXrrVVdT_vZ______5FMz0X7Qd6SPx-88ma7Yb"},
                    Golden{"another tenant", 1, "app", "other",
                           "AZZlU_EAssi5gRQ01STv7WZjWpsKfwAAAAHP736ds1Kz-_dr11Tkm2KG"}),
    row_name<Golden>);

class RefreshTokens : public testing::Test {
 protected:
  TokenCheck check(std::string_view text, std::string_view client = "app") {
    return verify_refresh_token(keys_, text, client, read_);
  }

  const KeyRing keys_{{sample_root()}, "oauth2"};
  const std::string text_ = mint_refresh_token(keys_.minting(), sample_token(), "app");
  RefreshToken read_;
};

TEST_F(RefreshTokens, AreTheSameEachTime) {
  EXPECT_EQ(text_.size(), refresh_token_size);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(mint_refresh_token(keys_.minting(), sample_token(), "app"), text_);
  }
}

TEST_F(RefreshTokens, OfOneUserShareNoBlock) {
  RefreshToken other = sample_token();
  other.family = sample_family(0x00);
  const std::string text = mint_refresh_token(keys_.minting(), other, "app");
  std::string one_bytes;
  std::string other_bytes;
  ASSERT_TRUE(decode_base64url(text_, one_bytes) && decode_base64url(text, other_bytes));
  EXPECT_EQ(one_bytes.substr(0, 6), other_bytes.substr(0, 6));
  EXPECT_NE(one_bytes.substr(6, 8), other_bytes.substr(6, 8));
  EXPECT_EQ(one_bytes.find(view(sample_family().bytes)), std::string::npos);
  EXPECT_EQ(one_bytes.find(sample_family().tag()), std::string::npos);
}

TEST_F(RefreshTokens, WithOneFlippedBitAreRefused) {
  std::string bytes;
  ASSERT_TRUE(decode_base64url(text_, bytes));
  ASSERT_EQ(bytes.size(), 42U);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);
    const TokenCheck expected = bit < 8    ? TokenCheck::unknown_version
                                : bit < 16 ? TokenCheck::unknown_key
                                           : TokenCheck::forged;
    ASSERT_EQ(check(base64url(altered)), expected) << "bit " << bit;
  }
}

TEST_F(RefreshTokens, WithOneOtherCharacterAreRefused) {
  for (size_t i = 0; i < text_.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string altered = text_;
      altered[i] = static_cast<char>(byte);
      ASSERT_EQ(check(altered) == TokenCheck::authentic, altered == text_) << i << " " << byte;
    }
  }
}

TEST_F(RefreshTokens, OfEveryOtherLengthAreRefused) {
  const std::string longer = text_ + text_;
  for (size_t size = 0; size <= longer.size(); ++size) {
    if (size != text_.size()) {
      ASSERT_EQ(check(longer.substr(0, size)), TokenCheck::malformed) << size;
    }
  }
  EXPECT_EQ(check(text_ + "="), TokenCheck::malformed);
  EXPECT_EQ(check(text_ + "===="), TokenCheck::malformed);
  EXPECT_EQ(check(" " + text_), TokenCheck::malformed);
  EXPECT_EQ(check(text_ + "\n"), TokenCheck::malformed);
  EXPECT_EQ(check(text_.substr(0, 54) + "=="), TokenCheck::malformed);
}

TEST_F(RefreshTokens, InTheOtherAlphabetAreRefused) {
  std::string other = text_;
  ASSERT_NE(other.find('_'), std::string::npos);
  other[other.find('_')] = '/';
  EXPECT_EQ(check(other), TokenCheck::malformed);
}

TEST_F(RefreshTokens, OfAnotherClientAreRefused) {
  EXPECT_EQ(check(text_, "app2"), TokenCheck::forged);
  EXPECT_EQ(check(text_, "ap"), TokenCheck::forged);
  EXPECT_EQ(check(text_, ""), TokenCheck::forged);
  EXPECT_EQ(check(text_), TokenCheck::authentic);
}

TEST_F(RefreshTokens, OfAnotherTenantOrKeyAreRefused) {
  const KeyRing other_tenant({sample_root()}, "other");
  const KeyRing other_key({sample_root(1)}, "oauth2");
  EXPECT_EQ(verify_refresh_token(other_tenant, text_, "app", read_), TokenCheck::forged);
  EXPECT_EQ(verify_refresh_token(other_key, text_, "app", read_), TokenCheck::unknown_key);
}

TEST_F(RefreshTokens, OfEveryConfiguredKeyAreAccepted) {
  const KeyRing rolled({sample_root(1), sample_root()}, "oauth2");
  EXPECT_EQ(verify_refresh_token(rolled, text_, "app", read_), TokenCheck::authentic);
  EXPECT_EQ(read_.key_id, key_id(sample_root()));
  const std::string newer = mint_refresh_token(rolled.minting(), sample_token(), "app");
  EXPECT_NE(newer, text_);
  EXPECT_EQ(verify_refresh_token(rolled, newer, "app", read_), TokenCheck::authentic);
  EXPECT_EQ(read_.key_id, key_id(sample_root(1)));
}

// Generation 0 is the authorization code's.
TEST_F(RefreshTokens, OfGenerationZeroAreRefused) {
  EXPECT_EQ(check("AZZlU_EA0GJxkB1anKrXrrVVdT_vZwAAAABZtbc4sTYBr3FHYUle6Rm1"),
            TokenCheck::malformed);
}

TEST_F(RefreshTokens, ThatAreRefusedFillNothing) {
  read_.generation = 77;
  check(text_, "other");
  check("x");
  EXPECT_EQ(read_.generation, 77U);
}

TEST_F(RefreshTokens, DifferWithTheirGeneration) {
  std::set<std::string> texts;
  for (uint32_t generation = 1; generation <= 1000; ++generation) {
    texts.insert(mint_refresh_token(keys_.minting(), sample_token(generation), "app"));
  }
  EXPECT_EQ(texts.size(), 1000U);
}

}  // namespace
}  // namespace oauth2
