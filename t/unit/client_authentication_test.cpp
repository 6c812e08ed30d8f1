#include "client_authentication.h"

#include <gtest/gtest.h>

#include <vector>

#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;

std::string standard_base64(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out.push_back(i + k <= bytes.size() ? alphabet[bits >> (18 - 6 * k) & 63] : '=');
    }
  }
  return out;
}

std::string basic(std::string_view pair) {
  return "Basic " + standard_base64(pair);
}

ClientRegistry sample_clients() {
  struct Sample {
    const char* id;
    std::vector<const char*> secrets;
    unsigned methods;
  };
  const unsigned both = client_secret_basic | client_secret_post;
  const Sample samples[] = {
      {"app", {"secret"}, both},
      {"rolling", {"old secret", "new secret", "newest secret"}, both},
      {"basic-only", {"secret"}, client_secret_basic},
      {"post-only", {"secret"}, client_secret_post},
      {"public", {}, no_authentication},
      {"a+b", {"plus"}, both},
      {"a b", {"space"}, both},
      {"raw+only", {"se%cret+"}, both},
      {"spaced only", {"two words"}, both},
      {"colon", {"se:cr:et"}, both},
  };
  ClientRegistry clients;
  for (const Sample& sample : samples) {
    auto client = std::make_shared<Client>();
    client->id = sample.id;
    client->auth_methods = sample.methods;
    for (const char* secret : sample.secrets) {
      client->secret_digests.push_back(digest_secret(secret));
    }
    clients.add(std::move(client));
  }
  return clients;
}

struct AuthenticationRow {
  const char* name;
  std::string authorization;
  std::string form_id;
  std::string form_secret;
  const char* client;  // null: refused with `error`
  Error error = Error::none;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(AuthenticationRow)

class ClientAuthentication : public testing::TestWithParam<AuthenticationRow> {};

TEST_P(ClientAuthentication, IsJudged) {
  const AuthenticationRow& row = GetParam();
  const ClientRegistry clients = sample_clients();
  Parameters parameters;
  parameters[Parameter::client_id] = row.form_id;
  parameters[Parameter::client_secret] = row.form_secret;
  const ClientCredentials credentials(row.authorization, parameters);

  Error error = Error::none;
  const char* reason = nullptr;
  const Client* client = credentials.authenticate(clients, error, reason);
  if (row.client != nullptr) {
    ASSERT_NE(client, nullptr) << reason;
    EXPECT_EQ(client->id, row.client);
  } else {
    EXPECT_EQ(client, nullptr);
    EXPECT_EQ(error, row.error);
    ASSERT_NE(reason, nullptr);
    EXPECT_NE(std::string(reason), "");
  }
}

constexpr Error bad_client = Error::invalid_client;
constexpr Error bad_request = Error::invalid_request;

INSTANTIATE_TEST_SUITE_P(
    Basic, ClientAuthentication,
    testing::Values(
        AuthenticationRow{"id and secret", basic("app:secret"), "", "", "app"},
        AuthenticationRow{"the same id in the body", basic("app:secret"), "app", "", "app"},
        AuthenticationRow{"the scheme in lower case", "basic YXBwOnNlY3JldA==", "", "", "app"},
        AuthenticationRow{"the scheme in capitals", "BASIC YXBwOnNlY3JldA==", "", "", "app"},
        AuthenticationRow{"two spaces", "Basic  YXBwOnNlY3JldA==", "", "", "app"},
        AuthenticationRow{"no padding", "Basic YXBwOnNlY3JldA", "", "", "app"},
        AuthenticationRow{"the first of several secrets", basic("rolling:old secret"), "", "",
                          "rolling"},
        AuthenticationRow{"another of several secrets", basic("rolling:new secret"), "", "",
                          "rolling"},
        AuthenticationRow{"the last of several secrets", basic("rolling:newest secret"), "", "",
                          "rolling"},
        AuthenticationRow{"encoded halves", basic("spaced+only:two%20words"), "", "",
                          "spaced only"},
        AuthenticationRow{"raw halves", basic("spaced only:two words"), "", "", "spaced only"},
        AuthenticationRow{"raw halves with a plus and a percent sign", basic("raw+only:se%cret+"),
                          "", "", "raw+only"},
        AuthenticationRow{"encoded halves with a plus and a percent sign",
                          basic("raw%2Bonly:se%25cret%2B"), "", "", "raw+only"},
        AuthenticationRow{"a secret with colons", basic("colon:se:cr:et"), "", "", "colon"},
        AuthenticationRow{"the decoded pair first", basic("a+b:space"), "", "", "a b"},
        AuthenticationRow{"a client that may use Basic only", basic("basic-only:secret"), "", "",
                          "basic-only"}),
    row_name<AuthenticationRow>);

// A pair whose raw and whose decoded id are both registered; the secret tells which one is meant,
// and the claimed id need not.
TEST(ClientAuthenticationAmbiguity, TheRawPairIsTriedToo) {
  const ClientRegistry clients = sample_clients();
  const ClientCredentials credentials(basic("a+b:plus"), Parameters());
  Error error = Error::none;
  const char* reason = nullptr;
  const Client* client = credentials.authenticate(clients, error, reason);
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->id, "a+b");
}

INSTANTIATE_TEST_SUITE_P(
    BasicRefused, ClientAuthentication,
    testing::Values(
        AuthenticationRow{"a wrong secret", basic("app:Secret"), "", "", nullptr, bad_client},
        AuthenticationRow{"a prefix of the secret", basic("app:secre"), "", "", nullptr,
                          bad_client},
        AuthenticationRow{"the secret and a NUL", basic("app:secret\0"s), "", "", nullptr,
                          bad_client},
        AuthenticationRow{"an empty secret", basic("app:"), "", "", nullptr, bad_client},
        AuthenticationRow{"an unknown client", basic("nobody:secret"), "", "", nullptr, bad_client},
        AuthenticationRow{"an empty id", basic(":secret"), "", "", nullptr, bad_client},
        AuthenticationRow{"another client's secret", basic("app:plus"), "", "", nullptr,
                          bad_client},
        AuthenticationRow{"a client that must use the body", basic("post-only:secret"), "", "",
                          nullptr, bad_client},
        AuthenticationRow{"a public client", basic("public:"), "", "", nullptr, bad_client},
        AuthenticationRow{"no colon", basic("appsecret"), "", "", nullptr, bad_client},
        AuthenticationRow{"no pair", "Basic ", "", "", nullptr, bad_client},
        AuthenticationRow{"no space", "Basic", "", "", nullptr, bad_client},
        AuthenticationRow{"not base64", "Basic !!!!", "", "", nullptr, bad_client},
        AuthenticationRow{"base64 with something behind", "Basic YXBwOnNlY3JldA== x", "", "",
                          nullptr, bad_client},
        AuthenticationRow{"another scheme", "Bearer YXBwOnNlY3JldA==", "", "", nullptr, bad_client},
        AuthenticationRow{"another scheme that begins alike", "BasicX YXBwOnNlY3JldA==", "", "",
                          nullptr, bad_client},
        AuthenticationRow{"another id in the body", basic("app:secret"), "public", "", nullptr,
                          bad_request},
        AuthenticationRow{"a wrong secret and a public client in the body", basic("app:wrong"),
                          "public", "", nullptr, bad_client}),
    row_name<AuthenticationRow>);

INSTANTIATE_TEST_SUITE_P(
    Body, ClientAuthentication,
    testing::Values(
        AuthenticationRow{"id and secret", "", "app", "secret", "app"},
        AuthenticationRow{"the last of several secrets", "", "rolling", "newest secret", "rolling"},
        AuthenticationRow{"a client that must use the body", "", "post-only", "secret",
                          "post-only"},
        AuthenticationRow{"a public client", "", "public", "", "public"},
        AuthenticationRow{"a wrong secret", "", "app", "wrong", nullptr, bad_client},
        AuthenticationRow{"no secret", "", "app", "", nullptr, bad_client},
        AuthenticationRow{"no id", "", "", "secret", nullptr, bad_client},
        AuthenticationRow{"nothing at all", "", "", "", nullptr, bad_client},
        AuthenticationRow{"an unknown client", "", "nobody", "secret", nullptr, bad_client},
        AuthenticationRow{"an unknown public client", "", "nobody", "", nullptr, bad_client},
        AuthenticationRow{"a public client with a secret", "", "public", "secret", nullptr,
                          bad_client},
        AuthenticationRow{"a client that may use Basic only", "", "basic-only", "secret", nullptr,
                          bad_client}),
    row_name<AuthenticationRow>);

INSTANTIATE_TEST_SUITE_P(
    TwoMethods, ClientAuthentication,
    testing::Values(AuthenticationRow{"Basic and a secret in the body", basic("app:secret"), "app",
                                      "secret", nullptr, bad_request},
                    AuthenticationRow{"Basic and another secret in the body", basic("app:secret"),
                                      "", "x", nullptr, bad_request},
                    AuthenticationRow{"unreadable Basic and a secret in the body", "Basic !!!",
                                      "app", "secret", nullptr, bad_request},
                    AuthenticationRow{"Bearer and a secret in the body", "Bearer x", "app",
                                      "secret", nullptr, bad_request}),
    row_name<AuthenticationRow>);

struct ClaimRow {
  const char* name;
  std::string authorization;
  std::string form_id;
  std::string claimed;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ClaimRow)

class ClaimedId : public testing::TestWithParam<ClaimRow> {};

TEST_P(ClaimedId, IsWhatLimitsCountBy) {
  Parameters parameters;
  parameters[Parameter::client_id] = GetParam().form_id;
  const ClientCredentials credentials(GetParam().authorization, parameters);
  EXPECT_EQ(credentials.claimed_id(sample_clients()), GetParam().claimed);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ClaimedId,
    testing::Values(
        ClaimRow{"nothing", "", "", ""}, ClaimRow{"the body's", "", "app", "app"},
        ClaimRow{"an unknown one in the body", "", "nobody", "nobody"},
        ClaimRow{"Basic with a wrong secret", basic("app:guess"), "", "app"},
        ClaimRow{"Basic before the body", basic("app:guess"), "public", "app"},
        ClaimRow{"an encoded one", basic("spaced%20only:guess"), "", "spaced only"},
        ClaimRow{"a raw one where only that is registered", basic("raw+only:guess"), "",
                 "raw+only"},
        ClaimRow{"the decoded one where both are registered", basic("a+b:guess"), "", "a b"},
        ClaimRow{"the decoded one where none is registered", basic("no+body:guess"), "", "no body"},
        ClaimRow{"one that cannot be decoded", basic("app%:guess"), "", "app%"},
        ClaimRow{"one with a line feed", "", "app\nX-Header: 1", ""},
        ClaimRow{"one with a NUL in Basic", basic("app\0:guess"s), "", ""},
        ClaimRow{"one that is decoded to a line feed", basic("app%0a:guess"), "", ""},
        ClaimRow{"one beyond ASCII", "", "\xc3\xa9", ""},
        ClaimRow{"one that is too long", "", std::string(256, 'x'), ""},
        ClaimRow{"the longest", "", std::string(255, 'x'), std::string(255, 'x')},
        ClaimRow{"the body's where Basic is unreadable", "Basic !", "app", "app"}),
    row_name<ClaimRow>);

}  // namespace
}  // namespace oauth2
