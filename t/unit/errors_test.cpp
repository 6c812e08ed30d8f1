#include "oauth2/errors.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "table.h"

namespace oauth2 {
namespace {

struct ErrorCase {
  const char* name;
  Error error;
  const char* code;
  int status;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ErrorCase)

class ErrorTable : public testing::TestWithParam<ErrorCase> {};

TEST_P(ErrorTable, GivesCodeAndStatus) {
  EXPECT_STREQ(error_row(GetParam().error).code, GetParam().code);
  EXPECT_EQ(error_row(GetParam().error).status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ErrorTable,
    testing::Values(
        ErrorCase{"no error", Error::none, "", 200},
        ErrorCase{"another method than POST", Error::method_not_allowed, "invalid_request", 405},
        ErrorCase{"a change that may be forged", Error::unguarded_change, "invalid_request", 403},
        ErrorCase{"too large a body", Error::request_too_large, "invalid_request", 413},
        ErrorCase{"an invalid request", Error::invalid_request, "invalid_request", 400},
        ErrorCase{"an unsupported grant type", Error::unsupported_grant_type,
                  "unsupported_grant_type", 400},
        ErrorCase{"a grant that is not allowed", Error::unauthorized_client, "unauthorized_client",
                  400},
        ErrorCase{"an unknown client", Error::invalid_client, "invalid_client", 401},
        ErrorCase{"a refused token or password", Error::invalid_grant, "invalid_grant", 400},
        ErrorCase{"a scope beyond the grant", Error::invalid_scope, "invalid_scope", 400},
        ErrorCase{"an unavailable store", Error::temporarily_unavailable, "temporarily_unavailable",
                  503}),
    row_name<ErrorCase>);

TEST(OutcomeNames, AreThoseOfTheVariable) {
  EXPECT_STREQ(outcome_name(Outcome::issued), "issued");
  EXPECT_STREQ(outcome_name(Outcome::rotated), "rotated");
  EXPECT_STREQ(outcome_name(Outcome::renewal_off), "renewal_off");
  EXPECT_STREQ(outcome_name(Outcome::retried), "retried");
  EXPECT_STREQ(outcome_name(Outcome::overtaken), "overtaken");
  EXPECT_STREQ(outcome_name(Outcome::healed), "healed");
  EXPECT_STREQ(outcome_name(Outcome::replayed), "replayed");
  EXPECT_STREQ(outcome_name(Outcome::listed), "listed");
  EXPECT_STREQ(outcome_name(Outcome::ended), "ended");
  EXPECT_STREQ(outcome_name(Outcome::rejected), "rejected");
  EXPECT_STREQ(outcome_name(Outcome::unavailable), "unavailable");
}

TEST(OutcomeNames, AreDistinct) {
  std::set<std::string> names;
  for (int i = 0; i < outcome_count; ++i) {
    names.insert(outcome_name(static_cast<Outcome>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(outcome_count));
}

}  // namespace
}  // namespace oauth2
