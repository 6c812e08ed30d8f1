#ifndef OAUTH2_BENCH_INSTRUCTIONS_CASES_H
#define OAUTH2_BENCH_INSTRUCTIONS_CASES_H

#include <string_view>

#include "server.h"

namespace oauth2::bench {

/// One kind of request. `run` makes `count` of them and throws std::runtime_error if one of them is
/// not answered as it should be.
struct Case {
  std::string_view name;
  void (*run)(Server& server, unsigned count);
};

constexpr int case_count = 5;

/// All cases; they live as long as the program.
extern const Case cases[case_count];

}  // namespace oauth2::bench

#endif
