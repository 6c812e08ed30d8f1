#include "client_credentials_grant.h"

#include <gtest/gtest.h>

#include "access_token.h"
#include "grants_fixture.h"

namespace oauth2 {
namespace {

class ClientCredentialsGrant : public GrantsTest {
 protected:
  Result grant(const Form& changes = {}, const std::string& client = "robot") {
    Form form = {{"grant_type", "client_credentials"}};
    form.insert(changes.begin(), changes.end());
    return ask(Endpoint::token, client, form);
  }
};

TEST_F(ClientCredentialsGrant, GivesAnAccessTokenAlone) {
  const Result result = grant();
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.report.outcome, Outcome::issued);
  EXPECT_EQ(result.member("expires_in"), "3600");
  EXPECT_EQ(result.member("scope"), "read write");
  EXPECT_EQ(result.refresh_token(), "");
  EXPECT_EQ(result.member("refresh_token_expires_in"), "");
  EXPECT_EQ(store_.executed(), 0) << "it needs no record";

  AccessClaims claims;
  std::string plaintext;
  ASSERT_TRUE(open_access_token(*keys_, result.member("access_token"), claims, plaintext));
  EXPECT_EQ(claims.client, "robot");
  EXPECT_EQ(claims.subject, "") << "no user has granted it";
  EXPECT_EQ(claims.scope, "read write");
  EXPECT_EQ(claims.expires_at, environment_.unix_time() + 3600);
}

TEST_F(ClientCredentialsGrant, GivesNoRefreshTokenToAClientThatHasThem) {
  client("robot").grant_types |= refresh_token_grant_type;
  EXPECT_EQ(grant().refresh_token(), "");
}

TEST_F(ClientCredentialsGrant, GivesEachTokenAnIdOfItsOwn) {
  EXPECT_NE(family_of(grant().member("access_token")).bytes,
            family_of(grant().member("access_token")).bytes);
}

TEST_F(ClientCredentialsGrant, ChecksTheScope) {
  EXPECT_EQ(grant({{"scope", "write"}}).member("scope"), "write");
  EXPECT_EQ(grant({{"scope", "write admin"}}).error(), "invalid_scope");
  EXPECT_EQ(grant({{"scope", "wri\"te"}}).error(), "invalid_scope");
}

TEST_F(ClientCredentialsGrant, IsForClientsThatHaveIt) {
  EXPECT_EQ(grant({}, "web").error(), "unauthorized_client");
  EXPECT_EQ(grant({}, "phone").error(), "unauthorized_client");
  EXPECT_EQ(grant({}, "nobody").error(), "invalid_client");
  config_.endpoint = Endpoint::token;
  Request made = request("grant_type=client_credentials&client_id=robot");
  made.authorization = "";
  EXPECT_EQ(send(std::move(made)).error(), "invalid_client");
}

// RFC 6749 section 4.2: the implicit grant has no business at the token endpoint.
TEST_F(ClientCredentialsGrant, IsNotTheImplicitOne) {
  EXPECT_EQ(ask(Endpoint::token, "page", {{"grant_type", "implicit"}}).error(),
            "unsupported_grant_type");
}

// A token that a user granted without a refresh token has a record, for as long as it lives.
TEST_F(ClientCredentialsGrant, IsNoUsersGrant) {
  config_.settings.access_token_validity = 500;
  const Result result = ask(Endpoint::token, "visitor",
                            {{"grant_type", "password"}, {"username", "a"}, {"password", "b"}});
  EXPECT_EQ(result.refresh_token(), "");
  family_ = family_of(result.member("access_token"));
  EXPECT_EQ(record().ttl_written, 500U);
  EXPECT_EQ(record().subject, "alice");
}

}  // namespace
}  // namespace oauth2
