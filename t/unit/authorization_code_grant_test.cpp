#include "authorization_code_grant.h"

#include <gtest/gtest.h>

#include "access_token.h"
#include "grants_fixture.h"
#include "refresh_token.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

class AuthorizationCodeGrant : public GrantsTest {
 protected:
  void expect_tokens(const Result& result) {
    EXPECT_EQ(result.response.status, 200) << result.response.body;
    EXPECT_EQ(result.report.outcome, Outcome::issued);
    EXPECT_EQ(result.member("token_type"), "Bearer");
  }
  void expect_refused(const Result& result, const std::string& error = "invalid_grant") {
    EXPECT_EQ(result.response.status, 400);
    EXPECT_EQ(result.error(), error);
    EXPECT_EQ(result.member("access_token"), "");
    EXPECT_EQ(result.refresh_token(), "");
  }
  void expect_unavailable(const Result& result) {
    EXPECT_EQ(result.response.status, 503);
    EXPECT_EQ(result.error(), "temporarily_unavailable");
    EXPECT_GT(result.response.retry_after, 0U);
    EXPECT_EQ(result.report.outcome, Outcome::unavailable);
  }
  /// Sends the exchange of `code` that "web" would send; its operations wait.
  std::shared_ptr<EndpointExchange> begin_redeeming(const std::string& code, FakeHost& host) {
    config_.endpoint = Endpoint::token;
    Request made = request(encode({{"grant_type", "authorization_code"},
                                   {"code", code},
                                   {"redirect_uri", "https://web.example/cb"},
                                   {"code_verifier", sample_verifier}}));
    made.authorization = "Basic d2ViOnNlY3JldA==";
    const auto exchange = make_exchange(config_, store_, environment_, std::move(made));
    exchange->start(host);
    return exchange;
  }
  Result refresh_as_web(const std::string& token) {
    return ask(Endpoint::token, "web", {{"grant_type", "refresh_token"}, {"refresh_token", token}});
  }
};

TEST_F(AuthorizationCodeGrant, ExchangesACode) {
  const std::string code = this->code({{"scope", "read"}});
  pass_seconds(10);
  const Result result = redeem(code);
  expect_tokens(result);
  EXPECT_EQ(result.member("expires_in"), "3600");
  EXPECT_EQ(result.member("refresh_token_expires_in"), "86400");
  EXPECT_EQ(result.member("scope"), "read");
  EXPECT_EQ(result.report.subject, "alice");

  RefreshToken first;
  ASSERT_EQ(verify_refresh_token(*keys_, result.refresh_token(), "web", first),
            TokenCheck::authentic);
  EXPECT_EQ(first.generation, 1U);
  EXPECT_EQ(first.granted_at, environment_.unix_time() - 10)
      << "the grant is the user's, not the exchange";
  EXPECT_EQ(result.family, family_hash(first.family));
  family_ = first.family;
  EXPECT_EQ(record().generation, 1U);
  EXPECT_EQ(record().ttl_written, 86400U);
  EXPECT_EQ(record().granted_at, first.granted_at);
  EXPECT_EQ(refresh_as_web(result.refresh_token()).report.outcome, Outcome::rotated);
}

TEST_F(AuthorizationCodeGrant, ExchangesACodeThatNamedNoRedirectUri) {
  const std::string code = this->code({{"redirect_uri", ""}});
  expect_tokens(redeem(code, {{"redirect_uri", ""}}));
}

TEST_F(AuthorizationCodeGrant, RotatesWhateverRenewalSays) {
  config_.settings.renewal = false;
  const std::string code = this->code();
  const Result result = redeem(code);
  expect_tokens(result);
  EXPECT_EQ(record_of(code)->generation, 1U);
  EXPECT_EQ(record_of(code)->ttl_written, 86400U);
  EXPECT_EQ(refresh_as_web(result.refresh_token()).report.outcome, Outcome::renewal_off);
}

TEST_F(AuthorizationCodeGrant, GivesNoRefreshTokenToAClientWithoutThem) {
  const Form brief = {{"client_id", "brief"}, {"redirect_uri", "https://brief.example/cb"}};
  const std::string code = this->code(brief);
  const Result result = redeem(code, {{"redirect_uri", "https://brief.example/cb"}}, "brief");
  expect_tokens(result);
  EXPECT_EQ(result.refresh_token(), "");
  EXPECT_EQ(result.member("refresh_token_expires_in"), "");
  EXPECT_EQ(record_of(code)->ttl_written, 3600U) << "as long as the access token";
}

TEST_F(AuthorizationCodeGrant, IsForPublicClientsToo) {
  const Form phone = {{"client_id", "phone"}, {"redirect_uri", "http://127.0.0.1:51004/cb"}};
  expect_tokens(redeem(code(phone), {{"redirect_uri", "http://127.0.0.1:51004/cb"}}, "phone"));
}

TEST_F(AuthorizationCodeGrant, EndsWithTheLifetimeOfTheGrant) {
  config_.settings.refresh_token_lifetime = 100;
  const std::string code = this->code();
  pass_seconds(40);
  EXPECT_EQ(redeem(code).member("refresh_token_expires_in"), "60");
  config_.settings.refresh_token_lifetime = 30;
  const std::string other = this->code();
  pass_seconds(30);
  expect_refused(redeem(other));
}

// --- Codes of somebody else, and other wrong ones: refused without the store, and still good

TEST_F(AuthorizationCodeGrant, RefusesAWrongOneStatelessly) {
  const std::string code = this->code();
  store_.creates = 0;
  const std::vector<Form> wrong = {{{"redirect_uri", ""}},
                                   {{"redirect_uri", "https://web.example/cb2"}},
                                   {{"redirect_uri", "https://web.example/cb "}},
                                   {{"code_verifier", std::string(43, 'a')}},
                                   {{"code_verifier", std::string(sample_verifier) + "x"}},
                                   // RFC 7636: with "plain", the challenge would be the verifier.
                                   {{"code_verifier", sample_challenge}},
                                   {{"code", code + "A"}},
                                   {{"code", code.substr(1)}},
                                   {{"code", "x"}},
                                   {{"code", std::string(56, 'A')}},
                                   {{"code", std::string(4000, 'A')}}};
  for (const Form& changes : wrong) {
    expect_refused(redeem(code, changes));
  }
  EXPECT_EQ(store_.executed(), 0);
  expect_tokens(redeem(code));
}

// RFC 9700 section 4.5: code injection.
TEST_F(AuthorizationCodeGrant, RefusesACodeOfAnotherClient) {
  const std::string code = this->code();
  store_.creates = 0;
  for (const char* other : {"legacy", "brief", "phone"}) {
    expect_refused(redeem(code, {}, other));
  }
  EXPECT_EQ(store_.executed(), 0);
  expect_tokens(redeem(code));
}

TEST_F(AuthorizationCodeGrant, RefusesTokensOfOtherKinds) {
  const Result result = redeem(code());
  for (const char* name : {"refresh_token", "access_token"}) {
    expect_refused(redeem(result.member(name)));
  }
  expect_refused(refresh_as_web(code()));
}

TEST_F(AuthorizationCodeGrant, ChecksItsParameters) {
  const std::string code = this->code();
  store_.creates = 0;
  expect_refused(redeem(""), "invalid_request");
  expect_refused(redeem(code, {{"code_verifier", ""}}), "invalid_request");
  for (const std::string& verifier : {std::string(42, 'a'), std::string(129, 'a'),
                                      std::string(42, 'a') + "+", std::string(42, 'a') + "\n"}) {
    expect_refused(redeem(code, {{"code_verifier", verifier}}), "invalid_request");
  }
  config_.endpoint = Endpoint::token;
  expect_refused(send("grant_type=authorization_code&code=a&code=b"), "invalid_request");
  expect_refused(send("grant_type=authorization_code&code=a&redirect_uri=b&redirect_uri=c"),
                 "invalid_request");
  expect_refused(send("grant_type=authorization_code&code=a&code_verifier=b&code_verifier=c"),
                 "invalid_request");
  EXPECT_EQ(store_.executed(), 0);
}

TEST_F(AuthorizationCodeGrant, IsForClientsThatHaveIt) {
  expect_refused(redeem("x", {}, "robot"), "unauthorized_client");
  EXPECT_EQ(redeem("x", {}, "nobody").error(), "invalid_client");
}

// RFC 9700 section 4.8.2: a code that was made without a challenge does not go with a verifier,
// and one that was made with one does not go without.
TEST_F(AuthorizationCodeGrant, CannotBeDowngraded) {
  const Form with = {{"client_id", "legacy"}, {"redirect_uri", "https://legacy.example/cb"}};
  Form without = with;
  without["code_challenge"] = "";
  without["code_challenge_method"] = "";
  const Form here = {{"redirect_uri", "https://legacy.example/cb"}};
  Form bare = here;
  bare["code_verifier"] = "";

  const std::string protected_code = code(with);
  expect_refused(redeem(protected_code, bare, "legacy"));
  expect_tokens(redeem(protected_code, here, "legacy"));
  const std::string bare_code = code(without);
  expect_refused(redeem(bare_code, here, "legacy"));
  expect_tokens(redeem(bare_code, bare, "legacy"));
}

// --- The second use

TEST_F(AuthorizationCodeGrant, RefusesASecondUse) {
  const std::string code = this->code();
  const Result first = redeem(code);
  expect_refused(redeem(code));
  pass_seconds(5);
  expect_refused(redeem(code));
  EXPECT_FALSE(record_of(code)->revoked);
  expect_tokens(redeem(this->code()));
  EXPECT_EQ(refresh_as_web(first.refresh_token()).response.status, 200);
}

TEST_F(AuthorizationCodeGrant, EndsTheFamilyWhereTheSecondUseIsLate) {
  for (const Reuse reuse : {Reuse::revoke, Reuse::deny}) {
    config_.settings.reuse = reuse;
    const std::string code = this->code();
    const Result first = redeem(code);
    pass_seconds(6);
    const Result second = redeem(code);
    expect_refused(second);
    EXPECT_EQ(second.report.outcome, Outcome::replayed);
    EXPECT_TRUE(record_of(code)->revoked);
    expect_refused(refresh_as_web(first.refresh_token()));
    expect_refused(redeem(code));
  }
}

TEST_F(AuthorizationCodeGrant, HasNoRetryWindow) {
  config_.settings.retry = RetryWindow{0, true};
  const std::string code = this->code();
  redeem(code);
  expect_refused(redeem(code));
  client("web").settings.retry = RetryWindow{3600, false};
  expect_refused(redeem(code));
}

TEST_F(AuthorizationCodeGrant, EndsTheFamilyAlsoAfterRefreshes) {
  const std::string code = this->code();
  const Result first = redeem(code);
  pass_seconds(1000);
  const Result next = refresh_as_web(first.refresh_token());
  pass_seconds(1);
  expect_refused(redeem(code));
  EXPECT_TRUE(record_of(code)->revoked);
  expect_refused(refresh_as_web(next.refresh_token()));
}

// A wrong second use proves nothing: anybody who saw the code in a log could send it.
TEST_F(AuthorizationCodeGrant, LeavesTheFamilyWhereTheSecondUseIsNotTheClients) {
  const std::string code = this->code();
  redeem(code);
  pass_seconds(60);
  expect_refused(redeem(code, {{"code_verifier", std::string(43, 'a')}}));
  expect_refused(redeem(code, {}, "legacy"));
  EXPECT_FALSE(record_of(code)->revoked);
}

TEST_F(AuthorizationCodeGrant, ExchangesOneCodeOnceInFlight) {
  const std::string code = this->code();
  std::vector<std::shared_ptr<EndpointExchange>> flight;
  FakeHost host;
  for (int i = 0; i < 5; ++i) {
    flight.push_back(begin_redeeming(code, host));
  }
  store_.run();
  EXPECT_EQ(host.responses, 5);
  int successes = 0;
  for (const auto& exchange : flight) {
    successes += exchange->response().status == 200 ? 1 : 0;
  }
  EXPECT_EQ(successes, 1);
  EXPECT_EQ(record_of(code)->generation, 1U);
  EXPECT_FALSE(record_of(code)->revoked);
}

// --- Time and trouble

TEST_F(AuthorizationCodeGrant, RefusesAnExpiredCode) {
  const std::string code = this->code();
  pass_seconds(59);
  EXPECT_NE(record_of(code), nullptr);
  pass_seconds(1);
  expect_refused(redeem(code));
}

TEST_F(AuthorizationCodeGrant, SaysUnavailableWhereTheStoreWasEmptied) {
  const std::string code = this->code();
  store_.wipe();
  expect_unavailable(redeem(code));
  pass_seconds(66);
  expect_refused(redeem(code));
}

TEST_F(AuthorizationCodeGrant, SaysUnavailableWhereManyRecordsAreMissing) {
  const std::string code = this->code();
  store_.lose_families();
  store_.open_breaker();
  const Result result = redeem(code);
  expect_unavailable(result);
  EXPECT_TRUE(result.report.alarm);
  store_.accept_loss(environment_.unix_time() + 1);
  expect_refused(redeem(code));
}

// The exchange itself does not tell whether the store is whole.
TEST_F(AuthorizationCodeGrant, AsksAgainWhereTheRecordEndsBeforeTheExchange) {
  const std::string code = this->code();
  const auto run_between = [&](const auto& change) {
    const FakeTokenStore::State before = store_.state();
    FakeHost host;
    const auto exchange = begin_redeeming(code, host);
    store_.run_one();
    change();
    store_.run();
    store_.restore(before);
    return exchange;
  };
  const auto ended = run_between([&] { store_.lose_families(); });
  EXPECT_EQ(ended->report().error, Error::invalid_grant);
  const auto emptied = run_between([&] { store_.wipe(); });
  EXPECT_EQ(emptied->response().status, 503);
  EXPECT_TRUE(emptied->report().alarm);
}

TEST_F(AuthorizationCodeGrant, SaysUnavailableWhereTheStoreIs) {
  const std::string code = this->code();
  store_.fates = {Fate::refused};
  expect_unavailable(redeem(code));
  store_.fates = {Fate::done, Fate::refused};
  expect_unavailable(redeem(code));
  record_of(code)->unknown_layout = true;
  expect_unavailable(redeem(code));
  record_of(code)->unknown_layout = false;
  expect_tokens(redeem(code));
}

TEST_F(AuthorizationCodeGrant, SaysUnavailableWhereAReplayCannotBeRevoked) {
  const std::string code = this->code();
  redeem(code);
  pass_seconds(10);
  store_.fates = {Fate::done, Fate::refused};
  expect_unavailable(redeem(code));
  const Result again = redeem(code);
  expect_refused(again);
  EXPECT_EQ(again.report.outcome, Outcome::replayed);
}

TEST_F(AuthorizationCodeGrant, TakesItsOwnRepeatedCommandForOne) {
  store_.fates = {};
  const std::string code = this->code();
  store_.fates = {Fate::done, Fate::repeated};
  const Result result = redeem(code);
  expect_tokens(result);
  EXPECT_EQ(refresh_as_web(result.refresh_token()).response.status, 200);
}

TEST_F(AuthorizationCodeGrant, GivesWhatIsLeftOfTheScope) {
  std::string code = this->code();
  client("web").scope = "write";
  EXPECT_EQ(redeem(code).member("scope"), "write");
  client("web").scope = "read write";
  code = this->code({{"scope", "read"}});
  client("web").scope = "write";
  expect_refused(redeem(code), "invalid_scope");
  EXPECT_EQ(record_of(code)->generation, 0U);
}

TEST_F(AuthorizationCodeGrant, OutlivesTheRollOfAKey) {
  const std::string code = this->code();
  use_keys({sample_root(7), sample_root()});
  const Result result = redeem(code);
  expect_tokens(result);
  EXPECT_EQ(refresh_as_web(result.refresh_token()).report.outcome, Outcome::rotated);
}

}  // namespace
}  // namespace oauth2
