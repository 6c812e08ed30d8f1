#include "redis/redis_url.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2::redis {
namespace {

using namespace std::string_literals;

struct UrlRow {
  const char* name;
  std::string url;
  std::string host;
  int port = 6379;
  std::string username = "";
  std::string password = "";
  int database = -1;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(UrlRow)

// Of a URL that both schemes share.
void expect_row(const UrlRow& row, const RedisUrl& url) {
  EXPECT_EQ(url.endpoint.unix_path, "");
  EXPECT_EQ(url.endpoint.host, row.host);
  EXPECT_EQ(url.endpoint.port, row.port);
  EXPECT_EQ(url.username, row.username);
  EXPECT_EQ(url.password, row.password);
  EXPECT_EQ(url.database.has_value() ? static_cast<int>(*url.database) : -1, row.database);
}

class GoodUrl : public testing::TestWithParam<UrlRow> {};

TEST_P(GoodUrl, IsRead) {
  RedisUrl url;
  const char* error = parse_redis_url(GetParam().url, url);
  ASSERT_EQ(error, nullptr) << error;
  EXPECT_FALSE(url.tls);
  expect_row(GetParam(), url);
}

TEST_P(GoodUrl, IsReadWithTheSchemeForTls) {
  RedisUrl url;
  const char* error = parse_redis_url("rediss" + GetParam().url.substr(5), url);
  ASSERT_EQ(error, nullptr) << error;
  EXPECT_TRUE(url.tls);
  expect_row(GetParam(), url);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GoodUrl,
    testing::Values(
        UrlRow{"a host", "redis://example.org", "example.org"},
        UrlRow{"a host and a port", "redis://example.org:7000", "example.org", 7000},
        UrlRow{"the first port", "redis://h:1", "h", 1},
        UrlRow{"the last port", "redis://h:65535", "h", 65535},
        UrlRow{"an address", "redis://127.0.0.1:6379", "127.0.0.1"},
        UrlRow{"an IPv6 address", "redis://[::1]", "::1"},
        UrlRow{"an IPv6 address and a port", "redis://[2001:db8::1]:7000/2", "2001:db8::1", 7000,
               "", "", 2},
        UrlRow{"a database", "redis://h/3", "h", 6379, "", "", 3},
        UrlRow{"database zero", "redis://h/0", "h", 6379, "", "", 0},
        UrlRow{"a slash without a database", "redis://h/", "h"},
        UrlRow{"a password", "redis://:pass@h", "h", 6379, "", "pass"},
        UrlRow{"a user and a password", "redis://user:pass@h:1/2", "h", 1, "user", "pass", 2},
        UrlRow{"percent encoding", "redis://us%65r:p%40s%3As%2f%25@h", "h", 6379, "user",
               "p@s:s/%"},
        UrlRow{"a colon in a password", "redis://user:a:b@h", "h", 6379, "user", "a:b"},
        UrlRow{"an at sign in a password", "redis://user:a@b@h", "h", 6379, "user", "a@b"},
        UrlRow{"an escape at the end", "redis://user:%41@h", "h", 6379, "user", "A"},
        UrlRow{"UTF-8", "redis://user:%c3%a9@h", "h", 6379, "user", "\xc3\xa9"},
        UrlRow{"a plus is no space", "redis://user:a+b@h", "h", 6379, "user", "a+b"}),
    row_name<UrlRow>);

struct BadUrlRow {
  const char* name;
  std::string url;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(BadUrlRow)

class BadUrl : public testing::TestWithParam<BadUrlRow> {};

TEST_P(BadUrl, IsRefused) {
  RedisUrl url;
  const char* error = parse_redis_url(GetParam().url, url);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(std::string(error).find("s3cret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadUrl,
    testing::Values(
        BadUrlRow{"nothing", ""}, BadUrlRow{"no scheme", "localhost:6379"},
        BadUrlRow{"another scheme", "http://h"}, BadUrlRow{"a scheme alone", "redis://"},
        BadUrlRow{"the scheme for TLS alone", "rediss://"},
        BadUrlRow{"the scheme for TLS with a letter more", "redisss://h"},
        BadUrlRow{"the scheme for TLS with one slash", "rediss:/h"},
        BadUrlRow{"the scheme for TLS and no host", "rediss://:6379"},
        BadUrlRow{"one slash", "redis:/h"}, BadUrlRow{"no host", "redis://:6379"},
        BadUrlRow{"no host before a database", "redis:///1"},
        BadUrlRow{"an empty port", "redis://h:"}, BadUrlRow{"port zero", "redis://h:0"},
        BadUrlRow{"a port that is too large", "redis://h:65536"},
        BadUrlRow{"a negative port", "redis://h:-1"},
        BadUrlRow{"a port with a sign", "redis://h:+1"},
        BadUrlRow{"a port with letters", "redis://h:63x9"},
        BadUrlRow{"a port with a space", "redis://h: 6379"},
        BadUrlRow{"a database with letters", "redis://h/x"},
        BadUrlRow{"a negative database", "redis://h/-1"},
        BadUrlRow{"a database that is too large", "redis://h/99999999999"},
        BadUrlRow{"two databases", "redis://h/1/2"}, BadUrlRow{"a query", "redis://h/1?x=y"},
        BadUrlRow{"an open bracket", "redis://[::1"}, BadUrlRow{"empty brackets", "redis://[]"},
        BadUrlRow{"something behind brackets", "redis://[::1]x"},
        BadUrlRow{"IPv6 without brackets", "redis://::1"},
        BadUrlRow{"a user without a password", "redis://s3cret@h"},
        BadUrlRow{"an escape without digits", "redis://user:s3cret%@h"},
        BadUrlRow{"an escape of one digit", "redis://user:s3cret%4@h"},
        BadUrlRow{"an escape with other letters", "redis://user:s3cret%zz@h"},
        BadUrlRow{"a broken escape in the user", "redis://%x:s3cret@h"},
        BadUrlRow{"a raw slash in the password", "redis://user:s3cret/x@h"},
        BadUrlRow{"a unix socket without a path", "unix:"},
        BadUrlRow{"a unix socket with a relative path", "unix:redis.sock"},
        BadUrlRow{"a unix socket with a path that is too long", "unix:/" + std::string(107, 'x')}),
    row_name<BadUrlRow>);

TEST(UnixUrl, HasAPathAndNothingElse) {
  RedisUrl url;
  EXPECT_EQ(parse_redis_url("unix:/run/redis.sock", url), nullptr);
  EXPECT_EQ(url.endpoint.unix_path, "/run/redis.sock");
  EXPECT_EQ(url.endpoint.host, "");
  EXPECT_FALSE(url.tls);
  EXPECT_FALSE(url.database.has_value());
  EXPECT_EQ(parse_redis_url("unix:/" + std::string(106, 'x'), url), nullptr);
}

TEST(RedisUrls, LeaveNothingOfTheOneBefore) {
  RedisUrl url;
  EXPECT_EQ(parse_redis_url("rediss://user:pass@h:1/2", url), nullptr);
  EXPECT_EQ(parse_redis_url("redis://other", url), nullptr);
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.password, "");
  EXPECT_EQ(url.endpoint.port, 6379);
  EXPECT_FALSE(url.database.has_value());
}

}  // namespace
}  // namespace oauth2::redis
