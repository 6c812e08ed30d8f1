#ifndef OAUTH2_T_UNIT_REDIS_SCRIPTED_TRANSPORT_H
#define OAUTH2_T_UNIT_REDIS_SCRIPTED_TRANSPORT_H

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "redis/store_host.h"

namespace oauth2::redis {

/// A Transport whose peer, loop and clock are the test.
class ScriptedTransport final : public Transport {
 public:
  void open(const Endpoint& endpoint) override {
    ++opens;
    peer = endpoint;
  }
  void send(std::string_view bytes) override { sent.append(bytes); }
  void abandon() override {
    ++abandons;
    sent.clear();
  }
  void flush_later() override { flush_wanted = true; }
  void wake_at(uint64_t time_ms, bool holds) override;
  uint64_t now_ms() const override { return now; }

  /// What was sent since the last call.
  std::string take_sent() { return std::exchange(sent, std::string()); }

  uint64_t now = 100000;
  int opens = 0;
  Endpoint peer;  ///< of the last open()
  int abandons = 0;
  bool flush_wanted = false;
  std::optional<uint64_t> wake;
  bool holds_worker = false;
  std::string sent;
};

/// Keeps the lines.
class KeptLog final : public StoreLog {
 public:
  void log(Severity severity, const std::string& text) override {
    lines.emplace_back(severity, text);
  }
  int count(std::string_view part) const;

  std::vector<std::pair<Severity, std::string>> lines;
};

/// Lends one scripted transport and one log to one connection.
class ScriptedHost final : public StoreHost {
 public:
  /// Both outlive it.
  ScriptedHost(ScriptedTransport& transport, KeptLog& log) : transport_(transport), log_(log) {}

  std::unique_ptr<Transport> make_transport(TransportUser& user) override;
  std::unique_ptr<StoreLog> make_log(const std::string& name) override;
  uint64_t now_ms() const override { return transport_.now; }

  TransportUser& user() { return *user_; }

 private:
  ScriptedTransport& transport_;
  KeptLog& log_;
  TransportUser* user_ = nullptr;
};

}  // namespace oauth2::redis

#endif
