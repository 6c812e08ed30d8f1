#include "introspection_endpoint.h"

#include <gtest/gtest.h>

#include "grants_fixture.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

class IntrospectionEndpoint : public GrantsTest {
 protected:
  IntrospectionEndpoint() {
    code_ = code();
    granted_ = redeem(code_);
    access_ = granted_.member("access_token");
  }

  Result introspect(const std::string& token, const std::string& client = "guard") {
    return ask(Endpoint::introspection, client, {{"token", token}});
  }
  void expect_inactive(const Result& result) {
    EXPECT_EQ(result.response.status, 200);
    EXPECT_EQ(result.response.body, "{\"active\":false}");
    EXPECT_EQ(result.report.outcome, Outcome::introspected);
  }
  void expect_active(const Result& result) {
    EXPECT_EQ(result.response.status, 200);
    EXPECT_EQ(result.member("active"), "true") << result.response.body;
  }
  void expect_unavailable(const Result& result) {
    EXPECT_EQ(result.response.status, 503);
    EXPECT_EQ(result.error(), "temporarily_unavailable");
    EXPECT_GT(result.response.retry_after, 0U);
    EXPECT_EQ(result.member("active"), "");
  }
  Result refresh_as_web(const std::string& token) {
    return ask(Endpoint::token, "web", {{"grant_type", "refresh_token"}, {"refresh_token", token}});
  }
  std::string time(uint32_t seconds) { return std::to_string(environment_.unix_time() + seconds); }

  std::string code_;
  Result granted_;
  std::string access_;
};

TEST_F(IntrospectionEndpoint, DescribesAnAccessToken) {
  const Result result = introspect(access_);
  expect_active(result);
  EXPECT_EQ(result.member("scope"), "read write");
  EXPECT_EQ(result.member("client_id"), "web");
  EXPECT_EQ(result.member("token_type"), "Bearer");
  EXPECT_EQ(result.member("sub"), "alice");
  EXPECT_EQ(result.member("username"), "alice");
  EXPECT_EQ(result.member("iss"), "https://as.example");
  EXPECT_EQ(result.member("iat"), time(0));
  EXPECT_EQ(result.member("exp"), time(3600));
  EXPECT_EQ(result.report.outcome, Outcome::introspected);
  EXPECT_EQ(result.family, granted_.family);
}

TEST_F(IntrospectionEndpoint, SaysActiveWhateverTheGeneration) {
  std::string token = granted_.refresh_token();
  for (int i = 0; i < 3; ++i) {
    pass_seconds(100);
    token = refresh_as_web(token).refresh_token();
  }
  expect_active(introspect(access_));
}

TEST_F(IntrospectionEndpoint, SaysInactiveToWhatIsOver) {
  pass_seconds(3599);
  expect_active(introspect(access_));
  pass_seconds(1);
  store_.reads = 0;
  expect_inactive(introspect(access_));
  EXPECT_EQ(store_.reads, 0);
}

TEST_F(IntrospectionEndpoint, SaysInactiveToWhatWasRevoked) {
  ask(Endpoint::revocation, "web", {{"token", granted_.refresh_token()}});
  expect_inactive(introspect(access_));
}

TEST_F(IntrospectionEndpoint, SaysInactiveToGarbageWithoutTheStore) {
  store_.reads = 0;
  for (const std::string& token : {std::string("x"), std::string(56, 'A'), access_.substr(1),
                                   access_ + "A", code_, std::string(4000, 'x')}) {
    expect_inactive(introspect(token));
  }
  EXPECT_EQ(store_.reads, 0);
}

TEST_F(IntrospectionEndpoint, TellsTheOperatorOfATokenOfAnUnknownKey) {
  const std::string refresh_token = granted_.refresh_token();
  EXPECT_FALSE(introspect("garbage").report.unknown_token_format);
  use_keys({sample_root(9)});
  const Result result = introspect(refresh_token);
  expect_inactive(result);
  EXPECT_TRUE(result.report.unknown_token_format);
}

TEST_F(IntrospectionEndpoint, SaysInactiveWhereTheFamilyIsOver) {
  store_.find(family_of(access_))->expires_ms = clock_.now_ms;
  expect_inactive(introspect(access_));
}

// "active: false" is evidence: a resource server throws the user out.
TEST_F(IntrospectionEndpoint, SaysUnavailableWhereNothingIsCertain) {
  store_.fates = {Fate::refused};
  expect_unavailable(introspect(access_));
  store_.fates = {Fate::reply_lost};
  expect_unavailable(introspect(access_));
  record_of(code_)->unknown_layout = true;
  expect_unavailable(introspect(access_));
  store_.wipe();
  expect_unavailable(introspect(access_));
  pass_seconds(100);
  code();
  expect_unavailable(introspect(access_));
}

TEST_F(IntrospectionEndpoint, SaysUnavailableWhereManyRecordsAreMissing) {
  client("web").introspect = true;
  store_.lose_families();
  expect_inactive(introspect(access_));
  store_.open_breaker();
  expect_unavailable(introspect(access_));
  expect_unavailable(introspect(granted_.refresh_token(), "web"));
  EXPECT_EQ(store_.losses.unproved, 2U);
  store_.accept_loss(environment_.unix_time() + 1);
  expect_inactive(introspect(access_));
  expect_inactive(introspect(granted_.refresh_token(), "web"));
}

TEST_F(IntrospectionEndpoint, SaysUnavailableOfAClientsTokenToo) {
  const std::string token =
      ask(Endpoint::token, "robot", {{"grant_type", "client_credentials"}}).member("access_token");
  store_.fates = {Fate::refused};
  expect_unavailable(introspect(token));
}

TEST_F(IntrospectionEndpoint, DescribesAClientsToken) {
  const std::string token =
      ask(Endpoint::token, "robot", {{"grant_type", "client_credentials"}}).member("access_token");
  const Result result = introspect(token);
  expect_active(result);
  EXPECT_EQ(result.member("client_id"), "robot");
  EXPECT_EQ(result.member("sub"), "");
  ask(Endpoint::revocation, "robot", {{"token", token}});
  expect_inactive(introspect(token));
}

// --- Who may ask

TEST_F(IntrospectionEndpoint, AnswersToClientsThatMayIntrospectOnly) {
  store_.reads = 0;
  for (const char* other : {"web", "app", "phone", "robot"}) {
    const Result result = introspect(access_, other);
    EXPECT_EQ(result.response.status, 400);
    EXPECT_EQ(result.error(), "unauthorized_client");
    EXPECT_EQ(result.member("active"), "");
  }
  EXPECT_EQ(introspect(access_, "nobody").response.status, 401);
  config_.endpoint = Endpoint::introspection;
  Request made = request("token=" + access_ + "&client_id=guard");
  made.authorization = "";
  EXPECT_EQ(send(std::move(made)).response.status, 401);
  EXPECT_EQ(store_.reads, 0);
}

TEST_F(IntrospectionEndpoint, ChecksItsParameters) {
  EXPECT_EQ(introspect("").error(), "invalid_request");
  client("web").introspect = true;
  config_.endpoint = Endpoint::introspection;
  Request made = request("token=a&token=b");
  made.authorization = "Basic Z3VhcmQ6c2VjcmV0";
  EXPECT_EQ(send(std::move(made)).error(), "invalid_request");
  made = request("");
  made.method = "GET";
  made.query = "token=a";
  EXPECT_EQ(send(std::move(made)).response.status, 405);
}

// --- Refresh tokens

TEST_F(IntrospectionEndpoint, ShowsARefreshTokenToItsOwnClientOnly) {
  expect_inactive(introspect(granted_.refresh_token()));
  client("web").introspect = true;
  const Result result = introspect(granted_.refresh_token(), "web");
  expect_active(result);
  EXPECT_EQ(result.member("token_type"), "") << "it is no bearer token for resources";
  EXPECT_EQ(result.member("client_id"), "web");
  EXPECT_EQ(result.member("sub"), "alice");
  EXPECT_EQ(result.member("scope"), "read write");
  EXPECT_EQ(result.member("exp"), time(86400));
}

TEST_F(IntrospectionEndpoint, SaysActiveToTheNewestAndItsPredecessorInTheWindow) {
  client("web").introspect = true;
  const std::string first = granted_.refresh_token();
  const std::string second = refresh_as_web(first).refresh_token();
  const std::string third = refresh_as_web(second).refresh_token();
  expect_active(introspect(third, "web"));
  expect_active(introspect(second, "web"));
  expect_inactive(introspect(first, "web"));
  pass_seconds(30);
  expect_active(introspect(second, "web"));
  pass_seconds(1);
  expect_inactive(introspect(second, "web"));
  pass_seconds(100);
  expect_inactive(introspect(second, "web"));
  EXPECT_FALSE(record_of(code_)->revoked) << "to ask is no replay";
  expect_active(introspect(third, "web"));
}

TEST_F(IntrospectionEndpoint, SaysInactiveToARefreshTokenThatIsOver) {
  client("web").introspect = true;
  config_.settings.refresh_token_lifetime = 100;
  pass_seconds(40);
  EXPECT_EQ(introspect(granted_.refresh_token(), "web").member("exp"), time(60));
  pass_seconds(60);
  expect_inactive(introspect(granted_.refresh_token(), "web"));
}

TEST_F(IntrospectionEndpoint, SaysUnavailableOfARefreshTokenToo) {
  client("web").introspect = true;
  store_.fates = {Fate::refused};
  expect_unavailable(introspect(granted_.refresh_token(), "web"));
  store_.wipe();
  expect_unavailable(introspect(granted_.refresh_token(), "web"));
}

TEST_F(IntrospectionEndpoint, EscapesWhatItTells) {
  subject_ = "a\"b\\c</script>\xc3\xa9";
  const Result granted = redeem(code());
  const Result result = introspect(granted.member("access_token"));
  expect_active(result);
  EXPECT_NE(result.response.body.find("\"sub\":\"a\\\"b\\\\c"), std::string::npos);
}

}  // namespace
}  // namespace oauth2
