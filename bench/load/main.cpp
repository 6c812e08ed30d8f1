/// Puts load on a token endpoint the way its clients do, and tells what that cost.

#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>

#include "load.h"
#include "options.h"

namespace oauth2::bench {
namespace {

void print(const Result& result) {
  const double seconds = result.seconds;
  const auto latency = [&](double share) {
    return static_cast<double>(result.latencies.quantile(share)) / 1000;
  };
  std::printf("{\"answers\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"rate\":%.1f",
              static_cast<unsigned long long>(result.answers),
              static_cast<unsigned long long>(result.errors), seconds,
              static_cast<double>(result.answers) / seconds);
  std::printf(",\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f", latency(0.5),
              latency(0.9), latency(0.99), latency(0.999), latency(1));
  std::printf(",\"generator_cpu\":%.1f,\"cpu\":[", static_cast<double>(result.own_cpu) / 1000);
  for (size_t i = 0; i < result.cpu.size(); ++i) {
    std::printf("%s%.1f", i == 0 ? "" : ",", static_cast<double>(result.cpu[i]) / 1000);
  }
  std::printf("]}\n");
}

}  // namespace
}  // namespace oauth2::bench

int main(int count, char** words) {
  try {
    const oauth2::bench::Options options = oauth2::bench::parse_options(count, words);
    oauth2::bench::Load load(options);
    oauth2::bench::print(load.run());
    return 0;
  } catch (const std::invalid_argument& e) {
    std::cerr << "oauth2_load: " << e.what() << '\n' << oauth2::bench::usage();
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "oauth2_load: " << e.what() << '\n';
    return 1;
  }
}
