#include "authorization_endpoint.h"

#include <gtest/gtest.h>

#include "authorization_code.h"
#include "grants_fixture.h"
#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;
using Fate = FakeTokenStore::Fate;

class AuthorizationEndpoint : public GrantsTest {
 protected:
  /// A page, nothing written, and nobody sent anywhere.
  void expect_page(const Result& result, int status) {
    EXPECT_EQ(result.response.status, status);
    EXPECT_EQ(result.response.location, "");
    EXPECT_EQ(std::string(result.response.content_type), "text/html; charset=utf-8");
    EXPECT_NE(result.response.page_policy.find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_EQ(store_.executed(), 0);
  }

  /// An error at the client's redirect URI, with the issuer (RFC 9207) and nothing written.
  void expect_error(const Result& result, const std::string& error, char mark = '?') {
    EXPECT_EQ(result.response.status, 303);
    Form answer = parameters_of(result.response.location, mark);
    EXPECT_EQ(answer["error"], error) << result.response.location;
    EXPECT_EQ(answer["iss"], "https://as.example");
    EXPECT_EQ(answer.count("code") + answer.count("access_token"), 0U);
    EXPECT_EQ(result.response.body, "");
  }

  Form code_answer(const Result& result) {
    EXPECT_EQ(result.response.status, 303);
    return parameters_of(result.response.location);
  }
};

TEST_F(AuthorizationEndpoint, HandsOutACode) {
  const Result result = authorize();
  EXPECT_EQ(result.report.outcome, Outcome::authorized);
  EXPECT_EQ(result.report.subject, "alice");
  EXPECT_EQ(result.report.scope, "read write");
  EXPECT_EQ(result.response.location.rfind("https://web.example/cb?", 0), 0U);
  Form answer = code_answer(result);
  EXPECT_EQ(answer["state"], "xyz");
  EXPECT_EQ(answer["iss"], "https://as.example");
  EXPECT_EQ(answer.size(), 3U);

  CodeBinding binding;
  binding.client = "web";
  binding.redirect_uri = "https://web.example/cb";
  binding.challenge = sample_challenge;
  FamilyToken read;
  ASSERT_EQ(verify_authorization_code(*keys_, answer["code"], binding, read),
            TokenCheck::authentic);
  EXPECT_EQ(read.family.tag(), sample_family().tag());
  EXPECT_EQ(read.granted_at, environment_.unix_time());
  EXPECT_EQ(result.family, family_hash(read.family));

  family_ = read.family;
  EXPECT_EQ(record().generation, 0U);
  EXPECT_EQ(record().ttl_written, 60U);
  EXPECT_EQ(record().client, "web");
  EXPECT_EQ(record().subject, "alice");
  EXPECT_EQ(record().scope, "read write");
  EXPECT_EQ(store_.executed(), 1);
}

TEST_F(AuthorizationEndpoint, LetsACodeLiveAsLongAsConfigured) {
  config_.settings.code_validity = 7;
  EXPECT_EQ(record_of(code())->ttl_written, 7U);
  client("web").settings.code_validity = 9;
  EXPECT_EQ(record_of(code())->ttl_written, 9U);
}

TEST_F(AuthorizationEndpoint, GivesAnotherCodeEachTime) {
  EXPECT_NE(code(), code());
}

TEST_F(AuthorizationEndpoint, TakesTheOnlyRegisteredUriIfNoneIsNamed) {
  const Result result = authorize({{"redirect_uri", ""}});
  EXPECT_EQ(result.response.location.rfind("https://web.example/cb?", 0), 0U);
}

TEST_F(AuthorizationEndpoint, LeavesOutAStateThatWasNotSent) {
  EXPECT_EQ(code_answer(authorize({{"state", ""}})).count("state"), 0U);
}

TEST_F(AuthorizationEndpoint, GivesBackAnyStateAsItWas) {
  for (const char* state : {" +&=#%?/\"<>';", "%0d%0aSet-Cookie: a=b", "\xc3\xa9\xe2\x82\xac",
                            "</script><script>", "&code=forged&iss=https://evil.example"}) {
    const Result result = authorize({{"state", state}});
    EXPECT_EQ(code_answer(result)["state"], state);
    EXPECT_EQ(result.response.location.find_first_of(" \r\n\"<>#'"), std::string::npos);
  }
  const std::string longest(2000, 's');
  EXPECT_EQ(code_answer(authorize({{"state", longest}}))["state"], longest);
}

TEST_F(AuthorizationEndpoint, RefusesAStateWithControlCharacters) {
  for (const std::string& state : {"a\r\nb"s, "a\nb"s, "\x7f"s, "a\0b"s, "\t"s}) {
    const Result result = authorize({{"state", state}});
    expect_error(result, "invalid_request");
    EXPECT_EQ(parameters_of(result.response.location).count("state"), 0U);
  }
  expect_error(authorize({{"state", "\xff"}}), "invalid_request");
}

// --- What is shown as a page, because the redirect URI is not known to be the client's

TEST_F(AuthorizationEndpoint, ShowsProblemsWithTheClient) {
  for (const std::string id : {"", "nobody", "WEB", "web ", "<b>", "web\r\nX: y"}) {
    const Result result = authorize({{"client_id", id}});
    expect_page(result, 400);
    EXPECT_EQ(result.response.body.find("<b>"), std::string::npos);
  }
  expect_page(authorize(encode(good()) + "&client_id=phone"), 400);
  expect_page(authorize(encode(good()) + "&client_id=web"), 400);
  expect_page(authorize(encode(good({{"client_id", ""}})) + "&client_id=%ff"), 400);
}

TEST_F(AuthorizationEndpoint, ShowsProblemsWithTheRedirectUri) {
  for (const std::string uri : {"https://evil.example/cb",
                                "https://web.example/cb/",
                                "https://web.example/cb?a=b",
                                "https://web.example/cb#",
                                "https://web.example/cb#x",
                                "https://WEB.example/cb",
                                "https://web.example./cb",
                                "https://web.example/CB",
                                "https://web.example/%63b",
                                "https://web.example%2fcb",
                                "https://web.example/x/../cb",
                                "https://web.example:443/cb",
                                "https://a@web.example/cb",
                                "https://web.example@evil.example/cb",
                                "https://web.example.evil.example/cb",
                                "http://web.example/cb",
                                "//web.example/cb",
                                "javascript:alert(1)",
                                "https://phone.example/cb",
                                "http://127.0.0.1/cb",
                                "https://web.example/cb\r\nX: y",
                                "https://web.example/cb "}) {
    expect_page(authorize({{"redirect_uri", uri}}), 400);
    expect_page(authorize({{"redirect_uri", uri}, {"response_type", ""}}), 400);
  }
  expect_page(authorize(encode(good()) + "&redirect_uri=https://evil.example"), 400);
  expect_page(authorize("redirect_uri=https://evil.example&" + encode(good())), 400);
  expect_page(authorize(encode(good()) + "&redirect_uri=https%3A%2F%2Fweb.example%2Fcb"), 400);
  expect_page(authorize(encode(good()) + "&redirect_uri=%zz"), 400);
}

TEST_F(AuthorizationEndpoint, NeedsARedirectUriWhereSeveralAreRegistered) {
  expect_page(authorize({{"client_id", "phone"}, {"redirect_uri", ""}}), 400);
}

TEST_F(AuthorizationEndpoint, ShowsAPageToAClientThatHasNoRedirectUri) {
  expect_page(authorize({{"client_id", "robot"}, {"redirect_uri", ""}}), 400);
  expect_page(authorize({{"client_id", "robot"}, {"redirect_uri", "https://robot.example"}}), 400);
}

TEST_F(AuthorizationEndpoint, LetsOnlyAPublicClientHaveAnyLoopbackPort) {
  Form answer = code_answer(
      authorize({{"client_id", "phone"}, {"redirect_uri", "http://127.0.0.1:51004/cb"}}));
  EXPECT_EQ(answer.count("code"), 1U);
  RedirectUri::parse("http://127.0.0.1/cb", client("web").redirect_uris[0]);
  expect_page((store_.creates = 0,
               authorize({{"client_id", "web"}, {"redirect_uri", "http://127.0.0.1:51004/cb"}})),
              400);
}

// "the user said no" must not be told of somebody who was never asked.
TEST_F(AuthorizationEndpoint, ShowsAPageWhereNobodyIsLoggedIn) {
  for (const std::string& subject : {""s, "a\nb"s, "\xff"s, std::string(256, 'a')}) {
    subject_ = subject;
    const Result result = authorize();
    expect_page(result, 403);
    EXPECT_EQ(result.report.outcome, Outcome::rejected);
  }
}

TEST_F(AuthorizationEndpoint, TakesGetAndPostOnly) {
  for (const char* method : {"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    config_.endpoint = Endpoint::authorization;
    Request made;
    made.method = method;
    made.query = encode(good());
    const Result result = send(std::move(made));
    expect_page(result, 405);
    EXPECT_EQ(std::string(result.response.allow), "GET, POST");
  }
}

TEST_F(AuthorizationEndpoint, TakesAPostedRequest) {
  config_.endpoint = Endpoint::authorization;
  EXPECT_EQ(code_answer(send(request(encode(good())))).count("code"), 1U);
}

TEST_F(AuthorizationEndpoint, TakesAPostedRequestInOnePieceOnly) {
  config_.endpoint = Endpoint::authorization;
  Request made = request(encode(good()));
  made.query = "client_id=web";
  expect_page(send(std::move(made)), 400);
  made = request(encode(good()));
  made.content_type = "text/plain";
  expect_page(send(std::move(made)), 400);
  made = request("");
  made.body_too_large = true;
  expect_page(send(std::move(made)), 413);
}

TEST_F(AuthorizationEndpoint, RefusesAQueryThatIsTooLong) {
  expect_page(authorize({{"state", std::string(max_body_size, 's')}}), 413);
}

// --- What is told at the redirect URI

struct ErrorCase {
  const char* name;
  Form changes;
  std::string error;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ErrorCase)

class AuthorizationError : public AuthorizationEndpoint,
                           public testing::WithParamInterface<ErrorCase> {};

TEST_P(AuthorizationError, GoesToTheRedirectUri) {
  const Result result = authorize(GetParam().changes);
  expect_error(result, GetParam().error);
  EXPECT_EQ(result.response.location.rfind("https://web.example/cb?", 0), 0U);
  EXPECT_EQ(parameters_of(result.response.location)["state"], "xyz");
  EXPECT_EQ(store_.executed(), 0);
  EXPECT_EQ(result.report.outcome, Outcome::rejected);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, AuthorizationError,
    testing::Values(
        ErrorCase{"no response type", {{"response_type", ""}}, "invalid_request"},
        ErrorCase{"an unknown response type",
                  {{"response_type", "id_token"}},
                  "unsupported_response_type"},
        ErrorCase{
            "two response types", {{"response_type", "code token"}}, "unsupported_response_type"},
        ErrorCase{"another case", {{"response_type", "CODE"}}, "unsupported_response_type"},
        // RFC 7636 section 4.4.1
        ErrorCase{"no challenge",
                  {{"code_challenge", ""}, {"code_challenge_method", ""}},
                  "invalid_request"},
        ErrorCase{"a method without a challenge", {{"code_challenge", ""}}, "invalid_request"},
        ErrorCase{"plain", {{"code_challenge_method", "plain"}}, "invalid_request"},
        ErrorCase{"plain by default", {{"code_challenge_method", ""}}, "invalid_request"},
        ErrorCase{"an unknown method", {{"code_challenge_method", "S512"}}, "invalid_request"},
        ErrorCase{
            "the method in another case", {{"code_challenge_method", "s256"}}, "invalid_request"},
        ErrorCase{
            "a short challenge", {{"code_challenge", std::string(42, 'a')}}, "invalid_request"},
        ErrorCase{
            "a long challenge", {{"code_challenge", std::string(44, 'a')}}, "invalid_request"},
        ErrorCase{"a challenge that is none",
                  {{"code_challenge", std::string(42, 'a') + "+"}},
                  "invalid_request"},
        ErrorCase{"a scope beyond the client's", {{"scope", "read admin"}}, "invalid_scope"},
        ErrorCase{"a scope that is none", {{"scope", "re\"ad"}}, "invalid_scope"},
        ErrorCase{"a scope with markup", {{"scope", "\r\nX: y"}}, "invalid_scope"},
        ErrorCase{
            "a scope that is too long", {{"scope", std::string(2049, 's')}}, "invalid_scope"}),
    row_name<ErrorCase>);

TEST_F(AuthorizationEndpoint, RefusesRepeatedParameters) {
  for (const char* again : {"response_type=code", "scope=read", "code_challenge=x",
                            "code_challenge_method=plain", "state=abc"}) {
    const Result result = authorize(encode(good({{"scope", "read"}})) + "&" + again);
    expect_error(result, "invalid_request");
    EXPECT_EQ(parameters_of(result.response.location)["state"],
              std::string(again) == "state=abc" ? "" : "xyz");
  }
  // RFC 6749 section 3.1: "The authorization server MUST ignore unrecognized request parameters."
  EXPECT_EQ(code_answer(authorize(encode(good()) + "&nonce=a&nonce=b")).count("code"), 1U);
}

TEST_F(AuthorizationEndpoint, ChecksWhatTheClientMayUse) {
  expect_error(authorize({{"response_type", "token"}}), "unauthorized_client", '#');
  expect_error(authorize({{"client_id", "page"}, {"redirect_uri", "https://page.example/app"}}),
               "unauthorized_client");
  client("web").grant_types = refresh_token_grant_type;
  expect_error(authorize(), "unauthorized_client");
}

TEST_F(AuthorizationEndpoint, GrantsANarrowerScope) {
  EXPECT_EQ(record_of(code({{"scope", "write"}}))->scope, "write");
  EXPECT_EQ(record_of(code({{"scope", "write read"}}))->scope, "read write");
}

TEST_F(AuthorizationEndpoint, LetsALegacyClientGoWithoutPkce) {
  const Form legacy = {{"client_id", "legacy"},
                       {"redirect_uri", "https://legacy.example/cb"},
                       {"code_challenge", ""},
                       {"code_challenge_method", ""}};
  EXPECT_EQ(code_answer(authorize(legacy)).count("code"), 1U);
  Form half = legacy;
  half["code_challenge_method"] = "S256";
  expect_error(authorize(half), "invalid_request");
  half["code_challenge_method"] = "plain";
  half["code_challenge"] = sample_challenge;
  expect_error(authorize(half), "invalid_request");
}

// RFC 6749 section 4.1.2.1: temporarily_unavailable, "(This error code is needed because a 503
// Service Unavailable HTTP status code cannot be returned to the client via an HTTP redirect.)"
TEST_F(AuthorizationEndpoint, SaysAtTheRedirectUriThatTheStoreIsDown) {
  for (const Fate fate : {Fate::refused, Fate::reply_lost}) {
    store_.fates = {fate};
    const Result result = authorize();
    expect_error(result, "temporarily_unavailable");
    EXPECT_EQ(parameters_of(result.response.location)["state"], "xyz");
    EXPECT_EQ(result.report.outcome, Outcome::unavailable);
  }
}

TEST_F(AuthorizationEndpoint, KeepsTheRegisteredQuery) {
  RedirectUri::parse("https://web.example/cb?tenant=7", client("web").redirect_uris[0]);
  Form answer = code_answer(authorize({{"redirect_uri", "https://web.example/cb?tenant=7"}}));
  EXPECT_EQ(answer["tenant"], "7");
  EXPECT_EQ(answer.count("code"), 1U);
}

// --- The implicit grant

class ImplicitGrant : public AuthorizationEndpoint {
 protected:
  Result implicit(Form changes = {}) {
    changes.insert({{"client_id", "page"},
                    {"redirect_uri", "https://page.example/app"},
                    {"response_type", "token"},
                    {"code_challenge", ""},
                    {"code_challenge_method", ""}});
    return authorize(changes);
  }
};

TEST_F(ImplicitGrant, AnswersInTheFragmentAndWithoutARefreshToken) {
  const Result result = implicit();
  EXPECT_EQ(result.report.outcome, Outcome::issued);
  EXPECT_EQ(result.response.location.rfind("https://page.example/app#", 0), 0U);
  Form answer = parameters_of(result.response.location, '#');
  EXPECT_EQ(answer["token_type"], "Bearer");
  EXPECT_EQ(answer["expires_in"], "3600");
  EXPECT_EQ(answer["scope"], "read write");
  EXPECT_EQ(answer["state"], "xyz");
  EXPECT_EQ(answer["iss"], "https://as.example");
  EXPECT_EQ(answer.size(), 6U);
  family_ = family_of(answer["access_token"]);
  EXPECT_EQ(record().ttl_written, 3600U);
  EXPECT_EQ(record().subject, "alice");
}

TEST_F(ImplicitGrant, AnswersErrorsInTheFragment) {
  expect_error(implicit({{"scope", "admin"}}), "invalid_scope", '#');
  store_.fates = {Fate::refused};
  expect_error(implicit(), "temporarily_unavailable", '#');
}

TEST_F(ImplicitGrant, GivesNoRefreshTokenToAClientThatHasThem) {
  client("page").grant_types |= refresh_token_grant_type;
  EXPECT_EQ(parameters_of(implicit().response.location, '#').count("refresh_token"), 0U);
}

// --- Consent

class Consent : public AuthorizationEndpoint {
 protected:
  Consent() { config_.settings.consent = true; }
};

TEST_F(Consent, IsAskedForBeforeAnythingIsWritten) {
  const Result result = authorize({{"scope", "read"}});
  expect_page(result, 200);
  EXPECT_EQ(result.report.outcome, Outcome::asked);
  EXPECT_NE(result.response.page_policy.find("form-action 'self' https://web.example"),
            std::string::npos);
  EXPECT_EQ(field(result.response.body, "state"), "xyz");
  EXPECT_EQ(field(result.response.body, "scope"), "read");
  EXPECT_EQ(field(result.response.body, "consent_token").size(), 32U);
}

TEST_F(Consent, IsADefault) {
  config_.settings.consent.reset();
  expect_page(authorize(), 200);
}

TEST_F(Consent, LeadsToACode) {
  const Result result = decide(authorize(), "approve");
  EXPECT_EQ(result.report.outcome, Outcome::authorized);
  Form answer = code_answer(result);
  EXPECT_EQ(answer["state"], "xyz");
  EXPECT_EQ(redeem(answer["code"]).response.status, 200);
}

TEST_F(Consent, LeadsToAnAccessToken) {
  const Result page = authorize({{"client_id", "page"},
                                 {"redirect_uri", "https://page.example/app"},
                                 {"response_type", "token"}});
  Form answer = parameters_of(decide(page, "approve").response.location, '#');
  EXPECT_EQ(answer.count("access_token"), 1U);
}

TEST_F(Consent, MayBeDenied) {
  const Result result = decide(authorize(), "deny");
  expect_error(result, "access_denied");
  EXPECT_EQ(parameters_of(result.response.location)["state"], "xyz");
  EXPECT_EQ(store_.executed(), 0);
}

TEST_F(Consent, IsAskedForAgainWithoutADecision) {
  for (const char* decision : {"", "maybe", "APPROVE", "approve "}) {
    const Result result = decide(authorize(), decision);
    expect_page(result, 400);
    EXPECT_EQ(result.report.outcome, Outcome::asked);
    EXPECT_NE(result.response.body.find("role=\"alert\""), std::string::npos);
  }
}

TEST_F(Consent, OfAnotherUserOrToOtherTermsDoesNotCount) {
  const Result page = authorize({{"scope", "read"}});
  const std::vector<Form> changed = {{{"scope", "read write"}},
                                     {{"scope", ""}},
                                     {{"state", "abc"}},
                                     {{"state", ""}},
                                     {{"redirect_uri", ""}},
                                     {{"code_challenge", std::string(43, 'A')}},
                                     {{"consent_token", std::string(32, 'A')}},
                                     {{"consent_token", ""}}};
  for (const Form& changes : changed) {
    const Result result = decide(page, "approve", changes);
    EXPECT_EQ(result.response.location, "");
    EXPECT_EQ(result.report.outcome, Outcome::asked);
  }
  subject_ = "mallory";
  expect_page(decide(page, "approve"), 400);
  EXPECT_EQ(store_.executed(), 0);
}

TEST_F(Consent, OfAnotherClientDoesNotCount) {
  const Result page = authorize();
  RedirectUri::parse("https://web.example/cb", client("brief").redirect_uris[0]);
  expect_page(decide(page, "approve", {{"client_id", "brief"}}), 400);
}

TEST_F(Consent, EndsAfterTenMinutes) {
  const Result page = authorize();
  pass_seconds(599);
  EXPECT_EQ(code_answer(decide(page, "approve")).count("code"), 1U);
  store_.creates = 0;
  pass_seconds(1);
  expect_page(decide(page, "approve"), 400);
}

// A link must not decide for the user.
TEST_F(Consent, IsNotGivenByGet) {
  const Result page = authorize();
  const Form form = good(
      {{"decision", "approve"}, {"consent_token", field(page.response.body, "consent_token")}});
  expect_page(authorize(encode(form)), 200);
}

TEST_F(Consent, TakesWhateverStandsInTheFormForText) {
  const std::string state = "\"><script>alert(1)</script>&amp;'";
  subject_ = "<b>\"alice'&";
  const Result page = authorize({{"state", state}});
  EXPECT_EQ(page.response.body.find("<script>"), std::string::npos);
  EXPECT_EQ(page.response.body.find("<b>"), std::string::npos);
  EXPECT_EQ(field(page.response.body, "state"), state);
  EXPECT_EQ(code_answer(decide(page, "approve"))["state"], state);
}

TEST_F(Consent, MayBeSwitchedOffForAClient) {
  client("web").settings.consent = false;
  EXPECT_EQ(code_answer(authorize()).count("code"), 1U);
}

}  // namespace
}  // namespace oauth2
