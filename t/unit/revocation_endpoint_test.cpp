#include "revocation_endpoint.h"

#include <gtest/gtest.h>

#include "base64.h"
#include "grants_fixture.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

class RevocationEndpoint : public GrantsTest {
 protected:
  RevocationEndpoint() {
    code_ = code();
    granted_ = redeem(code_);
  }

  Result revoke(const std::string& token, const Form& changes = {},
                const std::string& client = "web") {
    Form form = {{"token", token}};
    form.insert(changes.begin(), changes.end());
    return ask(Endpoint::revocation, client, form);
  }
  Result refresh_as_web(const std::string& token) {
    return ask(Endpoint::token, "web", {{"grant_type", "refresh_token"}, {"refresh_token", token}});
  }
  void expect_done(const Result& result) {
    EXPECT_EQ(result.response.status, 200) << result.response.body;
    EXPECT_EQ(result.report.outcome, Outcome::revoked);
    EXPECT_EQ(result.error(), "");
  }
  void expect_unavailable(const Result& result) {
    EXPECT_EQ(result.response.status, 503);
    EXPECT_EQ(result.error(), "temporarily_unavailable");
    EXPECT_GT(result.response.retry_after, 0U);
  }
  std::string client_token() {
    return ask(Endpoint::token, "robot", {{"grant_type", "client_credentials"}})
        .member("access_token");
  }
  bool ended() { return record_of(code_)->revoked; }

  std::string code_;
  Result granted_;
};

TEST_F(RevocationEndpoint, EndsAFamilyByItsRefreshToken) {
  const Result result = revoke(granted_.refresh_token());
  expect_done(result);
  EXPECT_TRUE(ended());
  EXPECT_EQ(result.family, granted_.family);
  EXPECT_EQ(result.report.subject, "alice");
  EXPECT_EQ(refresh_as_web(granted_.refresh_token()).error(), "invalid_grant");
}

TEST_F(RevocationEndpoint, EndsAFamilyByItsAccessToken) {
  const Result result = revoke(granted_.member("access_token"));
  expect_done(result);
  EXPECT_TRUE(ended());
  EXPECT_EQ(result.family, granted_.family);
}

TEST_F(RevocationEndpoint, EndsAFamilyByATokenThatWasRotatedLongAgo) {
  Result newest = granted_;
  for (int i = 0; i < 3; ++i) {
    pass_seconds(100);
    newest = refresh_as_web(newest.refresh_token());
  }
  expect_done(revoke(granted_.refresh_token()));
  EXPECT_TRUE(ended());
  EXPECT_EQ(refresh_as_web(newest.refresh_token()).error(), "invalid_grant");
}

// RFC 7009 section 2.1: "if the server is unable to locate the token using the given hint, it MUST
// extend its search across all of its supported token types."
TEST_F(RevocationEndpoint, DoesNotTrustAHint) {
  for (const char* hint : {"access_token", "refresh_token", "unknown", ""}) {
    record_of(code_)->revoked = false;
    expect_done(revoke(granted_.refresh_token(), {{"token_type_hint", hint}}));
    EXPECT_TRUE(ended()) << hint;
    record_of(code_)->revoked = false;
    expect_done(revoke(granted_.member("access_token"), {{"token_type_hint", hint}}));
    EXPECT_TRUE(ended()) << hint;
  }
}

TEST_F(RevocationEndpoint, MayBeRepeated) {
  expect_done(revoke(granted_.refresh_token()));
  expect_done(revoke(granted_.refresh_token()));
  expect_done(revoke(granted_.member("access_token")));
}

// RFC 7009 section 2.2: invalid tokens "do not cause an error response".
TEST_F(RevocationEndpoint, SaysYesToGarbage) {
  for (const std::string& token :
       {std::string("x"), std::string(56, 'A'), granted_.refresh_token().substr(1),
        granted_.refresh_token() + "A", std::string(4000, 'x'), std::string("\r\n<b>")}) {
    expect_done(revoke(token));
  }
  EXPECT_FALSE(ended());
}

TEST_F(RevocationEndpoint, SaysYesToAForgedToken) {
  std::string bytes;
  decode_base64url(granted_.refresh_token(), bytes);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  expect_done(revoke(base64url(bytes)));
  EXPECT_FALSE(ended());
}

// RFC 7009 section 2.1: whoever is not its client is refused.
TEST_F(RevocationEndpoint, RefusesTokensOfAnotherClient) {
  for (const char* name : {"refresh_token", "access_token"}) {
    for (const char* other : {"brief", "phone", "guard"}) {
      const Result result = revoke(granted_.member(name), {}, other);
      EXPECT_EQ(result.response.status, 400) << name;
      EXPECT_NE(result.error(), "");
      EXPECT_EQ(result.report.outcome, Outcome::rejected);
    }
  }
  EXPECT_EQ(revoke(client_token()).response.status, 400);
  EXPECT_FALSE(ended());
}

TEST_F(RevocationEndpoint, AuthenticatesItsClients) {
  const Result result = revoke(granted_.refresh_token(), {}, "nobody");
  EXPECT_EQ(result.response.status, 401);
  EXPECT_TRUE(result.response.challenge_basic);
  config_.endpoint = Endpoint::revocation;
  Request made = request("token=" + granted_.refresh_token() + "&client_id=web");
  made.authorization = "";
  EXPECT_EQ(send(std::move(made)).response.status, 401);
  EXPECT_FALSE(ended());
}

TEST_F(RevocationEndpoint, IsForPublicClientsToo) {
  const Form phone = {{"client_id", "phone"}, {"redirect_uri", "http://127.0.0.1/cb"}};
  const std::string code = this->code(phone);
  const Result granted = redeem(code, {{"redirect_uri", "http://127.0.0.1/cb"}}, "phone");
  expect_done(revoke(granted.refresh_token(), {}, "phone"));
  EXPECT_TRUE(record_of(code)->revoked);
}

TEST_F(RevocationEndpoint, ChecksItsParameters) {
  EXPECT_EQ(revoke("").error(), "invalid_request");
  config_.endpoint = Endpoint::revocation;
  EXPECT_EQ(send("token=a&token=b").error(), "invalid_request");
  Request made = request("");
  made.method = "GET";
  made.query = "token=a";
  const Result result = send(std::move(made));
  EXPECT_EQ(result.response.status, 405);
  EXPECT_EQ(std::string(result.response.allow), "POST");
  made = request("token=a");
  made.query = "token=a";
  EXPECT_EQ(send(std::move(made)).error(), "invalid_request");
}

TEST_F(RevocationEndpoint, GivesAClientsOwnTokenATombstone) {
  const std::string token = client_token();
  pass_seconds(600);
  expect_done(revoke(token, {}, "robot"));
  family_ = family_of(token);
  EXPECT_TRUE(record().revoked);
  EXPECT_EQ(record().ttl_written, 3000U) << "until the token expires";
  expect_done(revoke(token, {}, "robot"));
}

TEST_F(RevocationEndpoint, WritesNothingForATokenThatIsOver) {
  const std::string token = client_token();
  pass_seconds(3600);
  store_.creates = 0;
  expect_done(revoke(token, {}, "robot"));
  EXPECT_EQ(store_.creates, 0);
}

TEST_F(RevocationEndpoint, SaysUnavailableWhereItCannotWrite) {
  const std::string client_token = this->client_token();
  for (const Fate fate : {Fate::refused, Fate::reply_lost}) {
    store_.fates = {fate};
    expect_unavailable(revoke(granted_.refresh_token()));
    store_.fates = {fate};
    expect_unavailable(revoke(granted_.member("access_token")));
    store_.fates = {fate};
    expect_unavailable(revoke(client_token, {}, "robot"));
    store_.fates = {fate};
    expect_unavailable(revoke(granted_.refresh_token(), {}, "brief"));
  }
  record_of(code_)->unknown_layout = true;
  expect_unavailable(revoke(granted_.refresh_token()));
}

TEST_F(RevocationEndpoint, SaysUnavailableWhereTheStoreWasEmptied) {
  store_.wipe();
  expect_unavailable(revoke(granted_.refresh_token()));
  expect_unavailable(revoke(granted_.member("access_token")));
  pass_seconds(100);
  code();
  expect_unavailable(revoke(granted_.refresh_token()));
}

TEST_F(RevocationEndpoint, SaysUnavailableWhereManyRecordsAreMissing) {
  store_.lose_families();
  store_.open_breaker();
  const Result result = revoke(granted_.refresh_token());
  expect_unavailable(result);
  EXPECT_TRUE(result.report.alarm);
  store_.accept_loss(environment_.unix_time() + 1);
  expect_done(revoke(granted_.refresh_token()));
}

TEST_F(RevocationEndpoint, SaysYesWhereTheFamilyIsOver) {
  pass_seconds(86400);
  expect_done(revoke(granted_.refresh_token()));
  expect_done(revoke(granted_.member("access_token")));
}

// A tombstone is the first that an emptied store gets to see here; that store is whole since now,
// not since the time of the token.
TEST_F(RevocationEndpoint, DoesNotCallAnEmptiedStoreWhole) {
  const std::string token = client_token();
  pass_seconds(100);
  const std::string lost = code();
  const Result granted = redeem(lost);
  store_.wipe();
  pass_seconds(100);
  expect_done(revoke(token, {}, "robot"));
  expect_unavailable(revoke(granted.refresh_token()));
}

TEST_F(RevocationEndpoint, GoesOnWhenItsClientHasLeft) {
  config_.endpoint = Endpoint::revocation;
  Request made = request("token=" + granted_.refresh_token());
  made.authorization = "Basic d2ViOnNlY3JldA==";
  FakeHost host;
  const auto exchange = make_exchange(config_, store_, environment_, std::move(made));
  exchange->start(host);
  exchange->detach();
  store_.run();
  EXPECT_TRUE(ended());
  EXPECT_EQ(host.responses, 0);
}

}  // namespace
}  // namespace oauth2
