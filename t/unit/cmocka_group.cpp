#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "cmocka_group.h"

namespace oauth2_test {
namespace {

// cmocka's fixtures have no argument for a context, so the group that runs leaves it here.
CMFixtureFunction g_fixture = nullptr;
void* g_state = nullptr;

// Hands the state of the group to the one-element group of a test.
int install_state(void** state) {
  *state = g_state;
  return 0;
}

int call_fixture(void** /*state*/) {
  return g_fixture(&g_state);
}

void do_nothing(void** /*state*/) {}

void always_fail(void** /*state*/) {
  fail();
}

// Runs "test" as the only element of a cmocka group. The result comes from cmocka's own XML report,
// which it writes to a file: stdout and stderr are not touched, so that what the test prints, and
// what a sanitizer says before it ends the process, is not lost. libcmocka writes to a file that
// exists only if it has made that file itself, hence the new directory.
CmockaResult run_alone(const CMUnitTest& test) {
  std::string directory = testing::TempDir() + "cmocka_group_XXXXXX";
  if (mkdtemp(&directory[0]) == nullptr) {
    return {CmockaStatus::kFailed, "cannot make a directory like " + directory};
  }
  const std::string path = directory + "/report.xml";
  setenv("CMOCKA_MESSAGE_OUTPUT", "XML", 1);
  setenv("CMOCKA_XML_FILE", path.c_str(), 1);
  cmocka_set_message_output(CM_OUTPUT_XML);

  const int failures = _cmocka_run_group_tests("group", &test, 1, install_state, nullptr);

  std::ifstream file(path);
  const std::string report{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  unlink(path.c_str());
  rmdir(directory.c_str());

  static const std::string kBegin = "<failure><![CDATA[";
  static const std::string kEnd = "]]></failure>";
  const size_t begin = report.find(kBegin);
  const size_t end = report.rfind(kEnd);
  if (begin != std::string::npos && end != std::string::npos) {
    const size_t start = begin + kBegin.size();
    return {CmockaStatus::kFailed, report.substr(start, end - start)};
  }
  if (failures != 0 || report.find("</testcase>") == std::string::npos) {
    return {CmockaStatus::kFailed, "cmocka gave no reason; its report: " + report};
  }
  if (report.find("<skipped/>") != std::string::npos)
    return {CmockaStatus::kSkipped, ""};
  return {};
}

CmockaResult run_and_clear(const CMUnitTest& test) {
  const CmockaResult result = run_alone(test);
  if (result.status == CmockaStatus::kFailed) {
    // After a skip() in a fixture cmocka 1.1 calls that test failed, but takes the next failing
    // test for a skipped one. Let it take this one.
    run_alone({"clear_skip", always_fail, nullptr, nullptr, nullptr});
  }
  return result;
}

// Finds the first "file:line: error: " in "message", or, as libcmocka names the place of a leftover
// value, the first "file:line: note: ".
bool find_location(const std::string& message, std::string* file, int* line) {
  size_t end = message.find(": error: ");
  if (end == std::string::npos)
    end = message.find(": note: ");
  if (end == std::string::npos || end == 0)
    return false;
  const size_t begin = message.rfind('\n', end) + 1;  // 0 if there is none
  const size_t colon = message.rfind(':', end - 1);
  if (colon == std::string::npos || colon <= begin)
    return false;
  *file = message.substr(begin, colon - begin);
  *line = atoi(message.c_str() + colon + 1);
  return *line > 0;
}

}  // namespace

CmockaResult CmockaGroup::set_up() {
  g_state = nullptr;
  g_fixture = setup_;
  setup_result_ = {};
  if (setup_ != nullptr) {
    setup_result_ = run_and_clear({"group_setup", do_nothing, call_fixture, nullptr, nullptr});
  }
  state_ = g_state;
  return setup_result_;
}

CmockaResult CmockaGroup::run(const CMUnitTest& test) {
  if (setup_result_.status != CmockaStatus::kPassed) {
    return {CmockaStatus::kFailed, "Group setup failed: " + setup_result_.message};
  }
  g_state = state_;
  return run_and_clear(test);
}

CmockaResult CmockaGroup::tear_down() {
  if (teardown_ == nullptr)
    return {};
  g_state = state_;
  g_fixture = teardown_;
  CmockaResult result =
      run_and_clear({"group_teardown", do_nothing, nullptr, call_fixture, nullptr});
  if (result.status == CmockaStatus::kFailed) {
    result.message = "Group teardown failed: " + result.message;
  }
  return result;
}

void report_cmocka_result(const CmockaResult& result, const char* file, int line) {
  if (result.status == CmockaStatus::kSkipped) {
    GTEST_SKIP() << "skipped by cmocka's skip()";
  }
  if (result.status == CmockaStatus::kFailed) {
    std::string named_file;
    int named_line = 0;
    if (find_location(result.message, &named_file, &named_line)) {
      file = named_file.c_str();
      line = named_line;
    }
    ADD_FAILURE_AT(file, line) << result.message;
  }
}

}  // namespace oauth2_test
