#include "cpu_time.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace oauth2::bench {

uint64_t cpu_time(pid_t pid) {
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  uint64_t sum = 0;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    uint64_t on_cpu = 0;
    if (std::ifstream(task.path() / "schedstat") >> on_cpu) {
      sum += on_cpu;
    }
  }
  if (error || sum == 0) {
    throw std::runtime_error("there is no process " + std::to_string(pid));
  }
  return sum;
}

}  // namespace oauth2::bench
