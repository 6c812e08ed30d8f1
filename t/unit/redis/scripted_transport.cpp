#include "redis/scripted_transport.h"

#include <algorithm>

namespace oauth2::redis {

void ScriptedTransport::wake_at(uint64_t time_ms, bool holds) {
  if (time_ms != never) {
    wake = std::min(time_ms, wake.value_or(time_ms));
  }
  holds_worker = holds;
}

int KeptLog::count(std::string_view part) const {
  return static_cast<int>(std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
    return line.second.find(part) != std::string::npos;
  }));
}

}  // namespace oauth2::redis
