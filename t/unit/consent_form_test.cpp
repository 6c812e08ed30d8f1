#include "consent_form.h"

#include <gtest/gtest.h>

#include "base64.h"
#include "grants_fixture.h"

namespace oauth2 {
namespace {

constexpr uint32_t now = 1700000000;

class ConsentForm : public testing::Test {
 protected:
  ConsentForm() {
    terms_.subject = "alice";
    terms_.client = "app";
    terms_.redirect_uri = "https://client.example/cb";
    terms_.response_type = "code";
    terms_.scope = "read write";
    terms_.state = "xyz";
    terms_.challenge = sample_challenge;
  }

  bool holds(const std::string& token, const ConsentTerms& terms, uint32_t time = now) const {
    return verify_consent_token(keys_, token, terms, time);
  }

  KeyRing keys_{{sample_root()}, "oauth2"};
  ConsentTerms terms_;
};

TEST_F(ConsentForm, HoldsUntilItsEnd) {
  const std::string token = mint_consent_token(keys_, terms_, now + 600);
  EXPECT_EQ(token.size(), 32U);
  EXPECT_TRUE(holds(token, terms_));
  EXPECT_TRUE(holds(token, terms_, now + 599));
  EXPECT_FALSE(holds(token, terms_, now + 600));
  EXPECT_FALSE(holds(token, terms_, UINT32_MAX));
}

TEST_F(ConsentForm, IsBoundToEachOfItsTerms) {
  const std::string token = mint_consent_token(keys_, terms_, now + 600);
  for (std::string_view ConsentTerms::*part :
       {&ConsentTerms::subject, &ConsentTerms::client, &ConsentTerms::redirect_uri,
        &ConsentTerms::response_type, &ConsentTerms::scope, &ConsentTerms::state,
        &ConsentTerms::challenge}) {
    const std::string longer = std::string(terms_.*part) + "x";
    for (const std::string_view other : {std::string_view(), std::string_view(longer)}) {
      ConsentTerms terms = terms_;
      terms.*part = other;
      EXPECT_FALSE(holds(token, terms)) << other;
    }
  }
}

TEST_F(ConsentForm, DoesNotConfuseItsTerms) {
  ConsentTerms one;
  one.subject = "ab";
  one.client = "c";
  ConsentTerms other;
  other.subject = "a";
  other.client = "bc";
  EXPECT_FALSE(holds(mint_consent_token(keys_, one, now + 1), other));
}

TEST_F(ConsentForm, WithAnyBitChangedDoesNotHold) {
  std::string bytes;
  ASSERT_TRUE(decode_base64url(mint_consent_token(keys_, terms_, now + 600), bytes));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(holds(base64url(changed), terms_)) << bit;
  }
  for (const std::string& other : {std::string(), bytes, base64url(bytes.substr(1)),
                                   base64url(bytes + "x"), std::string(32, 'A')}) {
    EXPECT_FALSE(holds(other, terms_));
  }
}

TEST_F(ConsentForm, OutlivesTheRollOfAKey) {
  const std::string token = mint_consent_token(keys_, terms_, now + 600);
  EXPECT_TRUE(
      verify_consent_token(KeyRing({sample_root(7), sample_root()}, "oauth2"), token, terms_, now));
  EXPECT_FALSE(verify_consent_token(KeyRing({sample_root(7)}, "oauth2"), token, terms_, now));
  EXPECT_FALSE(verify_consent_token(KeyRing({sample_root()}, "tenant"), token, terms_, now));
}

}  // namespace
}  // namespace oauth2
