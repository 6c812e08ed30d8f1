#include "access_token.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base64.h"
#include "key.h"
#include "token_samples.h"

namespace oauth2 {
namespace {

class AccessTokens : public testing::Test {
 protected:
  AccessTokens() {
    claims_.family = sample_family();
    claims_.issued_at = 1700000000;
    claims_.expires_at = 1700003600;
    claims_.client = "app";
    claims_.subject = "alice";
    claims_.scope = "read write";
    for (size_t i = 0; i < nonce_.size(); ++i) {
      nonce_[i] = static_cast<unsigned char>(i);
    }
  }

  bool opens(const KeyRing& keys, std::string_view token) {
    return open_access_token(keys, token, read_, plaintext_);
  }

  // A token with any claims, of any tenant.
  std::string sealed_for(std::string_view tenant, const std::string& claims) {
    std::string bytes = {1, static_cast<char>(keys_.minting().id())};
    bytes.append(view(nonce_));
    return base64url(
        bytes.append(seal(keys_.minting().access_token_cipher(), view(nonce_), tenant, claims)));
  }

  const KeyRing keys_{{sample_root()}, "oauth2"};
  AccessClaims claims_;
  Bytes<24> nonce_;
  AccessClaims read_;
  std::string plaintext_;
};

// Computed elsewhere from the description of the format and from CMAC and AES-GCM.
TEST_F(AccessTokens, AreAsDescribed) {
  EXPECT_EQ(seal_access_token(keys_, claims_, nonce_),
            "AZYAAQIDBAUGBwgJCgsMDQ4PEBESExQVFheY-v8_j97h32U1xl8I4h4k6GdAJ-m1TXZwuNpbAQw82b0Hj8F_"
            "IKKXl5KD4ScLxJwAmr9q52TwKVVUgjIJig");
}

TEST_F(AccessTokens, GiveTheirClaimsBack) {
  ASSERT_TRUE(opens(keys_, seal_access_token(keys_, claims_, nonce_)));
  EXPECT_EQ(read_.family.bytes, claims_.family.bytes);
  EXPECT_EQ(read_.issued_at, 1700000000U);
  EXPECT_EQ(read_.expires_at, 1700003600U);
  EXPECT_EQ(read_.client, "app");
  EXPECT_EQ(read_.subject, "alice");
  EXPECT_EQ(read_.scope, "read write");
}

TEST_F(AccessTokens, CarryTheLongestClaims) {
  const std::string id(max_client_id_size, 'i');
  const std::string subject(max_subject_size, 's');
  const std::string scope(max_scope_size, 'c');
  claims_.client = id;
  claims_.subject = subject;
  claims_.scope = scope;
  ASSERT_TRUE(opens(keys_, seal_access_token(keys_, claims_, nonce_)));
  EXPECT_EQ(read_.client, id);
  EXPECT_EQ(read_.subject, subject);
  EXPECT_EQ(read_.scope, scope);
}

TEST_F(AccessTokens, CarryAnEmptyScope) {
  claims_.scope = "";
  ASSERT_TRUE(opens(keys_, seal_access_token(keys_, claims_, nonce_)));
  EXPECT_EQ(read_.scope, "");
}

TEST_F(AccessTokens, ShowNothingOfTheirClaims) {
  std::string bytes;
  ASSERT_TRUE(decode_base64url(seal_access_token(keys_, claims_, nonce_), bytes));
  EXPECT_EQ(bytes.find("alice"), std::string::npos);
  EXPECT_EQ(bytes.find("app"), std::string::npos);
  EXPECT_EQ(bytes.find(view(claims_.family.bytes)), std::string::npos);
}

TEST_F(AccessTokens, WithOneFlippedBitDoNotOpen) {
  std::string bytes;
  ASSERT_TRUE(decode_base64url(seal_access_token(keys_, claims_, nonce_), bytes));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);
    ASSERT_FALSE(opens(keys_, base64url(altered))) << "bit " << bit;
  }
}

TEST_F(AccessTokens, OfEveryOtherLengthDoNotOpen) {
  const std::string token = seal_access_token(keys_, claims_, nonce_);
  for (size_t size = 0; size < token.size(); ++size) {
    ASSERT_FALSE(opens(keys_, token.substr(0, size))) << size;
  }
  EXPECT_FALSE(opens(keys_, token + "A"));
  EXPECT_FALSE(opens(keys_, token + "AAAA"));
  EXPECT_FALSE(opens(keys_, token + "="));
}

TEST_F(AccessTokens, AreNotMadeOfClaimsBeyondTheLimits) {
  const std::string id(max_client_id_size, 'i');
  const std::string scope(max_scope_size + 1, 'c');
  claims_.client = id;
  claims_.subject = id;
  claims_.scope = scope;
  EXPECT_THROW(seal_access_token(keys_, claims_, nonce_), std::length_error);
}

TEST_F(AccessTokens, OfAnotherTenantDoNotOpen) {
  const std::string token = seal_access_token(keys_, claims_, nonce_);
  EXPECT_FALSE(opens(KeyRing({sample_root()}, "other"), token));
}

// The tenant is associated data besides separating the subkeys.
TEST_F(AccessTokens, AreBoundToTheTenantByTheCipher) {
  EXPECT_FALSE(opens(keys_, sealed_for("other", std::string(28, '\0'))));
  EXPECT_TRUE(opens(keys_, sealed_for("oauth2", std::string(28, '\0'))));
}

TEST_F(AccessTokens, OpenUnderEveryConfiguredKey) {
  const std::string token = seal_access_token(keys_, claims_, nonce_);
  EXPECT_TRUE(opens(KeyRing({sample_root(1), sample_root()}, "oauth2"), token));
  EXPECT_FALSE(opens(KeyRing({sample_root(1)}, "oauth2"), token));
}

TEST_F(AccessTokens, WhoseClaimsAreCutOffDoNotOpen) {
  for (const std::string& claims : {std::string(), std::string(23, 'x'), std::string(24, '\xff')}) {
    EXPECT_FALSE(opens(keys_, sealed_for("oauth2", claims)));
  }
}

}  // namespace
}  // namespace oauth2
