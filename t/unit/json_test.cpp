#include "json.h"

#include <gtest/gtest.h>

namespace oauth2 {
namespace {

// What a JSON parser makes of the string literal at the start of `text`: its value, and in `end`
// the place behind it. Fails the test for anything that RFC 8259 section 7 does not allow.
std::string read_string(const std::string& text, size_t& end) {
  std::string value;
  EXPECT_EQ(text.at(0), '"');
  for (end = 1; text.at(end) != '"'; ++end) {
    const auto byte = static_cast<unsigned char>(text.at(end));
    EXPECT_GE(byte, 0x20);
    if (byte != '\\') {
      value.push_back(text.at(end));
    } else if (text.at(++end) == 'u') {
      value.push_back(static_cast<char>(std::stoi(text.substr(end + 1, 4), nullptr, 16)));
      end += 4;
    } else {
      EXPECT_TRUE(text.at(end) == '"' || text.at(end) == '\\');
      value.push_back(text.at(end));
    }
  }
  ++end;
  return value;
}

TEST(Json, AnObjectWithoutMembers) {
  std::string out;
  JsonObject(out).end();
  EXPECT_EQ(out, "{}");
}

TEST(Json, StringsAndNumbers) {
  std::string out = "behind ";
  JsonObject json(out);
  json.add("a", "b").add("n", UINT64_MAX).add("z", uint64_t{0}).add("e", "");
  json.end();
  EXPECT_EQ(out, R"(behind {"a":"b","n":18446744073709551615,"z":0,"e":""})");
}

TEST(Json, AMemberMayBeAnyText) {
  std::string out;
  JsonObject json(out);
  json.add("list").append("[1,2]");
  JsonObject inner(json.add("object"));
  inner.add("a", "b").end();
  json.add("n", uint64_t{1}).end();
  EXPECT_EQ(out, R"({"list":[1,2],"object":{"a":"b"},"n":1})");
}

TEST(Json, EveryByteStaysInsideItsString) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = {'<', static_cast<char>(byte), '>'};
    std::string out;
    JsonObject json(out);
    json.add("v", value).add("next", uint64_t{1});
    json.end();

    const std::string head = R"({"v":)";
    ASSERT_EQ(out.substr(0, head.size()), head);
    const std::string rest = out.substr(head.size());
    size_t end = 0;
    EXPECT_EQ(read_string(rest, end), value) << "byte " << byte;
    EXPECT_EQ(rest.substr(end), R"(,"next":1})") << "byte " << byte;
  }
}

// Text is taken eight bytes at a time, where nothing in them is escaped.
TEST(Json, EveryByteIsEscapedAlikeInEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    std::string alone;
    JsonObject(alone).add("", one).end();
    const std::string escaped = alone.substr(5, alone.size() - 7);
    for (size_t place = 0; place < 20; ++place) {
      const std::string before(place, 'x');
      const std::string after(20 - place, '\xff');
      std::string out;
      JsonObject(out).add("", before + one + after).end();
      ASSERT_EQ(out, "{\"\":\"" + before + escaped + after + "\"}") << byte << " at " << place;
    }
  }
}

TEST(Json, AValueCannotAddAMember) {
  std::string out;
  JsonObject json(out);
  json.add("scope", R"(x","admin":"true)").add("end", "\\");
  json.end();
  EXPECT_EQ(out, R"({"scope":"x\",\"admin\":\"true","end":"\\"})");
}

TEST(Json, WordsStayAListWhereverTheirSpacesAre) {
  std::string out;
  JsonObject json(out);
  json.add_words("none", "").add_words("one", "a").add_words("two", "a b").add_words("end", "a ");
  json.add_words("start", " a").add_words("space", " ").end();
  EXPECT_EQ(out,
            R"({"none":[],"one":["a"],"two":["a","b"],"end":["a"],"start":["","a"],"space":[""]})");
}

TEST(Json, Utf8GoesThroughAsItIs) {
  std::string out;
  JsonObject json(out);
  json.add("v", "\xe2\x82\xac");
  json.end();
  EXPECT_EQ(out, "{\"v\":\"\xe2\x82\xac\"}");
}

}  // namespace
}  // namespace oauth2
