#include "token_response.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2 {
namespace {

TEST(SuccessResponse, HasTheMembersOfRfc6749) {
  IssuedTokens tokens;
  tokens.access_token = "AT";
  tokens.expires_in = 3600;
  tokens.refresh_token = "RT";
  tokens.refresh_token_expires_in = 86400;
  tokens.scope = "read write";
  const Response response = success_response(tokens);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"access_token":"AT","token_type":"Bearer","expires_in":3600,)"
            R"("refresh_token":"RT","refresh_token_expires_in":86400,"scope":"read write"})");
  EXPECT_STREQ(response.allow, "");
  EXPECT_FALSE(response.challenge_basic);
  EXPECT_EQ(response.retry_after, 0U);
}

TEST(SuccessResponse, LeavesOutWhatIsNotIssued) {
  IssuedTokens tokens;
  tokens.access_token = "AT";
  tokens.expires_in = 0;
  EXPECT_EQ(success_response(tokens).body,
            R"({"access_token":"AT","token_type":"Bearer","expires_in":0})");
}

struct ErrorResponseRow {
  const char* name;
  Error error;
  int status;
  const char* body;
  bool allow_post = false;
  bool challenge = false;
  bool retry_after = false;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ErrorResponseRow)

class ErrorResponse : public testing::TestWithParam<ErrorResponseRow> {};

TEST_P(ErrorResponse, IsComplete) {
  const Response response = error_response(GetParam().error, "why");
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(response.body, GetParam().body);
  EXPECT_STREQ(response.allow, GetParam().allow_post ? "POST" : "");
  EXPECT_EQ(response.challenge_basic, GetParam().challenge);
  EXPECT_EQ(response.retry_after > 0, GetParam().retry_after);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ErrorResponse,
    testing::Values(
        ErrorResponseRow{"another method", Error::method_not_allowed, 405,
                         R"({"error":"invalid_request","error_description":"why"})", true},
        ErrorResponseRow{"too large a body", Error::request_too_large, 413,
                         R"({"error":"invalid_request","error_description":"why"})"},
        ErrorResponseRow{"an invalid request", Error::invalid_request, 400,
                         R"({"error":"invalid_request","error_description":"why"})"},
        ErrorResponseRow{"an invalid client", Error::invalid_client, 401,
                         R"({"error":"invalid_client","error_description":"why"})", false, true},
        ErrorResponseRow{"an invalid grant", Error::invalid_grant, 400,
                         R"({"error":"invalid_grant","error_description":"why"})"},
        ErrorResponseRow{"an unavailable store", Error::temporarily_unavailable, 503,
                         R"({"error":"temporarily_unavailable","error_description":"why"})", false,
                         false, true}),
    row_name<ErrorResponseRow>);

}  // namespace
}  // namespace oauth2
