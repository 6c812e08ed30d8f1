// Runs cmocka test groups as GoogleTest cases.
//
// The unit tests are GoogleTest. A test that has to replace a C function of nginx or hiredis does
// it the way cmocka does: the linker redirects the calls with -Wl,--wrap=<function>, and the
// replacement, __wrap_<function>, talks to the test through will_return() and expect_*(). Such
// tests are written as an ordinary array of CMUnitTest, and OAUTH2_CMOCKA_GROUP puts every element
// of it into the GoogleTest report:
//
//   static void reply_is_returned(void** state) { ... assert_int_equal(...); ... }
//
//   static const CMUnitTest reply_tests[] = {
//       cmocka_unit_test(reply_is_returned),
//       cmocka_unit_test_setup_teardown(reply_is_freed, make_reader, free_reader),
//   };
//   OAUTH2_CMOCKA_GROUP(ReplyTest, reply_tests, nullptr, nullptr);
//
// Every element is run by the real libcmocka, in a cmocka group of its own, so its asserts, its
// mock queues and its fixtures mean exactly what the cmocka manual says.
//
// Rules for the code of such a test, its fixtures and its __wrap_ functions:
//
// * A failing cmocka assert, a check_expected() that does not match, fail() and skip() leave the
//   function with longjmp(). No C++ object with a non-trivial destructor may be alive in any frame
//   between the cmocka test function and the assert: the destructor would not run, and the
//   behaviour is undefined. Keep such objects behind *state, and delete them in the teardown.
// * No C++ exception may leave them: it would unwind through the C frames of libcmocka.
// * skip() may be called in the test function only. In a fixture it is a failure, as in cmocka.
// * A group setup must not keep memory it has taken from test_malloc(): libcmocka would report it
//   as a leak and end the process.
// * -Wl,--wrap redirects the calls of the whole executable. A __wrap_ function that shares its
//   executable with tests which need the original calls __real_<function> for those.
//
// GoogleTest's EXPECT_* may be used next to the cmocka asserts. libcmocka is not reentrant: one
// test at a time, in one thread.
//
// Include this header after all others: cmocka defines macros named fail, skip and mock, which
// break the headers of the standard library.

#ifndef OAUTH2_T_UNIT_CMOCKA_GROUP_H_
#define OAUTH2_T_UNIT_CMOCKA_GROUP_H_

#include <gtest/gtest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string>

extern "C" {
#include <cmocka.h>
}

namespace oauth2_test {

enum class CmockaStatus { kPassed, kFailed, kSkipped };

struct CmockaResult {
  CmockaStatus status = CmockaStatus::kPassed;

  // What libcmocka said of the failure: the assert with its values, its file and its line.
  // Empty unless status is kFailed.
  std::string message;
};

// One cmocka group: its fixtures, and the state they share with its tests.
// While it runs, the environment variables CMOCKA_MESSAGE_OUTPUT and CMOCKA_XML_FILE belong to it.
class CmockaGroup {
 public:
  // "setup" and "teardown" are the fixtures of the group; either may be nullptr.
  CmockaGroup(CMFixtureFunction setup, CMFixtureFunction teardown)
      : setup_(setup), teardown_(teardown) {}

  // Runs the group setup. Has to be called once, before the first run().
  CmockaResult set_up();

  // Runs "test" with its own fixtures, and returns how it ended. A value left over in a queue of
  // will_return() or expect_*() is a failure. If the group setup has failed, the test is not run,
  // and the result is the failure of the setup.
  CmockaResult run(const CMUnitTest& test);

  // Runs the group teardown, even if the group setup has failed: this is what cmocka does.
  CmockaResult tear_down();

 private:
  const CMFixtureFunction setup_;
  const CMFixtureFunction teardown_;
  CmockaResult setup_result_;
  void* state_ = nullptr;
};

// Makes "result" the outcome of the GoogleTest case which is running: a failure is a nonfatal
// failure, a skip is GTEST_SKIP(). The failure is located at the failed assert if libcmocka has
// named it, otherwise at "file" and "line".
void report_cmocka_result(const CmockaResult& result, const char* file, int line);

// The fixture class of one group. GoogleTest runs SetUpTestSuite() and TearDownTestSuite() once
// for each class, so every group has a class of its own, told from the others by Tag.
template <typename Tag>
class CmockaFixture : public testing::Test {
 public:
  CmockaFixture(const CMUnitTest& test, const char* file, int line)
      : test_(test), file_(file), line_(line) {}

  static void SetUpTestSuite() { group->set_up(); }
  static void TearDownTestSuite() { report_cmocka_result(group->tear_down(), __FILE__, __LINE__); }
  void TestBody() override { report_cmocka_result(group->run(test_), file_, line_); }

  static inline CmockaGroup* group = nullptr;

 private:
  const CMUnitTest& test_;
  const char* const file_;
  const int line_;
};

// Registers every element of "tests" as the GoogleTest case "suite"."name of the element". Has to
// be called before RUN_ALL_TESTS(), once for each Tag, and with a suite name of its own. "tests"
// must live until RUN_ALL_TESTS() has returned.
template <typename Tag, size_t N>
bool register_cmocka_group(const char* suite, const CMUnitTest (&tests)[N], CMFixtureFunction setup,
                           CMFixtureFunction teardown, const char* file, int line) {
  using Fixture = CmockaFixture<Tag>;
  static CmockaGroup group(setup, teardown);
  Fixture::group = &group;
  for (const CMUnitTest& test : tests) {
    testing::RegisterTest(suite, test.name, nullptr, nullptr, file, line,
                          [&test, file, line] { return new Fixture(test, file, line); });
  }
  return true;
}

}  // namespace oauth2_test

// Registers the array "tests" under the suite name "suite", an identifier. "setup" and "teardown"
// are the fixtures of the group, run once around all its tests; either may be nullptr. Has to
// stand at namespace scope, after the array.
#define OAUTH2_CMOCKA_GROUP(suite, tests, setup, teardown)                                 \
  struct suite##CmockaTag;                                                                 \
  [[maybe_unused]] static const bool suite##_cmocka_registered =                           \
      oauth2_test::register_cmocka_group<suite##CmockaTag>(#suite, tests, setup, teardown, \
                                                           __FILE__, __LINE__)

#endif  // OAUTH2_T_UNIT_CMOCKA_GROUP_H_
