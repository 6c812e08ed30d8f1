#include "fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace oauth2::fuzz {

std::string Input::line() {
  std::string text(rest_.substr(0, rest_.find('\n')));
  rest_.remove_prefix(std::min(rest_.size(), text.size() + 1));
  return text;
}

uint8_t Input::byte() {
  if (rest_.empty()) {
    return 0;
  }
  const auto first = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return first;
}

std::string Input::bytes(size_t size) {
  std::string taken(rest_.substr(0, size));
  rest_.remove_prefix(taken.size());
  return taken;
}

void fail(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  std::abort();
}

bool lies_within(std::string_view part, std::string_view whole) {
  const std::less_equal<> not_after;
  return part.empty() || (not_after(whole.data(), part.data()) &&
                          not_after(part.data() + part.size(), whole.data() + whole.size()));
}

uint32_t number(std::string_view text) {
  uint32_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') {
      break;
    }
    value = value * 10 + static_cast<uint32_t>(digit - '0');
  }
  return value;
}

}  // namespace oauth2::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  oauth2::fuzz::Input input({reinterpret_cast<const char*>(data), size});
  oauth2::fuzz::run(input);
  return 0;
}
