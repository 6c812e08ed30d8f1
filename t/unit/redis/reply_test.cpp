#include "redis/reply.h"

#include <gtest/gtest.h>

#include <vector>

#include "table.h"

namespace oauth2::redis {
namespace {

using namespace std::string_literals;
using Result = ReplyReader::Result;

struct ErrorClassRow {
  const char* name;
  std::string text;
  ReplyError meaning;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(ErrorClassRow)

class ErrorClass : public testing::TestWithParam<ErrorClassRow> {};

TEST_P(ErrorClass, IsTold) {
  EXPECT_EQ(classify_error(GetParam().text), GetParam().meaning);
}

const std::string on_redis_6 =
    "ERR Error running script (call to f_5d1c9f8a): @user_script:2: @user_script: 2: ";

INSTANTIATE_TEST_SUITE_P(
    Table, ErrorClass,
    testing::Values(
        ErrorClassRow{"NOSCRIPT", "NOSCRIPT No matching script. Please use EVAL.",
                      ReplyError::no_script},
        ErrorClassRow{"READONLY", "READONLY You can't write against a read only replica.",
                      ReplyError::wrong_node},
        ErrorClassRow{"READONLY from a script on Redis 7",
                      "READONLY You can't write against a read only replica. script: 5d1c, on "
                      "@user_script:2.",
                      ReplyError::wrong_node},
        ErrorClassRow{"READONLY from a script on Redis 6",
                      on_redis_6 + "-READONLY You can't write against a read only replica.",
                      ReplyError::wrong_node},
        ErrorClassRow{"LOADING", "LOADING Redis is loading the dataset in memory",
                      ReplyError::wrong_node},
        ErrorClassRow{"MASTERDOWN", "MASTERDOWN Link with MASTER is down", ReplyError::wrong_node},
        ErrorClassRow{"UNBLOCKED",
                      "UNBLOCKED force unblock from blocking operation, instance state changed "
                      "(master -> replica?)",
                      ReplyError::wrong_node},
        ErrorClassRow{"BUSY", "BUSY Redis is busy running a script.", ReplyError::refused},
        ErrorClassRow{"OOM", "OOM command not allowed when used memory > 'maxmemory'.",
                      ReplyError::refused},
        ErrorClassRow{"OOM from a script on Redis 6",
                      on_redis_6 + "-OOM command not allowed when used memory > 'maxmemory'.",
                      ReplyError::refused},
        ErrorClassRow{"NOREPLICAS", "NOREPLICAS Not enough good replicas to write.",
                      ReplyError::refused},
        ErrorClassRow{"NOREPLICAS from a script on Redis 6",
                      on_redis_6 + "-NOREPLICAS Not enough good replicas to write.",
                      ReplyError::refused},
        ErrorClassRow{"MISCONF", "MISCONF Redis is configured to save RDB snapshots",
                      ReplyError::refused},
        ErrorClassRow{"MISCONF from a script on Redis 6", on_redis_6 + "-MISCONF Redis is",
                      ReplyError::refused},
        ErrorClassRow{"CLUSTERDOWN", "CLUSTERDOWN Hash slot not served", ReplyError::refused},
        ErrorClassRow{"TRYAGAIN", "TRYAGAIN Multiple keys request", ReplyError::try_again},
        ErrorClassRow{"MOVED", "MOVED 3999 127.0.0.1:6381", ReplyError::moved},
        ErrorClassRow{"ASK", "ASK 3999 127.0.0.1:6381", ReplyError::ask},
        ErrorClassRow{"NOAUTH", "NOAUTH Authentication required.", ReplyError::denied},
        ErrorClassRow{"WRONGPASS", "WRONGPASS invalid username-password pair", ReplyError::denied},
        ErrorClassRow{"NOPERM", "NOPERM this user has no permissions", ReplyError::denied},
        ErrorClassRow{"WRONGTYPE", "WRONGTYPE Operation against a key", ReplyError::other},
        ErrorClassRow{"CROSSSLOT", "CROSSSLOT Keys in request don't hash to the same slot",
                      ReplyError::other},
        ErrorClassRow{"ERR", "ERR unknown command", ReplyError::other},
        ErrorClassRow{"a script's own error", on_redis_6 + "attempt to index a nil value",
                      ReplyError::other},
        ErrorClassRow{"a code in the middle of a text", "ERR the word READONLY is no code",
                      ReplyError::other},
        ErrorClassRow{"a longer first word", "LOADINGS x", ReplyError::other},
        ErrorClassRow{"a code alone", "LOADING", ReplyError::wrong_node},
        ErrorClassRow{"nothing", "", ReplyError::other}),
    row_name<ErrorClassRow>);

/// All replies in `bytes`, fed `step` at a time, and whether the end was `broken`.
struct Parsed {
  std::vector<std::string> texts;
  std::vector<ReplyError> errors;
  bool broken = false;
};

Parsed parse(const std::string& bytes, size_t step) {
  Parsed parsed;
  ReplyReader reader;
  for (size_t at = 0; at < bytes.size() && !parsed.broken; at += step) {
    if (!reader.feed(std::string_view(bytes).substr(at, step))) {
      parsed.broken = true;
    }
    Reply reply;
    Result result = Result::need_more;
    while (!parsed.broken && (result = reader.next(reply)) == Result::reply) {
      parsed.texts.push_back(reply.text);
      parsed.errors.push_back(reply.error);
    }
    parsed.broken = parsed.broken || result == Result::broken;
  }
  return parsed;
}

TEST(ReplyReader, GivesTheNumberOfAnIntegerOnly) {
  ReplyReader reader;
  ASSERT_TRUE(reader.feed(":42\r\n+1\r\n:-1\r\n$-1\r\n:0\r\n-ERR 1\r\n"));
  std::vector<std::optional<int64_t>> numbers;
  for (Reply reply; reader.next(reply) == Result::reply;) {
    numbers.push_back(reply.number);
  }
  const std::vector<std::optional<int64_t>> expected = {42, {}, -1, {}, 0, {}};
  EXPECT_EQ(numbers, expected);
}

TEST(ReplyReader, ReadsEveryKindOfSingleValueHoweverItIsCut) {
  const std::string bytes =
      "+PONG\r\n$5\r\na\r\n\0b\r\n:42\r\n$-1\r\n$0\r\n\r\n-NOSCRIPT No matching script.\r\n+\r\n"s;
  for (size_t step = 1; step <= bytes.size(); ++step) {
    const Parsed parsed = parse(bytes, step);
    EXPECT_FALSE(parsed.broken);
    EXPECT_EQ(parsed.texts, (std::vector<std::string>{"PONG", "a\r\n\0b"s, "", "", "",
                                                      "NOSCRIPT No matching script.", ""}))
        << step;
    ASSERT_EQ(parsed.errors.size(), 7U);
    EXPECT_EQ(parsed.errors[0], ReplyError::none);
    EXPECT_EQ(parsed.errors[3], ReplyError::none);
    EXPECT_EQ(parsed.errors[5], ReplyError::no_script);
  }
}

TEST(ReplyReader, NeedsMoreForEveryPartOfAReply) {
  const std::string bytes = "$10\r\n0123456789\r\n";
  for (size_t size = 0; size < bytes.size(); ++size) {
    ReplyReader reader;
    Reply reply;
    EXPECT_TRUE(reader.feed(bytes.substr(0, size)));
    EXPECT_EQ(reader.next(reply), Result::need_more) << size;
  }
}

struct BrokenRow {
  const char* name;
  std::string bytes;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(BrokenRow)

class BrokenReply : public testing::TestWithParam<BrokenRow> {};

TEST_P(BrokenReply, IsRefusedHoweverItIsCut) {
  const bool is_long = GetParam().bytes.size() > 1000;
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, size_t{16384}}) {
    if (is_long && step < 1000) {
      continue;  // hiredis looks through a line from its start with every piece
    }
    EXPECT_TRUE(parse(GetParam().bytes, step).broken) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, BrokenReply,
    testing::Values(
        BrokenRow{"an array", "*1\r\n+OK\r\n"},
        BrokenRow{"an array of a billion", "*1000000000\r\n"},
        BrokenRow{"an empty array", "*0\r\n"}, BrokenRow{"a null of RESP3", "_\r\n"},
        BrokenRow{"a push of RESP3", ">1\r\n"}, BrokenRow{"an attribute of RESP3", "|1\r\n"},
        BrokenRow{"an HTTP answer", "HTTP/1.1 400 Bad Request\r\n"},
        BrokenRow{"a line feed alone", "\n"}, BrokenRow{"a NUL", "\0"s},
        BrokenRow{"a length without digits", "$x\r\n"}, BrokenRow{"a negative length", "$-2\r\n"},
        BrokenRow{"a length beyond all numbers", "$99999999999999999999\r\n"},
        BrokenRow{"a number that is none", ":4x2\r\n"},
        BrokenRow{"an array behind a reply", "+OK\r\n*1\r\n"},
        BrokenRow{"a reply that is too long", "$1000000\r\n" + std::string(200000, 'x')},
        BrokenRow{"a line that never ends", "+" + std::string(200000, 'x')}),
    row_name<BrokenRow>);

// hiredis 1 knows more types than it has functions for here.
TEST(ReplyReader, OfArraysTakesNoOtherTypeForAReply) {
  for (const char* other : {",1\r\n", "#t\r\n", "_\r\n", "%0\r\n", "~0\r\n", "(1\r\n"}) {
    ReplyReader reader(ReplyReader::usual_max_size, 8);
    Reply reply;
    EXPECT_TRUE(reader.feed(":1\r\n+x\r\n*1\r\n:2\r\n"s + other));
    EXPECT_EQ(reader.next(reply), Result::reply);
    EXPECT_EQ(reply.number, 1);
    EXPECT_EQ(reader.next(reply), Result::reply);
    EXPECT_EQ(reply.text, "x");
    EXPECT_FALSE(reply.number.has_value());
    EXPECT_EQ(reader.next(reply), Result::reply);
    ASSERT_EQ(reply.elements.size(), 1U);
    EXPECT_EQ(reply.elements[0].number, 2);
    EXPECT_TRUE(reply.text.empty());
    EXPECT_EQ(reader.next(reply), Result::broken) << other;
  }
}

TEST(ReplyReader, TakesRepliesAsLongAsOursCanBe) {
  const std::string text(60000, 'x');
  ReplyReader reader;
  Reply reply;
  EXPECT_TRUE(reader.feed("$60000\r\n" + text + "\r\n"));
  EXPECT_EQ(reader.next(reply), Result::reply);
  EXPECT_EQ(reply.text, text);
}

TEST(ReplyReader, ReadsManyRepliesInALongLife) {
  ReplyReader reader;
  Reply reply;
  for (int i = 0; i < 10000; ++i) {
    ASSERT_TRUE(reader.feed("$100\r\n" + std::string(100, 'x') + "\r\n"));
    ASSERT_EQ(reader.next(reply), Result::reply);
  }
}

// --- Arrays, where they are accepted.

TEST(ReplyReaderOfArrays, ReadsNestedOnesHoweverTheyAreCut) {
  const std::string bytes = "*3\r\n$6\r\nmaster\r\n:3129659\r\n*2\r\n*0\r\n*1\r\n$-1\r\n";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    ReplyReader reader(1000, 3);
    Reply reply;
    Result result = Result::need_more;
    for (size_t at = 0; at < bytes.size(); at += step) {
      ASSERT_EQ(result, Result::need_more);
      ASSERT_TRUE(reader.feed(std::string_view(bytes).substr(at, step)));
      result = reader.next(reply);
    }
    ASSERT_EQ(result, Result::reply);
    ASSERT_EQ(reply.elements.size(), 3U);
    EXPECT_EQ(reply.elements[0].text, "master");
    EXPECT_EQ(reply.elements[1].number, 3129659);
    ASSERT_EQ(reply.elements[2].elements.size(), 2U);
    EXPECT_TRUE(reply.elements[2].elements[0].elements.empty());
    EXPECT_EQ(reply.elements[2].elements[1].elements.size(), 1U);
  }
}

TEST(ReplyReaderOfArrays, RefusesMoreElementsThanItWasToldAtAnyDepth) {
  for (const char* bytes : {"*4\r\n", "*2147483647\r\n", "*1\r\n*4\r\n", "*-2\r\n"}) {
    ReplyReader reader(1000, 3);
    Reply reply;
    ASSERT_TRUE(reader.feed(bytes));
    EXPECT_EQ(reader.next(reply), Result::broken) << bytes;
  }
}

TEST(ReplyReaderOfArrays, ForgetsTheElementsOfTheReplyBefore) {
  ReplyReader reader(1000, 3);
  Reply reply;
  ASSERT_TRUE(reader.feed("*1\r\n:1\r\n+OK\r\n"));
  ASSERT_EQ(reader.next(reply), Result::reply);
  ASSERT_EQ(reader.next(reply), Result::reply);
  EXPECT_TRUE(reply.elements.empty());
  EXPECT_EQ(reply.text, "OK");
}

TEST(Reply, ShowsTheCodeOfAnError) {
  Reply reply;
  reply.text = "WRONGPASS invalid username-password pair";
  EXPECT_EQ(reply.code(), "WRONGPASS");
  reply.text = "ALONE";
  EXPECT_EQ(reply.code(), "ALONE");
}

}  // namespace
}  // namespace oauth2::redis
