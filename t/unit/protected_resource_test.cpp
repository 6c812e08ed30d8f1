#include "oauth2/protected_resource.h"

#include <gtest/gtest.h>

#include "access_token.h"
#include "rotation_rule.h"
#include "table.h"
#include "token_samples.h"

namespace oauth2 {
namespace {

constexpr uint32_t issued_at = 1700000000;
constexpr uint32_t expires_at = issued_at + 3600;
constexpr uint64_t now_ms = 1000000;

class ProtectedResources : public testing::Test {
 protected:
  ProtectedResources() {
    claims_.family = sample_family();
    claims_.issued_at = issued_at;
    claims_.expires_at = expires_at;
    claims_.client = "app";
    claims_.subject = "alice";
    claims_.scope = "read write";
    nonce_.fill(7);
  }

  std::string token() const { return seal_access_token(keys_, claims_, nonce_); }

  Access present(const std::string& authorization, std::string_view scope = "",
                 uint32_t now = issued_at) {
    decision_ = token_.present(keys_, scope, authorization, now);
    return decision_.access;
  }

  // The answer for a token that was granted before.
  Access judge(const StoreAnswer& answer) {
    EXPECT_EQ(present("Bearer " + token()), Access::granted);
    decision_ = token_.judge(answer, breaker_, now_ms);
    return decision_.access;
  }

  static StoreAnswer answer_of(StoreAnswer::Status status) {
    StoreAnswer answer;
    answer.status = status;
    return answer;
  }

  const KeyRing keys_{{sample_root()}, "oauth2"};
  AccessClaims claims_;
  Bytes<24> nonce_;
  BearerToken token_;
  AccessDecision decision_;
  LossState losses_{};
  LossBreaker breaker_{losses_};
};

TEST_F(ProtectedResources, LetAGoodTokenIn) {
  EXPECT_EQ(present("Bearer " + token()), Access::granted);
  ASSERT_TRUE(token_.is_authentic());
  EXPECT_EQ(token_.claims().client, "app");
  EXPECT_EQ(token_.claims().subject, "alice");
  EXPECT_EQ(token_.claims().scope, "read write");
  EXPECT_EQ(token_.claims().family.bytes, claims_.family.bytes);
}

TEST_F(ProtectedResources, TakeTheSchemeInAnyCase) {
  EXPECT_EQ(present("bearer " + token()), Access::granted);
  EXPECT_EQ(present("BEARER " + token()), Access::granted);
}

TEST_F(ProtectedResources, TakeSeveralSpacesBehindTheScheme) {
  EXPECT_EQ(present("Bearer   " + token()), Access::granted);
}

struct HeaderRow {
  const char* name;
  const char* authorization;
  Access access;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(HeaderRow)

class Headers : public ProtectedResources, public testing::WithParamInterface<HeaderRow> {};

TEST_P(Headers, AreNotTokens) {
  EXPECT_EQ(present(GetParam().authorization), GetParam().access);
  EXPECT_FALSE(token_.is_authentic());
  EXPECT_STRNE(decision_.reason, "");
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Headers,
    testing::Values(HeaderRow{"no header", "", Access::no_token},
                    HeaderRow{"Basic", "Basic YWxpY2U6b3Blbg==", Access::no_token},
                    HeaderRow{"a longer scheme", "BearerX token", Access::no_token},
                    HeaderRow{"a shorter scheme", "Beare token", Access::no_token},
                    HeaderRow{"a tab behind the scheme", "Bearer\ttoken", Access::no_token},
                    HeaderRow{"the scheme alone", "Bearer", Access::invalid_request},
                    HeaderRow{"the scheme and spaces", "Bearer   ", Access::invalid_request},
                    HeaderRow{"another alphabet", "Bearer a+b/c=", Access::invalid_token},
                    HeaderRow{"two words", "Bearer abcd efgh", Access::invalid_token},
                    HeaderRow{"a parameter", "Bearer token=\"abc\"", Access::invalid_token},
                    HeaderRow{"one character", "Bearer A", Access::invalid_token}),
    row_name<HeaderRow>);

TEST_F(ProtectedResources, RefuseATokenThatWasAltered) {
  std::string altered = token();
  altered.back() = altered.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(present("Bearer " + altered), Access::invalid_token);
  EXPECT_EQ(present("Bearer " + token() + "A"), Access::invalid_token);
  EXPECT_EQ(present("Bearer " + token() + " "), Access::invalid_token);
}

TEST_F(ProtectedResources, RefuseTheTokenOfAnotherTenantOrKey) {
  const KeyRing tenant({sample_root()}, "other");
  EXPECT_EQ(token_.present(tenant, "", "Bearer " + token(), issued_at).access,
            Access::invalid_token);
  const KeyRing stranger({sample_root(1)}, "oauth2");
  EXPECT_EQ(token_.present(stranger, "", "Bearer " + token(), issued_at).access,
            Access::invalid_token);
}

TEST_F(ProtectedResources, TakeATokenOfEveryConfiguredKey) {
  const KeyRing both({sample_root(1), sample_root()}, "oauth2");
  EXPECT_EQ(token_.present(both, "", "Bearer " + token(), issued_at).access, Access::granted);
}

TEST_F(ProtectedResources, RefuseATokenFromTheSecondOfItsExpiry) {
  EXPECT_EQ(present("Bearer " + token(), "", expires_at - 1), Access::granted);
  EXPECT_EQ(present("Bearer " + token(), "", expires_at), Access::invalid_token);
  EXPECT_STREQ(decision_.reason, "access token expired");
  EXPECT_TRUE(token_.is_authentic());
  EXPECT_EQ(present("Bearer " + token(), "", UINT32_MAX), Access::invalid_token);
}

TEST_F(ProtectedResources, RequireEveryWordOfTheScope) {
  EXPECT_EQ(present("Bearer " + token(), "write"), Access::granted);
  EXPECT_EQ(present("Bearer " + token(), "write read"), Access::granted);
  EXPECT_EQ(present("Bearer " + token(), "admin"), Access::insufficient_scope);
  EXPECT_EQ(present("Bearer " + token(), "read admin"), Access::insufficient_scope);
  EXPECT_EQ(present("Bearer " + token(), "Read"), Access::insufficient_scope);
  EXPECT_EQ(present("Bearer " + token(), "rea"), Access::insufficient_scope);
  claims_.scope = "";
  EXPECT_EQ(present("Bearer " + token()), Access::granted);
  EXPECT_EQ(present("Bearer " + token(), "read"), Access::insufficient_scope);
}

TEST_F(ProtectedResources, CallAnExpiredTokenInvalidWhateverItsScope) {
  EXPECT_EQ(present("Bearer " + token(), "admin", expires_at), Access::invalid_token);
}

TEST_F(ProtectedResources, TakeTheLongestTokenAndNoLongerOne) {
  const std::string id(max_client_id_size, 'i');
  const std::string subject(max_subject_size, 's');
  const std::string scope(max_scope_size, 'c');
  claims_.client = id;
  claims_.subject = subject;
  claims_.scope = scope;
  EXPECT_EQ(token().size(), max_access_token_size);
  EXPECT_EQ(present("Bearer " + token()), Access::granted);
  EXPECT_EQ(present("Bearer " + std::string(max_access_token_size + 1, 'A')),
            Access::invalid_token);
}

TEST_F(ProtectedResources, ForgetARefusedToken) {
  EXPECT_EQ(present("Bearer " + token()), Access::granted);
  EXPECT_EQ(present("Bearer forged"), Access::invalid_token);
  EXPECT_FALSE(token_.is_authentic());
}

TEST_F(ProtectedResources, LetATokenInWhoseFamilyLives) {
  EXPECT_EQ(judge(answer_of(StoreAnswer::Status::found)), Access::granted);
  EXPECT_FALSE(decision_.alarm);
}

TEST_F(ProtectedResources, RefuseATokenWhoseFamilyWasRevoked) {
  StoreAnswer answer = answer_of(StoreAnswer::Status::found);
  answer.record.revoked = true;
  EXPECT_EQ(judge(answer), Access::invalid_token);
  claims_.subject = "";
  EXPECT_EQ(judge(answer), Access::invalid_token);
}

TEST_F(ProtectedResources, NeedProofThatAMissingFamilyHasEnded) {
  StoreAnswer answer = answer_of(StoreAnswer::Status::missing);
  EXPECT_EQ(judge(answer), Access::unavailable) << "an empty store";
  EXPECT_TRUE(decision_.alarm);
  EXPECT_EQ(losses_.unproved, 1U);
  answer.whole_since = issued_at + clock_margin_ms / 1000 + 1;
  EXPECT_EQ(judge(answer), Access::unavailable) << "emptied since";
  answer.whole_since = issued_at + clock_margin_ms / 1000;
  EXPECT_EQ(judge(answer), Access::invalid_token) << "whole since";
  EXPECT_FALSE(decision_.alarm);
  EXPECT_EQ(losses_.unproved, 2U);
}

TEST_F(ProtectedResources, AreUncertainOfAMissingFamilyWhileTheBreakerIsOpen) {
  StoreAnswer answer = answer_of(StoreAnswer::Status::missing);
  answer.whole_since = issued_at;
  for (unsigned char number = 0; number < loss_minimum; ++number) {
    breaker_.note_missing(sample_family(number), now_ms);
  }
  EXPECT_EQ(judge(answer), Access::unavailable);
  EXPECT_TRUE(decision_.alarm);
  answer.final_before = issued_at + 1;
  EXPECT_EQ(judge(answer), Access::invalid_token) << "an operator has accepted the loss";
}

TEST_F(ProtectedResources, ExpectNoRecordOfAClientsOwnToken) {
  claims_.subject = "";
  StoreAnswer answer = answer_of(StoreAnswer::Status::missing);
  EXPECT_EQ(judge(answer), Access::granted);
  answer.whole_since = issued_at - 1;
  EXPECT_EQ(judge(answer), Access::granted);
}

TEST_F(ProtectedResources, AreUncertainWithoutTheStore) {
  EXPECT_EQ(judge(answer_of(StoreAnswer::Status::unavailable)), Access::unavailable);
  EXPECT_EQ(judge(answer_of(StoreAnswer::Status::unknown_layout)), Access::unavailable);
  claims_.subject = "";
  EXPECT_EQ(judge(answer_of(StoreAnswer::Status::unavailable)), Access::unavailable);
}

struct ChallengeRow {
  const char* name;
  Access access;
  int status;
  const char* header;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ChallengeRow)

class Challenges : public testing::TestWithParam<ChallengeRow> {};

TEST_P(Challenges, AreThoseOfRfc6750) {
  EXPECT_EQ(access_row(GetParam().access).status, GetParam().status);
  EXPECT_EQ(bearer_challenge(GetParam().access, "read write"), GetParam().header);
}

INSTANTIATE_TEST_SUITE_P(
    Refusals, Challenges,
    testing::Values(ChallengeRow{"no token", Access::no_token, 401, R"(Bearer realm="oauth2")"},
                    ChallengeRow{"invalid request", Access::invalid_request, 400,
                                 R"(Bearer realm="oauth2", error="invalid_request")"},
                    ChallengeRow{"invalid token", Access::invalid_token, 401,
                                 R"(Bearer realm="oauth2", error="invalid_token")"},
                    ChallengeRow{"insufficient scope", Access::insufficient_scope, 403,
                                 R"(Bearer realm="oauth2", error="insufficient_scope", )"
                                 R"(scope="read write")"}),
    row_name<ChallengeRow>);

}  // namespace
}  // namespace oauth2
