#include "form.h"

#include <gtest/gtest.h>

#include "endpoint_fixture.h"
#include "table.h"

namespace oauth2 {
namespace {

struct ContentTypeRow {
  const char* name;
  const char* content_type;
  bool form;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ContentTypeRow)

class ContentType : public testing::TestWithParam<ContentTypeRow> {};

TEST_P(ContentType, IsRecognized) {
  EXPECT_EQ(is_form(GetParam().content_type), GetParam().form);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ContentType,
    testing::Values(ContentTypeRow{"the form type", "application/x-www-form-urlencoded", true},
                    ContentTypeRow{"in capitals", "Application/X-WWW-Form-UrlEncoded", true},
                    ContentTypeRow{"with a charset",
                                   "application/x-www-form-urlencoded;charset=UTF-8", true},
                    ContentTypeRow{"with a space and a charset",
                                   "application/x-www-form-urlencoded ; charset=UTF-8", true},
                    ContentTypeRow{"none", "", false},
                    ContentTypeRow{"JSON", "application/json", false},
                    ContentTypeRow{"multipart", "multipart/form-data; boundary=x", false},
                    ContentTypeRow{"a longer name", "application/x-www-form-urlencoded2", false},
                    ContentTypeRow{"a shorter name", "application/x-www-form", false}),
    row_name<ContentTypeRow>);

/// One request that is refused before any grant begins.
struct RefusalRow {
  const char* name;
  void (*spoil)(Request&);
  int status;
  const char* error;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(RefusalRow)

class Refusal : public EndpointTest, public testing::WithParamInterface<RefusalRow> {};

TEST_P(Refusal, TouchesNoFamily) {
  const std::string token = found_family();
  Request spoilt = request("grant_type=refresh_token&refresh_token=" + token);
  GetParam().spoil(spoilt);
  const Result result = send(std::move(spoilt));
  EXPECT_EQ(result.response.status, GetParam().status);
  EXPECT_EQ(result.error(), GetParam().error);
  EXPECT_STREQ(result.response.allow, GetParam().status == 405 ? "POST" : "");
  EXPECT_EQ(result.response.challenge_basic, GetParam().status == 401);
  EXPECT_EQ(result.report.outcome, Outcome::rejected);
  EXPECT_EQ(result.refresh_token(), "");
  EXPECT_EQ(result.member("access_token"), "");
  EXPECT_NE(std::string(result.report.reason), "");
  EXPECT_EQ(store_.executed(), 0);
  EXPECT_EQ(refresh(token).response.status, 200);
}

void replace_body(Request& request, const std::string& from, const std::string& to) {
  request.body.replace(request.body.find(from), from.size(), to);
}

// The table of design section 6, up to the grants.
INSTANTIATE_TEST_SUITE_P(
    Table, Refusal,
    testing::Values(
        RefusalRow{"GET", [](Request& r) { r.method = "GET"; }, 405, "invalid_request"},
        RefusalRow{"HEAD", [](Request& r) { r.method = "HEAD"; }, 405, "invalid_request"},
        RefusalRow{"post in lower case", [](Request& r) { r.method = "post"; }, 405,
                   "invalid_request"},
        RefusalRow{"too large a body",
                   [](Request& r) {
                     r.body_too_large = true;
                     r.body = "";
                   },
                   413, "invalid_request"},
        RefusalRow{"no content type", [](Request& r) { r.content_type = ""; }, 400,
                   "invalid_request"},
        RefusalRow{"JSON", [](Request& r) { r.content_type = "application/json"; }, 400,
                   "invalid_request"},
        RefusalRow{"no body", [](Request& r) { r.body = ""; }, 400, "invalid_request"},
        RefusalRow{"a broken escape", [](Request& r) { r.body += "&x=%zz"; }, 400,
                   "invalid_request"},
        RefusalRow{"a value that is not UTF-8", [](Request& r) { r.body += "&username=%ff"; }, 400,
                   "invalid_request"},
        RefusalRow{"a known parameter twice",
                   [](Request& r) { r.body += "&grant_type=refresh_token"; }, 400,
                   "invalid_request"},
        RefusalRow{"a known parameter in the query",
                   [](Request& r) { r.query = "refresh_token=x"; }, 400, "invalid_request"},
        RefusalRow{"the client in the query", [](Request& r) { r.query = "client_id=app"; }, 400,
                   "invalid_request"},
        RefusalRow{"no grant type",
                   [](Request& r) { replace_body(r, "grant_type=refresh_token&", ""); }, 400,
                   "invalid_request"},
        RefusalRow{"an empty grant type",
                   [](Request& r) { replace_body(r, "=refresh_token&", "=&"); }, 400,
                   "invalid_request"},
        RefusalRow{"an unknown grant type",
                   [](Request& r) { replace_body(r, "=refresh_token&", "=telepathy&"); }, 400,
                   "unsupported_grant_type"},
        RefusalRow{"two authentication methods",
                   [](Request& r) { r.body += "&client_id=app&client_secret=secret"; }, 400,
                   "invalid_request"},
        RefusalRow{"no client", [](Request& r) { r.authorization = ""; }, 401, "invalid_client"},
        RefusalRow{"a wrong secret", [](Request& r) { r.authorization = "Basic YXBwOndyb25n"; },
                   401, "invalid_client"},
        RefusalRow{"an unknown client",
                   [](Request& r) {
                     r.authorization = "";
                     r.body += "&client_id=nobody&client_secret=secret";
                   },
                   401, "invalid_client"},
        RefusalRow{"another client's token",
                   [](Request& r) {
                     r.authorization = "";
                     r.body += "&client_id=reader&client_secret=secret";
                   },
                   400, "invalid_grant"},
        RefusalRow{"a grant that the client may not use",
                   [](Request& r) {
                     r.authorization = "";
                     r.body += "&client_id=visitor&client_secret=secret";
                   },
                   400, "unauthorized_client"},
        RefusalRow{"no refresh token", [](Request& r) { r.body = "grant_type=refresh_token"; }, 400,
                   "invalid_request"},
        RefusalRow{"an empty refresh token",
                   [](Request& r) { r.body = "grant_type=refresh_token&refresh_token="; }, 400,
                   "invalid_request"},
        RefusalRow{"a malformed scope", [](Request& r) { r.body += "&scope=a%22b"; }, 400,
                   "invalid_scope"},
        RefusalRow{"a scope that is too long",
                   [](Request& r) { r.body += "&scope=" + std::string(2049, 'x'); }, 400,
                   "invalid_scope"}),
    row_name<RefusalRow>);

/// Two faults in one request: the one that is checked first is reported.
struct OrderRow {
  const char* name;
  void (*spoil)(Request&);
  const char* error;
  int status;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(OrderRow)

class ValidationOrder : public EndpointTest, public testing::WithParamInterface<OrderRow> {};

TEST_P(ValidationOrder, IsKept) {
  Request spoilt = request("grant_type=refresh_token&refresh_token=forged");
  GetParam().spoil(spoilt);
  const Result result = send(std::move(spoilt));
  EXPECT_EQ(result.error(), GetParam().error);
  EXPECT_EQ(result.response.status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ValidationOrder,
    testing::Values(
        OrderRow{"the method before everything",
                 [](Request& r) {
                   r.method = "PUT";
                   r.body_too_large = true;
                   r.content_type = "";
                 },
                 "invalid_request", 405},
        OrderRow{"syntax before the client",
                 [](Request& r) {
                   r.authorization = "";
                   r.body += "&scope=a&scope=b";
                 },
                 "invalid_request", 400},
        OrderRow{"the client before the grant type",
                 [](Request& r) {
                   r.authorization = "Basic YXBwOndyb25n";
                   r.body = "grant_type=telepathy";
                 },
                 "invalid_client", 401},
        OrderRow{"the client before missing parameters",
                 [](Request& r) {
                   r.authorization = "";
                   r.body = "grant_type=refresh_token";
                 },
                 "invalid_client", 401},
        OrderRow{"the grant before its parameters",
                 [](Request& r) {
                   r.authorization = "";
                   r.body =
                       "grant_type=refresh_token&scope=%22&client_id=visitor&client_secret=secret";
                 },
                 "unauthorized_client", 400},
        OrderRow{"parameters before the token", [](Request& r) { r.body += "&scope=%22"; },
                 "invalid_scope", 400},
        OrderRow{"the token at last", [](Request&) {}, "invalid_grant", 400}),
    row_name<OrderRow>);

TEST_F(EndpointTest, ThePasswordGrantIsUnsupportedWhereNothingChecksPasswords) {
  config_.password_grant = false;
  const Result result = send("grant_type=password&username=alice&password=x");
  EXPECT_EQ(result.error(), "unsupported_grant_type");
  EXPECT_EQ(result.response.status, 400);
}

TEST_F(EndpointTest, UnknownParametersAreIgnored) {
  const std::string token = found_family();
  Request decorated =
      request("x=1&grant_type=refresh_token&x=2&refresh_token=" + token + "&resource=a&resource=b");
  decorated.query = "utm=1&utm=2";
  EXPECT_EQ(send(std::move(decorated)).response.status, 200);
}

TEST_F(EndpointTest, NoDescriptionHasAQuoteOrABackslash) {
  for (const char* body : {"", "grant_type=x", "grant_type=refresh_token&refresh_token=%22%5C",
                           "grant_type=password&username=%5C&password=%22&scope=%22"}) {
    const Result result = send(body);
    const std::string description = result.member("error_description");
    EXPECT_NE(description, "");
    EXPECT_EQ(description.find('\\'), std::string::npos) << body;
    EXPECT_EQ(std::count(result.response.body.begin(), result.response.body.end(), '"'), 8) << body;
  }
}

}  // namespace
}  // namespace oauth2
