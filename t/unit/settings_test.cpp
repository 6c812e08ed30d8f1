#include "oauth2/settings.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2 {
namespace {

TEST(Settings, DefaultsAreThoseOfTheDirectives) {
  const TokenPolicy policy = resolve_policy(TokenSettings(), TokenSettings());
  EXPECT_EQ(policy.refresh_token_validity, 86400U);
  EXPECT_EQ(policy.refresh_token_lifetime, 0U);
  EXPECT_EQ(policy.access_token_validity, 3600U);
  EXPECT_EQ(policy.retry.seconds, 30U);
  EXPECT_FALSE(policy.retry.until_used);
  EXPECT_TRUE(policy.renewal);
  EXPECT_EQ(policy.reuse, Reuse::revoke);
  EXPECT_EQ(policy.max_families, 0U);
}

TokenSettings full_settings(uint32_t seconds, bool renewal, Reuse reuse) {
  TokenSettings settings;
  settings.refresh_token_validity = seconds;
  settings.refresh_token_lifetime = seconds + 1;
  settings.access_token_validity = seconds + 2;
  settings.retry = RetryWindow{seconds / 2, renewal};
  settings.renewal = renewal;
  settings.reuse = reuse;
  settings.max_families = seconds + 3;
  return settings;
}

void expect_policy(const TokenPolicy& policy, uint32_t seconds, bool renewal, Reuse reuse) {
  EXPECT_EQ(policy.refresh_token_validity, seconds);
  EXPECT_EQ(policy.refresh_token_lifetime, seconds + 1);
  EXPECT_EQ(policy.access_token_validity, seconds + 2);
  EXPECT_EQ(policy.retry.seconds, seconds / 2);
  EXPECT_EQ(policy.retry.until_used, renewal);
  EXPECT_EQ(policy.renewal, renewal);
  EXPECT_EQ(policy.reuse, reuse);
  EXPECT_EQ(policy.max_families, seconds + 3);
}

TEST(Settings, OfTheLocationBeatTheDefaults) {
  const TokenSettings location = full_settings(100, false, Reuse::deny);
  expect_policy(resolve_policy(TokenSettings(), location), 100, false, Reuse::deny);
}

TEST(Settings, OfTheClientBeatThoseOfTheLocation) {
  const TokenSettings location = full_settings(100, false, Reuse::deny);
  const TokenSettings client = full_settings(200, true, Reuse::revoke);
  expect_policy(resolve_policy(client, location), 200, true, Reuse::revoke);
}

TEST(Settings, AreInheritedOneByOne) {
  const TokenSettings outer = full_settings(100, false, Reuse::deny);
  TokenSettings inner;
  inner.refresh_token_validity = 50;
  inner.reuse = Reuse::revoke;
  inner.inherit(outer);
  EXPECT_EQ(inner.refresh_token_validity, 50U);
  EXPECT_EQ(inner.refresh_token_lifetime, 101U);
  EXPECT_EQ(inner.access_token_validity, 102U);
  EXPECT_EQ(inner.retry->seconds, 50U);
  EXPECT_EQ(inner.renewal, false);
  EXPECT_EQ(inner.reuse, Reuse::revoke);
  EXPECT_EQ(inner.max_families, 103U);
}

TEST(Settings, OfNobodyStayOpen) {
  TokenSettings inner;
  inner.inherit(TokenSettings());
  EXPECT_FALSE(inner.refresh_token_validity.has_value());
  EXPECT_FALSE(inner.renewal.has_value());
}

struct ClampRow {
  const char* name;
  uint32_t validity;
  uint32_t retry;
  uint32_t effective;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ClampRow)

class RetryClamp : public testing::TestWithParam<ClampRow> {};

TEST_P(RetryClamp, KeepsTheWindowShorterThanTheValidity) {
  TokenSettings client;
  client.refresh_token_validity = GetParam().validity;
  TokenSettings location;
  location.retry = RetryWindow{GetParam().retry, false};
  EXPECT_EQ(resolve_policy(client, location).retry.seconds, GetParam().effective);
}

INSTANTIATE_TEST_SUITE_P(Table, RetryClamp,
                         testing::Values(ClampRow{"shorter", 60, 59, 59},
                                         ClampRow{"equal", 60, 60, 59},
                                         ClampRow{"longer", 60, 3600, 59},
                                         ClampRow{"a validity of one second", 1, 30, 0},
                                         ClampRow{"none", 60, 0, 0}),
                         row_name<ClampRow>);

TEST(Settings, TheClampKeepsUntilUsed) {
  TokenSettings client;
  client.refresh_token_validity = 10;
  client.retry = RetryWindow{30, true};
  EXPECT_TRUE(resolve_policy(client, TokenSettings()).retry.until_used);
}

}  // namespace
}  // namespace oauth2
