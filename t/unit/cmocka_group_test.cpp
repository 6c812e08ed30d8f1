// Proves the adapter of cmocka_group.h. Link with -Wl,--wrap=redisReaderGetReply.

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "cmocka_group.h"

using oauth2_test::CmockaGroup;
using oauth2_test::CmockaResult;
using oauth2_test::CmockaStatus;

namespace {

// ---------------------------------------------------------------------------------------------
// A function of hiredis, replaced: this is the example to copy.

// Stands for code of the module: true if a whole reply has been read, and *reply is set.
bool next_reply(redisReader* reader, void** reply) {
  *reply = nullptr;
  return redisReaderGetReply(reader, reply) == REDIS_OK && *reply != nullptr;
}

bool g_replace_get_reply = false;

}  // namespace

extern "C" {

int __real_redisReaderGetReply(redisReader* reader, void** reply);

int __wrap_redisReaderGetReply(redisReader* reader, void** reply) {
  if (!g_replace_get_reply)
    return __real_redisReaderGetReply(reader, reply);
  check_expected_ptr(reader);
  *reply = mock_ptr_type(void*);
  return mock_type(int);
}

}  // extern "C"

namespace {

int replace_get_reply(void** /*state*/) {
  g_replace_get_reply = true;
  return 0;
}

int restore_get_reply(void** /*state*/) {
  g_replace_get_reply = false;
  return 0;
}

void returns_the_reply(void** /*state*/) {
  static redisReader reader;
  static int reply;
  expect_value(__wrap_redisReaderGetReply, reader, &reader);
  will_return(__wrap_redisReaderGetReply, &reply);
  will_return(__wrap_redisReaderGetReply, REDIS_OK);
  void* got = nullptr;
  assert_true(next_reply(&reader, &got));
  assert_ptr_equal(got, &reply);
}

void reports_a_protocol_error(void** /*state*/) {
  static redisReader reader;
  expect_value(__wrap_redisReaderGetReply, reader, &reader);
  will_return(__wrap_redisReaderGetReply, nullptr);
  will_return(__wrap_redisReaderGetReply, REDIS_ERR);
  void* got = nullptr;
  assert_false(next_reply(&reader, &got));
}

const CMUnitTest wrap_tests[] = {
    cmocka_unit_test_setup_teardown(returns_the_reply, replace_get_reply, restore_get_reply),
    cmocka_unit_test_setup_teardown(reports_a_protocol_error, replace_get_reply, restore_get_reply),
};
OAUTH2_CMOCKA_GROUP(WrapTest, wrap_tests, nullptr, nullptr);

TEST(WrapRealTest, CallsTheRealFunctionOtherwise) {
  redisReader* reader = redisReaderCreate();
  ASSERT_EQ(REDIS_OK, redisReaderFeed(reader, "+OK\r\n", 5));
  void* reply = nullptr;
  EXPECT_TRUE(next_reply(reader, &reply));
  ASSERT_NE(nullptr, reply);
  EXPECT_STREQ("OK", static_cast<redisReply*>(reply)->str);
  freeReplyObject(reply);
  redisReaderFree(reader);
}

// ---------------------------------------------------------------------------------------------
// Test functions and fixtures which the tests below run through CmockaGroup.

std::string g_log;
int g_group_value = 7;
int g_initial_value = 8;
int g_failing_line = 0;
int g_leftover_line = 0;

void passes(void** /*state*/) {
  assert_int_equal(1, 1);
}

void fails(void** /*state*/) {
  g_failing_line = __LINE__ + 1;
  assert_int_equal(40 + 2, 43);
}

void skips(void** /*state*/) {
  skip();
}

void segfaults(void** /*state*/) {
  raise(SIGSEGV);
}

int fixture_fails(void** /*state*/) {
  return -1;
}

int fixture_skips(void** /*state*/) {
  skip();
  return 0;
}

int fixture_asserts(void** /*state*/) {
  assert_string_equal("left", "right");
  return 0;
}

void leaves_will_return(void** /*state*/) {
  g_leftover_line = __LINE__ + 1;
  will_return(__wrap_redisReaderGetReply, 1);
}

void leaves_expect(void** /*state*/) {
  g_leftover_line = __LINE__ + 1;
  expect_any(__wrap_redisReaderGetReply, reader);
}

void gets_an_unexpected_argument(void** /*state*/) {
  static redisReader expected;
  static redisReader other;
  expect_value(__wrap_redisReaderGetReply, reader, &expected);
  void* reply = nullptr;
  next_reply(&other, &reply);
}

void leaks(void** /*state*/) {
  assert_non_null(test_malloc(16));
}

int log_group_setup(void** state) {
  g_log += "G";
  *state = &g_group_value;
  return 0;
}

int log_group_teardown(void** state) {
  g_log += *state == &g_group_value ? "g" : "?";
  return 0;
}

int log_setup(void** state) {
  g_log += *state == &g_group_value ? "S" : "?";
  return 0;
}

int log_teardown(void** state) {
  g_log += *state == &g_group_value ? "t" : "?";
  return 0;
}

void log_test(void** state) {
  g_log += *state == &g_group_value ? "1" : "?";
}

void log_failing_test(void** /*state*/) {
  g_log += "2";
  fail();
}

int own_setup(void** state) {
  *state = &g_initial_value;
  return 0;
}

void sees_initial_state(void** state) {
  assert_ptr_equal(*state, &g_initial_value);
}

// Runs one test in a group without fixtures.
CmockaResult run(const CMUnitTest& test) {
  CmockaGroup group(nullptr, nullptr);
  group.set_up();
  return group.run(test);
}

// How libcmocka names a line of this file.
std::string location(int line) {
  return std::string(__FILE__) + ":" + std::to_string(line) + ": ";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// ---------------------------------------------------------------------------------------------

TEST(CmockaGroupTest, PassingTest) {
  const CmockaResult result = run(cmocka_unit_test(passes));
  EXPECT_EQ(CmockaStatus::kPassed, result.status);
  EXPECT_EQ("", result.message);
}

TEST(CmockaGroupTest, FailingAssertIsNamedWithFileAndLine) {
  const CmockaResult result = run(cmocka_unit_test(fails));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "0x2a != 0x2b")) << result.message;
  EXPECT_TRUE(contains(result.message, location(g_failing_line))) << result.message;
}

TEST(CmockaGroupTest, SkippingTest) {
  EXPECT_EQ(CmockaStatus::kSkipped, run(cmocka_unit_test(skips)).status);
  EXPECT_EQ(CmockaStatus::kPassed, run(cmocka_unit_test(passes)).status);
  EXPECT_EQ(CmockaStatus::kFailed, run(cmocka_unit_test(fails)).status);
}

TEST(CmockaGroupTest, SignalIsAFailure) {
  const CmockaResult result = run(cmocka_unit_test(segfaults));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "Segmentation fault")) << result.message;
}

TEST(CmockaGroupTest, LeftoverWillReturnIsAFailure) {
  const CmockaResult result = run(cmocka_unit_test(leaves_will_return));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "remaining non-returned values")) << result.message;
  EXPECT_TRUE(contains(result.message, location(g_leftover_line))) << result.message;
  EXPECT_EQ(CmockaStatus::kPassed, run(cmocka_unit_test(passes)).status) << "left for the next";
}

TEST(CmockaGroupTest, LeftoverExpectIsAFailure) {
  const CmockaResult result = run(cmocka_unit_test(leaves_expect));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "values that haven't been checked")) << result.message;
  EXPECT_TRUE(contains(result.message, location(g_leftover_line))) << result.message;
}

TEST(CmockaGroupTest, UnexpectedArgumentIsAFailure) {
  const CmockaResult result = run(cmocka_unit_test_setup_teardown(
      gets_an_unexpected_argument, replace_get_reply, restore_get_reply));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "Check of parameter reader")) << result.message;
  EXPECT_FALSE(g_replace_get_reply) << "the teardown has not run";
}

TEST(CmockaGroupTest, LeakIsAFailure) {
  const CmockaResult result = run(cmocka_unit_test(leaks));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "leaked 1 block")) << result.message;
}

TEST(CmockaGroupTest, FixturesRunInOrderAndShareTheState) {
  g_log.clear();
  CmockaGroup group(log_group_setup, log_group_teardown);
  EXPECT_EQ(CmockaStatus::kPassed, group.set_up().status);
  EXPECT_EQ(CmockaStatus::kPassed,
            group.run(cmocka_unit_test_setup_teardown(log_test, log_setup, log_teardown)).status);
  EXPECT_EQ(
      CmockaStatus::kFailed,
      group.run(cmocka_unit_test_setup_teardown(log_failing_test, log_setup, log_teardown)).status);
  EXPECT_EQ(CmockaStatus::kPassed, group.run(cmocka_unit_test(log_test)).status);
  EXPECT_EQ(CmockaStatus::kPassed, group.tear_down().status);
  EXPECT_EQ("GS1tS2t1g", g_log);
}

TEST(CmockaGroupTest, TestHasAStateOfItsOwnWithoutGroupState) {
  EXPECT_EQ(CmockaStatus::kPassed,
            run(cmocka_unit_test_prestate(sees_initial_state, &g_initial_value)).status);
  EXPECT_EQ(CmockaStatus::kPassed,
            run(cmocka_unit_test_setup(sees_initial_state, own_setup)).status);
}

TEST(CmockaGroupTest, FailingFixtureOfATestIsAFailure) {
  g_log.clear();
  CmockaResult result = run(cmocka_unit_test_setup(log_test, fixture_fails));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "Test setup failed")) << result.message;
  EXPECT_EQ("", g_log) << "the test has run";

  result = run(cmocka_unit_test_teardown(passes, fixture_asserts));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "\"left\" != \"right\"")) << result.message;
  EXPECT_TRUE(contains(result.message, "Test teardown failed")) << result.message;
}

// Without the care of the adapter cmocka reports the second test as skipped.
TEST(CmockaGroupTest, SkipInAFixtureIsAFailureAndDoesNotHideTheNextOne) {
  EXPECT_EQ(CmockaStatus::kFailed, run(cmocka_unit_test_setup(passes, fixture_skips)).status);
  EXPECT_EQ(CmockaStatus::kFailed, run(cmocka_unit_test(fails)).status);
  EXPECT_EQ(CmockaStatus::kFailed, run(cmocka_unit_test_teardown(passes, fixture_skips)).status);
  EXPECT_EQ(CmockaStatus::kFailed, run(cmocka_unit_test(fails)).status);
}

TEST(CmockaGroupTest, FailingGroupSetupFailsEveryTestWithoutRunningIt) {
  g_log.clear();
  CmockaGroup group(fixture_asserts, nullptr);
  EXPECT_EQ(CmockaStatus::kFailed, group.set_up().status);
  const CmockaResult result = group.run(cmocka_unit_test(log_test));
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "Group setup failed")) << result.message;
  EXPECT_TRUE(contains(result.message, "\"left\" != \"right\"")) << result.message;
  EXPECT_EQ("", g_log);
}

TEST(CmockaGroupTest, FailingGroupTeardownIsAFailure) {
  CmockaGroup group(nullptr, fixture_asserts);
  group.set_up();
  EXPECT_EQ(CmockaStatus::kPassed, group.run(cmocka_unit_test(passes)).status);
  const CmockaResult result = group.tear_down();
  EXPECT_EQ(CmockaStatus::kFailed, result.status);
  EXPECT_TRUE(contains(result.message, "\"left\" != \"right\"")) << result.message;
}

// ---------------------------------------------------------------------------------------------

TEST(CmockaReportTest, FailureBecomesANonfatalFailure) {
  const CmockaResult result = run(cmocka_unit_test(fails));
  EXPECT_NONFATAL_FAILURE(oauth2_test::report_cmocka_result(result, "other.cpp", 1),
                          "0x2a != 0x2b");
}

// Returns where GoogleTest puts the failure "result", as "file:line".
std::string reported_at(const CmockaResult& result) {
  testing::TestPartResultArray parts;
  {
    testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &parts);
    oauth2_test::report_cmocka_result(result, "registered.cpp", 1);
  }
  if (parts.size() != 1 || !parts.GetTestPartResult(0).nonfatally_failed())
    return "no failure";
  const testing::TestPartResult& part = parts.GetTestPartResult(0);
  return std::string(part.file_name()) + ":" + std::to_string(part.line_number()) + ": ";
}

TEST(CmockaReportTest, FailureIsLocatedAtTheAssert) {
  std::string place = reported_at(run(cmocka_unit_test(fails)));
  EXPECT_EQ(location(g_failing_line), place);
  place = reported_at(run(cmocka_unit_test(leaves_expect)));
  EXPECT_EQ(location(g_leftover_line), place);
  EXPECT_EQ("registered.cpp:1: ", reported_at(run(cmocka_unit_test_setup(passes, fixture_fails))));
}

// Two groups as a user registers them. The first is part of the suite, with its fixtures run once
// around both tests in any order. The second fails, so it is registered only in the process which
// the last test starts.

int g_group_runs = 0;

int once_setup(void** state) {
  ++g_group_runs;
  *state = &g_group_runs;
  return 0;
}

int once_teardown(void** state) {
  assert_ptr_equal(*state, &g_group_runs);
  g_group_runs = 0;  // for --gtest_repeat
  return 0;
}

void group_setup_has_run_once(void** state) {
  assert_ptr_equal(*state, &g_group_runs);
  assert_int_equal(g_group_runs, 1);
}

void group_setup_has_not_run_again(void** state) {
  group_setup_has_run_once(state);
}

const CMUnitTest once_tests[] = {
    cmocka_unit_test(group_setup_has_run_once),
    cmocka_unit_test(group_setup_has_not_run_again),
};
OAUTH2_CMOCKA_GROUP(GroupFixtureTest, once_tests, once_setup, once_teardown);

const char kFailingGroup[] = "OAUTH2_TEST_FAILING_CMOCKA_GROUP";

const CMUnitTest failing_tests[] = {
    cmocka_unit_test(passes),
    cmocka_unit_test(fails),
    cmocka_unit_test(skips),
};
struct FailingTag;
[[maybe_unused]] const bool g_failing_registered =
    getenv(kFailingGroup) != nullptr &&
    oauth2_test::register_cmocka_group<FailingTag>("FailingGroup", failing_tests, nullptr,
                                                   fixture_asserts, __FILE__, __LINE__);

TEST(CmockaReportTest, GoogleTestReportsEveryElement) {
  char self[4096] = {};
  ASSERT_GT(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
  const std::string prefix =
      "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX -u GTEST_OUTPUT -u XML_OUTPUT_FILE " +
      std::string(kFailingGroup) + "=1 '" + self + "' --gtest_color=no ";
  std::string output;
  FILE* child = popen((prefix + "--gtest_filter='FailingGroup.*' 2>&1").c_str(), "r");
  ASSERT_NE(nullptr, child);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), child)) > 0;)
    output.append(buffer, n);
  const int status = pclose(child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << output;
  EXPECT_TRUE(contains(output, "[       OK ] FailingGroup.passes")) << output;
  EXPECT_TRUE(contains(output, "[  FAILED  ] FailingGroup.fails")) << output;
  EXPECT_TRUE(contains(output, "[  SKIPPED ] FailingGroup.skips")) << output;
  EXPECT_TRUE(contains(output, "0x2a != 0x2b")) << output;
  EXPECT_TRUE(contains(output, "Group teardown failed: \"left\" != \"right\"")) << output;

  child = popen((prefix + "--gtest_filter=FailingGroup.passes >/dev/null 2>&1").c_str(), "r");
  ASSERT_NE(nullptr, child);
  EXPECT_NE(0, pclose(child)) << "the failing group teardown has been overlooked";
}

}  // namespace
