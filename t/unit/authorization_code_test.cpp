#include "authorization_code.h"

#include <gtest/gtest.h>

#include "base64.h"
#include "grants_fixture.h"
#include "refresh_token.h"

namespace oauth2 {
namespace {

class AuthorizationCode : public testing::Test {
 protected:
  AuthorizationCode() {
    binding_.client = "app";
    binding_.redirect_uri = "https://client.example/cb";
    binding_.challenge = sample_challenge;
  }

  std::string mint() const {
    return mint_authorization_code(keys_, sample_family(), 1700000000, binding_);
  }
  TokenCheck check(const std::string& text, const CodeBinding& binding) {
    return verify_authorization_code(keys_, text, binding, read_);
  }

  KeyRing keys_{{sample_root()}, "oauth2"};
  CodeBinding binding_;
  FamilyToken read_;
};

TEST_F(AuthorizationCode, IsReadBack) {
  const std::string text = mint();
  EXPECT_EQ(text.size(), 56U);
  ASSERT_EQ(check(text, binding_), TokenCheck::authentic);
  EXPECT_EQ(read_.family.bytes, sample_family().bytes);
  EXPECT_EQ(read_.granted_at, 1700000000U);
  EXPECT_EQ(read_.generation, 0U);
  EXPECT_EQ(text, mint()) << "the same values are the same bytes";
}

TEST_F(AuthorizationCode, GoesWithItsBindingOnly) {
  const std::string text = mint();
  for (std::string_view CodeBinding::*part :
       {&CodeBinding::client, &CodeBinding::redirect_uri, &CodeBinding::challenge}) {
    for (const std::string_view other : {"", "other", "https://client.example/cb2"}) {
      CodeBinding binding = binding_;
      binding.*part = other;
      EXPECT_EQ(check(text, binding), TokenCheck::forged) << other;
    }
  }
}

TEST_F(AuthorizationCode, DoesNotConfuseTheParts) {
  CodeBinding one;
  one.client = "ab";
  one.redirect_uri = "c";
  CodeBinding other;
  other.client = "a";
  other.redirect_uri = "bc";
  const std::string text = mint_authorization_code(keys_, sample_family(), 1, one);
  EXPECT_EQ(check(text, one), TokenCheck::authentic);
  EXPECT_EQ(check(text, other), TokenCheck::forged);
  other = one;
  std::swap(other.redirect_uri, other.challenge);
  EXPECT_EQ(check(text, other), TokenCheck::forged);
}

TEST_F(AuthorizationCode, IsNoRefreshTokenNorTheOtherWayRound) {
  RefreshToken token;
  EXPECT_NE(verify_refresh_token(keys_, mint(), "app", token), TokenCheck::authentic);
  binding_.redirect_uri = "";
  binding_.challenge = "";
  EXPECT_NE(verify_refresh_token(keys_, mint(), "app", token), TokenCheck::authentic);
  token.family = sample_family();
  for (const uint32_t generation : {0U, 1U}) {
    token.generation = generation;
    EXPECT_NE(check(mint_refresh_token(keys_.minting(), token, "app"), binding_),
              TokenCheck::authentic);
  }
}

TEST_F(AuthorizationCode, IsNoOtherGeneration) {
  FamilyToken later;
  later.family = sample_family();
  later.generation = 1;
  std::string bound;
  for (const std::string_view part : {binding_.client, binding_.redirect_uri, binding_.challenge}) {
    append_bound(bound, part);
  }
  EXPECT_EQ(check(mint_family_token(keys_.minting(), &Key::authorization_code_mac, later, bound),
                  binding_),
            TokenCheck::malformed);
}

TEST_F(AuthorizationCode, WithAnyBitChangedIsForgedOrUnknown) {
  const std::string text = mint();
  std::string bytes;
  ASSERT_TRUE(decode_base64url(text, bytes));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_NE(check(base64url(changed), binding_), TokenCheck::authentic) << bit;
  }
  for (const std::string& other :
       {std::string(), text.substr(1), text + "A", text.substr(0, 55) + "=", " " + text}) {
    EXPECT_EQ(check(other, binding_), TokenCheck::malformed) << other;
  }
}

TEST_F(AuthorizationCode, OfAnotherKeyOrTenantIsNotOurs) {
  const KeyRing other({sample_root(7)}, "oauth2");
  EXPECT_EQ(verify_authorization_code(other, mint(), binding_, read_), TokenCheck::unknown_key);
  const KeyRing tenant({sample_root()}, "tenant");
  EXPECT_EQ(verify_authorization_code(tenant, mint(), binding_, read_), TokenCheck::forged);
  const KeyRing both({sample_root(7), sample_root()}, "oauth2");
  EXPECT_EQ(verify_authorization_code(both, mint(), binding_, read_), TokenCheck::authentic);
}

TEST_F(AuthorizationCode, ClaimsItsFamilyWhateverItsMac) {
  FamilyId family;
  EXPECT_TRUE(claimed_family(keys_, mint(), family));
  EXPECT_EQ(family.bytes, sample_family().bytes);
  EXPECT_FALSE(claimed_family(keys_, mint().substr(1), family));
  EXPECT_FALSE(claimed_family(KeyRing({sample_root(7)}, "oauth2"), mint(), family));
}

TEST(CodeChallenge, IsThatOfTheSpecification) {
  EXPECT_EQ(code_challenge(sample_verifier), sample_challenge);
}

TEST(CodeChallenge, IsTheBase64urlOfADigest) {
  const std::string good = sample_challenge;
  EXPECT_TRUE(is_code_challenge(good));
  EXPECT_FALSE(is_code_challenge(""));
  EXPECT_FALSE(is_code_challenge(good.substr(1)));
  EXPECT_FALSE(is_code_challenge(good + "A"));
  EXPECT_FALSE(is_code_challenge(good + "="));
  for (const char character : {'+', '/', '=', ' ', '.', '~', '\n', '\0'}) {
    std::string bad = good;
    bad[20] = character;
    EXPECT_FALSE(is_code_challenge(bad)) << character;
  }
}

// RFC 7636 section 4.1: 43 to 128 characters of ALPHA / DIGIT / "-" / "." / "_" / "~".
TEST(CodeVerifier, HasItsLengthAndAlphabet) {
  EXPECT_TRUE(is_code_verifier(sample_verifier));
  EXPECT_TRUE(is_code_verifier(std::string(43, '~')));
  EXPECT_TRUE(is_code_verifier(std::string(128, '.')));
  EXPECT_FALSE(is_code_verifier(""));
  EXPECT_FALSE(is_code_verifier(std::string(42, 'a')));
  EXPECT_FALSE(is_code_verifier(std::string(129, 'a')));
  for (int byte = 0; byte < 256; ++byte) {
    const auto character = static_cast<char>(byte);
    const bool unreserved = std::isalnum(byte) != 0 || std::strchr("-._~", byte) != nullptr;
    EXPECT_EQ(is_code_verifier(std::string(42, 'a') + character), unreserved && byte != 0) << byte;
  }
}

}  // namespace
}  // namespace oauth2
