#include "oauth2/metadata.h"

#include <gtest/gtest.h>

#include "grants_fixture.h"

namespace oauth2 {
namespace {

class Metadata : public GrantsTest {
 protected:
  Metadata() {
    facts_.issuer = "https://as.example";
    facts_.clients = &clients_;
  }

  bool states(const std::string& part) const {
    return metadata_document(facts_).find(part) != std::string::npos;
  }

  ServerFacts facts_;
};

TEST_F(Metadata, StatesWhatIsOn) {
  facts_.paths = {{Endpoint::token, "/oauth2/token"},
                  {Endpoint::authorization, "/oauth2/authorize"},
                  {Endpoint::revocation, "/oauth2/revoke"},
                  {Endpoint::introspection, "/oauth2/introspect"}};
  facts_.password_grant = true;
  for (const char* part : {
           "\"issuer\":\"https://as.example\"",
           "\"token_endpoint\":\"https://as.example/oauth2/token\"",
           "\"authorization_endpoint\":\"https://as.example/oauth2/authorize\"",
           "\"revocation_endpoint\":\"https://as.example/oauth2/revoke\"",
           "\"introspection_endpoint\":\"https://as.example/oauth2/introspect\"",
           "\"code_challenge_methods_supported\":[\"S256\"]",
           "\"authorization_response_iss_parameter_supported\":true",
           "\"response_types_supported\":[\"code\",\"token\"]",
           "\"response_modes_supported\":[\"query\",\"fragment\"]",
           "\"grant_types_supported\":[\"authorization_code\",\"client_credentials\",\"implicit\","
           "\"password\",\"refresh_token\"]",
           "\"scopes_supported\":[\"read\",\"write\"]",
           "\"token_endpoint_auth_methods_supported\":[\"client_secret_basic\","
           "\"client_secret_post\",\"none\"]",
           "\"introspection_endpoint_auth_methods_supported\":[\"client_secret_basic\","
           "\"client_secret_post\"]",
       }) {
    EXPECT_TRUE(states(part)) << part << "\n" << metadata_document(facts_);
  }
}

TEST_F(Metadata, StatesNothingThatIsNotOn) {
  facts_.paths = {{Endpoint::token, "/oauth2/token"}};
  for (const char* part :
       {"authorization_endpoint", "revocation_endpoint", "introspection", "code_challenge",
        "authorization_response_iss", "\"implicit\"", "\"authorization_code\"", "\"password\"",
        "\"code\"", "\"token\"", "jwks", "registration", "response_types", "response_modes"}) {
    EXPECT_FALSE(states(part)) << part;
  }
  EXPECT_TRUE(states("\"grant_types_supported\":[\"client_credentials\",\"refresh_token\"]"));
}

TEST_F(Metadata, StatesNoGrantThatNoClientHas) {
  facts_.paths = {{Endpoint::token, "/t"}, {Endpoint::authorization, "/a"}};
  client("page").grant_types = 0;
  EXPECT_FALSE(states("implicit"));
  EXPECT_TRUE(states("\"response_types_supported\":[\"code\"]"));
  EXPECT_TRUE(states("\"response_modes_supported\":[\"query\"]"));
  client("robot").grant_types = 0;
  EXPECT_FALSE(states("client_credentials"));
}

TEST_F(Metadata, StatesNoIntrospectionThatNobodyMayUse) {
  facts_.paths = {{Endpoint::token, "/t"}, {Endpoint::introspection, "/i"}};
  client("guard").introspect = false;
  EXPECT_FALSE(states("introspection"));
}

TEST_F(Metadata, StatesNoCodesWithoutATokenEndpoint) {
  facts_.paths = {{Endpoint::authorization, "/a"}};
  EXPECT_TRUE(states("\"grant_types_supported\":[\"implicit\"]"));
  EXPECT_TRUE(states("\"response_types_supported\":[\"token\"]"));
  EXPECT_FALSE(states("code_challenge"));
}

TEST_F(Metadata, PutsEndpointsAtTheOriginOfTheIssuer) {
  facts_.issuer = "https://as.example:8443/tenant/one";
  facts_.paths = {{Endpoint::token, "/oauth2/token"}};
  EXPECT_TRUE(states("\"issuer\":\"https://as.example:8443/tenant/one\""));
  EXPECT_TRUE(states("\"token_endpoint\":\"https://as.example:8443/oauth2/token\""));
}

// RFC 8414 section 2: "a URL that uses the "https" scheme and has no query or fragment components"
TEST(Issuer, IsHttpsWithoutQueryAndFragment) {
  for (const char* good : {"https://as.example", "https://as.example/", "https://as.example:8443",
                           "https://as.example/tenant/1", "https://[2001:db8::1]"}) {
    EXPECT_EQ(check_issuer(good), nullptr) << good;
  }
  for (const char* bad : {"", "as.example", "http://as.example", "http://127.0.0.1", "https://",
                          "https://as.example?", "https://as.example?a=b", "https://as.example#",
                          "https://as.example#a", "https://u@as.example", "com.example.app:/",
                          "https://as.example/\"", "ftp://as.example", "HTTPS://as.example",
                          "https://as.example/a b", "https://as.example:0"}) {
    EXPECT_NE(check_issuer(bad), nullptr) << bad;
  }
}

}  // namespace
}  // namespace oauth2
