#include "password_grant.h"

#include <gtest/gtest.h>

#include "access_token.h"
#include "endpoint_fixture.h"
#include "refresh_token.h"
#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;
using Fate = FakeTokenStore::Fate;

constexpr const char* login = "grant_type=password&username=alice&password=wonderland";

class PasswordGrant : public EndpointTest {
 protected:
  /// The exchange of one request, up to the check of the user.
  std::shared_ptr<EndpointExchange> begin(std::string body) {
    auto exchange = make_exchange(config_, store_, environment_, request(std::move(body)));
    exchange->start(host_);
    return exchange;
  }

  FakeHost host_;
};

TEST_F(PasswordGrant, FoundsAFamily) {
  const Result result = send(login);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.report.outcome, Outcome::issued);
  EXPECT_EQ(result.report.subject, "alice");
  EXPECT_EQ(result.member("expires_in"), "3600");
  EXPECT_EQ(result.member("refresh_token_expires_in"), "86400");
  EXPECT_EQ(result.member("scope"), "read write");

  RefreshToken first;
  ASSERT_EQ(verify_refresh_token(*keys_, result.refresh_token(), "app", first),
            TokenCheck::authentic);
  EXPECT_EQ(first.generation, 1U);
  EXPECT_EQ(first.granted_at, environment_.unix_time());
  EXPECT_EQ(first.family.tag(), sample_family().tag());
  EXPECT_EQ(result.family, family_hash(first.family));

  family_ = first.family;
  EXPECT_EQ(record().generation, 1U);
  EXPECT_EQ(record().client, "app");
  EXPECT_EQ(record().subject, "alice");
  EXPECT_EQ(record().scope, "read write");
  EXPECT_EQ(record().ttl_written, 86400U);
  EXPECT_EQ(record().granted_at, first.granted_at);
  EXPECT_EQ(refresh(result.refresh_token()).response.status, 200);
}

TEST_F(PasswordGrant, FoundsAnotherFamilyEachTime) {
  const Result one = send(login);
  const Result other = send(login);
  EXPECT_NE(one.family, other.family);
  EXPECT_NE(one.refresh_token(), other.refresh_token());
}

TEST_F(PasswordGrant, HasTheHostCheckWhatTheUserSent) {
  begin("grant_type=password&username=al%20ice%C3%A9&password=a%26b%3A+c");
  EXPECT_EQ(host_.checks, 1);
  EXPECT_EQ(host_.username, "al ice\xc3\xa9");
  EXPECT_EQ(host_.password, "a&b: c");
  EXPECT_EQ(host_.responses, 0);
  EXPECT_EQ(store_.waiting(), 0U);
}

TEST_F(PasswordGrant, TheSubjectMayDifferFromTheUserName) {
  subject_ = "user-4711";
  const Result result = send(login);
  EXPECT_EQ(result.report.subject, "user-4711");
  AccessClaims claims;
  std::string plaintext;
  ASSERT_TRUE(open_access_token(*keys_, result.member("access_token"), claims, plaintext));
  EXPECT_EQ(claims.subject, "user-4711");
}

TEST_F(PasswordGrant, ARefusedUserGetsNothing) {
  const auto exchange = begin(login);
  exchange->user_checked({UserVerdict::Kind::refused, ""});
  EXPECT_EQ(exchange->response().status, 400);
  EXPECT_EQ(exchange->report().error, Error::invalid_grant);
  EXPECT_EQ(exchange->report().outcome, Outcome::rejected);
  EXPECT_EQ(store_.waiting(), 0U);
  EXPECT_EQ(host_.responses, 1);
}

TEST_F(PasswordGrant, AnUnavailableCheckIsNoRefusal) {
  const auto exchange = begin(login);
  exchange->user_checked({UserVerdict::Kind::unavailable, ""});
  EXPECT_EQ(exchange->response().status, 503);
  EXPECT_GT(exchange->response().retry_after, 0U);
  EXPECT_EQ(exchange->report().outcome, Outcome::unavailable);
  EXPECT_EQ(store_.waiting(), 0U);
}

struct SubjectRow {
  const char* name;
  std::string subject;
  int status;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(SubjectRow)

class Subject : public PasswordGrant, public testing::WithParamInterface<SubjectRow> {};

TEST_P(Subject, IsCheckedBeforeItIsBelieved) {
  subject_ = GetParam().subject;
  const Result result = send(login);
  EXPECT_EQ(result.response.status, GetParam().status);
  EXPECT_EQ(store_.creates, GetParam().status == 200 ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(Table, Subject,
                         testing::Values(SubjectRow{"a plain one", "alice", 200},
                                         SubjectRow{"one beyond ASCII",
                                                    "al\xc3\xaf"
                                                    "ce",
                                                    200},
                                         SubjectRow{"the longest", std::string(255, 's'), 200},
                                         SubjectRow{"one that is too long", std::string(256, 's'),
                                                    503},
                                         SubjectRow{"an empty one", "", 503},
                                         SubjectRow{"one with a line feed", "alice\nmallory", 503},
                                         SubjectRow{"one with a NUL", "alice\0"s, 503},
                                         SubjectRow{"one that is not UTF-8", "alice\xff", 503}),
                         row_name<SubjectRow>);

struct LoginRow {
  const char* name;
  std::string body;
  const char* error;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(LoginRow)

class RefusedLogin : public PasswordGrant, public testing::WithParamInterface<LoginRow> {};

TEST_P(RefusedLogin, IsNotChecked) {
  const auto exchange = begin("grant_type=password" + GetParam().body);
  EXPECT_EQ(host_.checks, 0);
  EXPECT_EQ(host_.responses, 1);
  EXPECT_EQ(exchange->response().status, 400);
  EXPECT_STREQ(error_row(exchange->report().error).code, GetParam().error);
  EXPECT_EQ(store_.waiting(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedLogin,
    testing::Values(
        LoginRow{"no user name", "&password=x", "invalid_request"},
        LoginRow{"an empty user name", "&username=&password=x", "invalid_request"},
        LoginRow{"no password", "&username=alice", "invalid_request"},
        LoginRow{"an empty password", "&username=alice&password=", "invalid_request"},
        LoginRow{"a colon in the user name", "&username=ali%3Ace&password=x", "invalid_grant"},
        LoginRow{"a line feed in the user name", "&username=ali%0Ace&password=x", "invalid_grant"},
        LoginRow{"a NUL in the user name", "&username=ali%00ce&password=x", "invalid_grant"},
        LoginRow{"a NUL in the password", "&username=alice&password=x%00", "invalid_grant"},
        LoginRow{"DEL in the password", "&username=alice&password=%7f", "invalid_grant"},
        LoginRow{"a user name that is too long", "&password=x&username=" + std::string(256, 'a'),
                 "invalid_grant"},
        LoginRow{"a password that is too long", "&username=a&password=" + std::string(4097, 'a'),
                 "invalid_grant"},
        LoginRow{"a malformed scope", "&username=alice&password=x&scope=%5C", "invalid_scope"},
        LoginRow{"a scope beyond the client's", "&username=alice&password=x&scope=read+admin",
                 "invalid_scope"}),
    row_name<LoginRow>);

TEST_F(PasswordGrant, ANarrowerScopeIsTheGrants) {
  const Result result = send(login + "&scope=write"s);
  EXPECT_EQ(result.member("scope"), "write");
  EXPECT_EQ(refresh(result.refresh_token(), "&scope=read").error(), "invalid_scope");
  EXPECT_EQ(refresh(result.refresh_token()).member("scope"), "write");
}

TEST_F(PasswordGrant, TheScopeIsKeptInTheClientsOrder) {
  const Result result = send(login + "&scope=write+read"s);
  EXPECT_EQ(result.member("scope"), "read write");
}

TEST_F(PasswordGrant, AnEmptyScopeIsAllOfTheClients) {
  EXPECT_EQ(send(login + "&scope="s).member("scope"), "read write");
}

TEST_F(PasswordGrant, AClientWithoutScopeGetsNone) {
  app().scope = "";
  const Result result = send(login);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.response.body.find("\"scope\""), std::string::npos);
}

TEST_F(PasswordGrant, AClientWithoutTheRefreshGrantGetsNoRefreshToken) {
  Request made = request(login + "&client_id=visitor&client_secret=secret"s);
  made.authorization = "";
  const Result result = send(std::move(made));
  EXPECT_EQ(result.response.status, 200);
  EXPECT_NE(result.member("access_token"), "");
  EXPECT_EQ(result.response.body.find("refresh_token"), std::string::npos);
  EXPECT_EQ(result.member("expires_in"), "3600");
  EXPECT_EQ(store_.creates, 1);
}

TEST_F(PasswordGrant, TheRecordEndsWithTheLifetime) {
  app().settings.refresh_token_lifetime = 1000;
  const Result result = send(login);
  EXPECT_EQ(result.member("refresh_token_expires_in"), "1000");
  EXPECT_EQ(result.member("expires_in"), "1000");
}

TEST_F(PasswordGrant, AnUnavailableStoreGivesNoTokens) {
  for (const Fate fate : {Fate::refused, Fate::reply_lost}) {
    store_.fates = {fate};
    const Result result = send(login);
    EXPECT_EQ(result.response.status, 503);
    EXPECT_GT(result.response.retry_after, 0U);
    EXPECT_EQ(result.report.outcome, Outcome::unavailable);
    EXPECT_EQ(result.refresh_token(), "");
    EXPECT_EQ(result.member("access_token"), "");
  }
}

TEST_F(PasswordGrant, ItsOwnRepeatIsHarmless) {
  store_.fates = {Fate::repeated};
  const Result result = send(login);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(refresh(result.refresh_token()).response.status, 200);
}

TEST_F(PasswordGrant, AClientThatLeftDuringTheCheckFoundsNothing) {
  const auto exchange = begin(login);
  exchange->detach();
  exchange->user_checked({UserVerdict::Kind::accepted, "alice"});
  store_.run();
  EXPECT_EQ(store_.executed(), 0);
  EXPECT_EQ(host_.responses, 0);
}

TEST_F(PasswordGrant, AClientThatLeftBeforeTheStoreWasAskedFoundsNothing) {
  const auto exchange = begin(login);
  exchange->user_checked({UserVerdict::Kind::accepted, "alice"});
  exchange->detach();
  store_.run();
  EXPECT_EQ(store_.executed(), 0);
  EXPECT_EQ(host_.responses, 0);
}

}  // namespace
}  // namespace oauth2
