#include "redis/scripted_transport.h"

#include <algorithm>

namespace oauth2::redis {
namespace {

class LentTransport final : public Transport {
 public:
  explicit LentTransport(Transport& transport) : transport_(transport) {}

  void open(const Endpoint& peer) override { transport_.open(peer); }
  void send(std::string_view bytes) override { transport_.send(bytes); }
  void abandon() override { transport_.abandon(); }
  void flush_later() override { transport_.flush_later(); }
  void wake_at(uint64_t time_ms, bool holds) override { transport_.wake_at(time_ms, holds); }
  uint64_t now_ms() const override { return transport_.now_ms(); }

 private:
  Transport& transport_;
};

class LentLog final : public StoreLog {
 public:
  explicit LentLog(StoreLog& log) : log_(log) {}

  void log(Severity severity, const std::string& text) override { log_.log(severity, text); }

 private:
  StoreLog& log_;
};

}  // namespace

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

std::unique_ptr<Transport> ScriptedHost::make_transport(TransportUser& user) {
  user_ = &user;
  return std::make_unique<LentTransport>(transport_);
}

std::unique_ptr<StoreLog> ScriptedHost::make_log(const std::string&) {
  return std::make_unique<LentLog>(log_);
}

}  // namespace oauth2::redis
