#include "exchange.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "endpoint_fixture.h"

namespace oauth2 {
namespace {

class Exchanges : public EndpointTest {
 protected:
  std::shared_ptr<EndpointExchange> make(Request&& request) {
    return make_exchange(config_, store_, environment_, std::move(request));
  }
};

// The variables of limit_req are read before the exchange starts.
TEST_F(Exchanges, ShowTheirClaimsBeforeTheyStart) {
  const std::string token = found_family();
  const auto exchange = make(request("grant_type=refresh_token&refresh_token=" + token));
  EXPECT_EQ(exchange->client_id(), "app");
  EXPECT_EQ(exchange->grant_type(), "refresh_token");
  EXPECT_EQ(exchange->family(), family_hash(family_));
  EXPECT_EQ(store_.waiting(), 0U);
}

TEST_F(Exchanges, ShowTheSameClaimsAfterTheyStarted) {
  const std::string token = found_family();
  const auto exchange = make(request("grant_type=refresh_token&refresh_token=" + token));
  FakeHost host;
  exchange->start(host);
  EXPECT_EQ(exchange->family(), family_hash(family_));
  store_.run();
  EXPECT_EQ(exchange->client_id(), "app");
  EXPECT_EQ(exchange->grant_type(), "refresh_token");
  EXPECT_EQ(exchange->family(), family_hash(family_));
}

TEST_F(Exchanges, ShowNoFamilyOfAForgedToken) {
  std::string token = found_family();
  token[40] = token[40] == 'A' ? 'B' : 'A';
  EXPECT_EQ(make(request("grant_type=refresh_token&refresh_token=" + token))->family(), "");
  EXPECT_EQ(make(request("grant_type=refresh_token"))->family(), "");
}

TEST_F(Exchanges, ShowNoFamilyToAnotherClient) {
  const std::string token = found_family();
  Request others = request("grant_type=refresh_token&client_id=reader&refresh_token=" + token);
  others.authorization = "";
  EXPECT_EQ(make(std::move(others))->family(), "");
}

TEST_F(Exchanges, ShowNoGrantTypeThatIsUnknown) {
  EXPECT_EQ(make(request("grant_type=telepathy"))->grant_type(), "");
  EXPECT_EQ(make(request(""))->grant_type(), "");
}

TEST_F(Exchanges, ShowNoClaimsOfABodyThatIsNoForm) {
  Request json = request("grant_type=refresh_token&client_id=mobile");
  json.content_type = "application/json";
  json.authorization = "";
  const auto exchange = make(std::move(json));
  EXPECT_EQ(exchange->client_id(), "");
  EXPECT_EQ(exchange->grant_type(), "");
}

TEST_F(Exchanges, ShowTheFamilyThatTheyFound) {
  const auto exchange = make(request("grant_type=password&username=alice&password=x"));
  EXPECT_EQ(exchange->family(), "");
  FakeHost host;
  exchange->start(host);
  exchange->user_checked({UserVerdict::Kind::accepted, "alice"});
  store_.run();
  EXPECT_EQ(exchange->family().size(), 22U);
}

TEST_F(Exchanges, RespondOnce) {
  const std::string token = found_family();
  const auto exchange = make(request("grant_type=refresh_token&refresh_token=" + token));
  FakeHost host;
  exchange->start(host);
  EXPECT_EQ(host.responses, 0);
  store_.run();
  EXPECT_EQ(host.responses, 1);
  exchange->detach();
  EXPECT_EQ(host.responses, 1);
}

TEST_F(Exchanges, MayRespondBeforeStartReturns) {
  const auto exchange = make(request("grant_type=telepathy"));
  FakeHost host;
  exchange->start(host);
  EXPECT_EQ(host.responses, 1);
}

TEST_F(Exchanges, LiveUntilTheStoreHasAnswered) {
  const std::string token = found_family();
  std::weak_ptr<EndpointExchange> watched;
  FakeHost host;
  {
    const auto exchange = make(request("grant_type=refresh_token&refresh_token=" + token));
    watched = exchange;
    exchange->start(host);
  }
  EXPECT_FALSE(watched.expired());
  store_.run();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(host.responses, 1);
}

class BrokenEnvironment final : public Environment {
 public:
  uint32_t unix_time() override { return 1700000000; }
  uint64_t monotonic_ms() override { return 1000; }
  void random(unsigned char*, size_t) override { throw std::runtime_error("no randomness"); }
};

class ClocklessEnvironment final : public Environment {
 public:
  uint32_t unix_time() override { throw std::runtime_error("no time"); }
  uint64_t monotonic_ms() override { throw std::runtime_error("no clock"); }
  void random(unsigned char*, size_t) override {}
};

TEST_F(Exchanges, TurnAnExceptionAtTheStartIntoUnavailability) {
  ClocklessEnvironment clockless;
  const std::string token = found_family();
  FakeHost host;
  const auto exchange = make_exchange(config_, store_, clockless,
                                      request("grant_type=refresh_token&refresh_token=" + token));
  exchange->start(host);
  EXPECT_EQ(host.responses, 1);
  EXPECT_EQ(exchange->response().status, 503);
  EXPECT_EQ(store_.waiting(), 0U);
}

TEST_F(Exchanges, TurnAnExceptionIntoUnavailability) {
  BrokenEnvironment broken;
  const std::string token = found_family();
  FakeHost host;
  const auto refreshing = make_exchange(config_, store_, broken,
                                        request("grant_type=refresh_token&refresh_token=" + token));
  refreshing->start(host);
  store_.run();
  EXPECT_EQ(host.responses, 1);
  EXPECT_EQ(refreshing->response().status, 503);
  EXPECT_EQ(refreshing->report().outcome, Outcome::unavailable);

  const auto logging_in =
      make_exchange(config_, store_, broken, request("grant_type=password&username=a&password=b"));
  logging_in->start(host);
  logging_in->user_checked({UserVerdict::Kind::accepted, "alice"});
  EXPECT_EQ(host.responses, 2);
  EXPECT_EQ(logging_in->response().status, 503);
}

TEST_F(Exchanges, KnowTheirPeer) {
  Request made = request("");
  made.peer = "192.0.2.1";
  EXPECT_EQ(make(std::move(made))->peer(), "192.0.2.1");
}

TEST_F(Exchanges, ReportTheClientOnlyOnceItIsProven) {
  const auto stranger = make(request("grant_type=refresh_token"));
  EXPECT_EQ(stranger->report().client, nullptr);
  FakeHost host;
  stranger->start(host);
  ASSERT_NE(stranger->report().client, nullptr);
  EXPECT_EQ(stranger->report().client->id, "app");
}

}  // namespace
}  // namespace oauth2
