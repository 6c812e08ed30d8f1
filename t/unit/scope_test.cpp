#include "oauth2/scope.h"

#include <gtest/gtest.h>

#include "oauth2/family.h"
#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;

struct NormalRow {
  const char* name;
  std::string scope;
  bool valid;
  std::string normalized;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(NormalRow)

class NormalizeScope : public testing::TestWithParam<NormalRow> {};

TEST_P(NormalizeScope, FollowsRfc6749) {
  std::string normalized = "left over";
  EXPECT_EQ(normalize_scope(GetParam().scope, normalized), GetParam().valid);
  if (GetParam().valid) {
    EXPECT_EQ(normalized, GetParam().normalized);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, NormalizeScope,
    testing::Values(
        NormalRow{"the empty scope", "", true, ""}, NormalRow{"one token", "read", true, "read"},
        NormalRow{"the order stays", "write read", true, "write read"},
        NormalRow{"spaces are one space", "  write   read ", true, "write read"},
        NormalRow{"spaces alone", "   ", true, ""},
        NormalRow{"a token once", "a b a b a", true, "a b"},
        NormalRow{"tokens are case-sensitive", "Read read", true, "Read read"},
        NormalRow{"punctuation", "urn:x:y/z?a=b#[]~!", true, "urn:x:y/z?a=b#[]~!"},
        NormalRow{"a quote", "a\"b", false, ""}, NormalRow{"a backslash", "a\\b", false, ""},
        NormalRow{"a tab", "a\tb", false, ""}, NormalRow{"a NUL", "a\0b"s, false, ""},
        NormalRow{"DEL", "a\x7f", false, ""}, NormalRow{"beyond ASCII", "caf\xc3\xa9", false, ""},
        NormalRow{"the longest", std::string(max_scope_size, 'x'), true,
                  std::string(max_scope_size, 'x')},
        NormalRow{"one more than the longest", std::string(max_scope_size + 1, 'x'), false, ""},
        NormalRow{"long by repetition only", std::string(1500, 'x') + " " + std::string(1500, 'x'),
                  true, std::string(1500, 'x')}),
    row_name<NormalRow>);

TEST(NormalizeScope, AllowsExactlyTheCharactersOfRfc6749) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool allowed = byte == 0x20 || byte == 0x21 || (byte >= 0x23 && byte <= 0x5b) ||
                         (byte >= 0x5d && byte <= 0x7e);
    std::string normalized;
    EXPECT_EQ(normalize_scope(std::string(1, static_cast<char>(byte)), normalized), allowed)
        << "byte " << byte;
  }
}

TEST(ScopeContains, ManyTokens) {
  std::string many;
  for (int i = 0; i < 100; ++i) {
    many.append("t").append(std::to_string(i * 37 % 100)).append(" ");
  }
  many.pop_back();
  const std::string part = many.substr(many.find(' ') + 1);
  EXPECT_TRUE(scope_contains(many, part));
  EXPECT_TRUE(scope_contains("x " + many, many + " x"));
  EXPECT_FALSE(scope_contains(part, many));
  EXPECT_FALSE(scope_contains(many, part + " t100"));
}

struct SetRow {
  const char* name;
  const char* left;
  const char* right;
  bool contains;             // left contains right
  const char* intersection;  // of left with right
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(SetRow)

class ScopeSets : public testing::TestWithParam<SetRow> {};

TEST_P(ScopeSets, Compare) {
  EXPECT_EQ(scope_contains(GetParam().left, GetParam().right), GetParam().contains);
  EXPECT_EQ(scope_intersection(GetParam().left, GetParam().right), GetParam().intersection);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ScopeSets,
    testing::Values(SetRow{"two empty ones", "", "", true, ""},
                    SetRow{"nothing in something", "a", "", true, ""},
                    SetRow{"something in nothing", "", "a", false, ""},
                    SetRow{"the same", "a b", "a b", true, "a b"},
                    SetRow{"the same in another order", "b a", "a b", true, "b a"},
                    SetRow{"a part", "c a b", "b c", true, "c b"},
                    SetRow{"one token too many", "a b", "a c", false, "a"},
                    SetRow{"a prefix is another token", "read", "rea", false, ""},
                    SetRow{"an extension is another token", "read", "read:all", false, ""},
                    SetRow{"disjoint", "a b", "c d", false, ""}),
    row_name<SetRow>);

}  // namespace
}  // namespace oauth2
