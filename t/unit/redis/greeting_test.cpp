#include "redis/greeting.h"

#include <gtest/gtest.h>

#include <optional>

#include "table.h"

namespace oauth2::redis {
namespace {

struct GreetingRow {
  const char* name;
  const char* username;
  const char* password;
  unsigned database;
  const char* bytes;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(GreetingRow)

class GreetingWords : public testing::TestWithParam<GreetingRow> {};

TEST_P(GreetingWords, AreInOrder) {
  ConnectionOptions options;
  options.username = GetParam().username;
  options.password = GetParam().password;
  options.database = GetParam().database;
  std::string out;
  const Greeting greeting(options, out);
  EXPECT_EQ(out, GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GreetingWords,
    testing::Values(GreetingRow{"nothing configured", "", "", 0,
                                "*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n*1\r\n$4\r\nPING\r\n"},
                    GreetingRow{"a password", "", "pass", 0,
                                "*2\r\n$4\r\nAUTH\r\n$4\r\npass\r\n"
                                "*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n*1\r\n$4\r\nPING\r\n"},
                    GreetingRow{"a user and a database", "user", "pass", 12,
                                "*3\r\n$4\r\nAUTH\r\n$4\r\nuser\r\n$4\r\npass\r\n"
                                "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n"
                                "*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n*1\r\n$4\r\nPING\r\n"},
                    GreetingRow{"a database", "", "", 3,
                                "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"
                                "*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n*1\r\n$4\r\nPING\r\n"}),
    row_name<GreetingRow>);

Reply status(std::string text) {
  Reply reply;
  reply.text = std::move(text);
  return reply;
}

Reply error(std::string text) {
  Reply reply = status(std::move(text));
  reply.error = classify_error(reply.text);
  return reply;
}

class Greetings : public testing::Test {
 protected:
  Greeting make() {
    ConnectionOptions options;
    options.password = "s3cret";
    options.database = 1;
    std::string out;
    return {options, out};
  }
};

TEST_F(Greetings, AreOverAfterTheLastReply) {
  Greeting greeting = make();
  EXPECT_EQ(greeting.take(status("OK")), Greeting::Result::more);
  EXPECT_EQ(greeting.take(status("OK")), Greeting::Result::more);
  EXPECT_EQ(greeting.take(status("used:1\r\nmaxmemory_policy:allkeys-lru\r\nother:x\r\n")),
            Greeting::Result::more);
  EXPECT_EQ(greeting.take(status("PONG")), Greeting::Result::ready);
  EXPECT_EQ(greeting.eviction_policy(), "allkeys-lru");
}

TEST_F(Greetings, DoNotNeedToKnowThePolicy) {
  Greeting greeting = make();
  greeting.take(status("OK"));
  greeting.take(status("OK"));
  EXPECT_EQ(greeting.take(error("NOPERM this user has no permissions")), Greeting::Result::more);
  EXPECT_EQ(greeting.take(status("PONG")), Greeting::Result::ready);
  EXPECT_EQ(greeting.eviction_policy(), "");
}

Reply role(const char* name) {
  Reply reply;
  reply.elements = {status(name), status("7")};
  return reply;
}

class PrimaryGreetings : public testing::Test {
 protected:
  PrimaryGreetings() {
    options_.expects_primary = true;
    greeting_.emplace(options_, bytes_);
  }

  ConnectionOptions options_;
  std::string bytes_;
  std::optional<Greeting> greeting_;
};

TEST_F(PrimaryGreetings, AskForTheRole) {
  EXPECT_EQ(bytes_, "*1\r\n$4\r\nROLE\r\n*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(greeting_->take(role("master")), Greeting::Result::more);
  EXPECT_EQ(greeting_->take(status("")), Greeting::Result::more);
  EXPECT_EQ(greeting_->take(status("PONG")), Greeting::Result::ready);
}

TEST_F(PrimaryGreetings, RefuseWhateverIsNoPrimary) {
  for (const char* name : {"slave", "sentinel"}) {
    Greeting greeting = *greeting_;
    EXPECT_EQ(greeting.take(role(name)), Greeting::Result::refused);
    EXPECT_EQ(greeting.problem(), std::string("is not the primary (ROLE says ") + name + ")");
    EXPECT_FALSE(greeting.denied());
  }
  for (const Reply& reply : {role("MASTER\n[alert] x"), status("master"), Reply()}) {
    Greeting greeting = *greeting_;
    EXPECT_EQ(greeting.take(reply), Greeting::Result::refused);
    EXPECT_EQ(greeting.problem(), "is not the primary (ROLE says neither master nor slave)");
  }
}

TEST_F(PrimaryGreetings, NeedTheRightToAsk) {
  EXPECT_EQ(greeting_->take(error("NOPERM this user has no permissions")),
            Greeting::Result::refused);
  EXPECT_EQ(greeting_->problem(), "refused ROLE with NOPERM");
  EXPECT_TRUE(greeting_->denied());
}

struct RefusedRow {
  const char* name;
  int question;  // whose answer it is, from 0
  const char* text;
  const char* problem;
  bool denied;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(RefusedRow)

class RefusedGreeting : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedGreeting, SaysWhy) {
  ConnectionOptions options;
  options.password = "s3cret";
  options.database = 1;
  std::string out;
  Greeting greeting(options, out);
  for (int i = 0; i < GetParam().question; ++i) {
    EXPECT_EQ(greeting.take(status("OK")), Greeting::Result::more);
  }
  EXPECT_EQ(greeting.take(error(GetParam().text)), Greeting::Result::refused);
  EXPECT_EQ(greeting.problem(), GetParam().problem);
  EXPECT_EQ(greeting.denied(), GetParam().denied);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedGreeting,
    testing::Values(RefusedRow{"a wrong password", 0, "WRONGPASS invalid username-password pair",
                               "refused AUTH with WRONGPASS", true},
                    RefusedRow{"a password where there is none", 0,
                               "ERR AUTH <password> called without any password configured",
                               "refused AUTH with ERR", true},
                    RefusedRow{"a database that is not there", 1, "ERR DB index is out of range",
                               "refused SELECT with ERR", true},
                    RefusedRow{"still loading", 3, "LOADING Redis is loading the dataset in memory",
                               "refused PING with LOADING", false},
                    RefusedRow{"a replica without its master", 3,
                               "MASTERDOWN Link with MASTER is down",
                               "refused PING with MASTERDOWN", false},
                    RefusedRow{"no password where one is needed", 3,
                               "NOAUTH Authentication required.", "refused PING with NOAUTH",
                               true}),
    row_name<RefusedRow>);

}  // namespace
}  // namespace oauth2::redis
