#include "htpasswd.h"

#include <gtest/gtest.h>

#include <string>

#include "table.h"

namespace oauth2 {
namespace {

struct UserRow {
  const char* name;
  const char* line;
  const char* user;
  const char* password;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(UserRow)

class HtpasswdLine : public testing::TestWithParam<UserRow> {};

TEST_P(HtpasswdLine, HasAUser) {
  HtpasswdUser user;
  ASSERT_TRUE(read_htpasswd_line(GetParam().line, user));
  EXPECT_EQ(user.name, GetParam().user);
  EXPECT_EQ(user.password, GetParam().password);
}

INSTANTIATE_TEST_SUITE_P(Table, HtpasswdLine,
                         testing::Values(UserRow{"plain", "alice:{PLAIN}x", "alice", "{PLAIN}x"},
                                         UserRow{"a comment behind", "alice:x:her", "alice", "x"},
                                         UserRow{"a line of DOS", "alice:x\r", "alice", "x"},
                                         UserRow{"no password", "alice:", "alice", ""},
                                         UserRow{"no name", ":x", "", "x"},
                                         UserRow{"spaces", " al ice: x ", " al ice", " x "}),
                         row_name<UserRow>);

struct EmptyRow {
  const char* name;
  const char* line;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(EmptyRow)

class HtpasswdLineWithoutUser : public testing::TestWithParam<EmptyRow> {};

TEST_P(HtpasswdLineWithoutUser, IsSkipped) {
  HtpasswdUser user;
  EXPECT_FALSE(read_htpasswd_line(GetParam().line, user));
  EXPECT_EQ(user.name, "");
}

INSTANTIATE_TEST_SUITE_P(Table, HtpasswdLineWithoutUser,
                         testing::Values(EmptyRow{"nothing", ""}, EmptyRow{"a name", "alice"},
                                         EmptyRow{"a comment", "#alice:x"},
                                         EmptyRow{"the end of a line of DOS", "\r"},
                                         EmptyRow{"behind the end of a line", "\ralice:x"}),
                         row_name<EmptyRow>);

}  // namespace
}  // namespace oauth2
