#ifndef OAUTH2_SRC_REDIS_SWITCH_WATCH_H
#define OAUTH2_SRC_REDIS_SWITCH_WATCH_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/options.h"
#include "redis/reply.h"
#include "redis/store_host.h"

namespace oauth2::redis {

/// Who wants to hear of failovers.
class SwitchListener {
 public:
  virtual ~SwitchListener() = default;

  /// `sentinel` says that the primary has moved, or may have said so while nobody listened. A hint:
  /// whether and where to is to be asked.
  virtual void may_have_moved(const Endpoint& sentinel) = 0;
};

/// Listens to one sentinel (SUBSCRIBE +switch-master), on a connection that is pinged, and goes on
/// to the next one when it breaks, with jittered backoff. It keeps no worker from quitting. That no
/// sentinel lets it listen is logged once.
class SwitchWatch final : private TransportUser {
 public:
  /// `listener`, `host` and `log` outlive it. Connecting, logging in and an answer to a ping may
  /// take `timeout_ms` each. `random_seed` chooses the sentinel and feeds the jitter.
  SwitchWatch(SentinelOptions options, std::vector<Endpoint> sentinels, uint64_t timeout_ms,
              SwitchListener& listener, StoreHost& host, StoreLog& log, uint64_t random_seed);
  ~SwitchWatch() override;
  SwitchWatch(const SwitchWatch&) = delete;
  SwitchWatch& operator=(const SwitchWatch&) = delete;

  void start() { connect(); }
  void stop();

 private:
  enum class State { pausing, connecting, logging_in, subscribing, listening, stopped };

  void opened() override;
  void received(std::string_view bytes) override;
  void closed(const std::string& reason) override { go_on(reason); }
  void quitting(bool at_once) override;
  void flush() override {}
  void woken() override;

  void connect();
  bool take(const Reply& reply);
  bool take_message(const Reply& reply);
  void ping();
  void go_on(const std::string& why);
  void wake_at(uint64_t time_ms);

  const SentinelOptions options_;
  const std::vector<Endpoint> sentinels_;
  const uint64_t timeout_ms_;
  SwitchListener& listener_;
  StoreHost& host_;
  StoreLog& log_;
  uint64_t random_;
  const std::unique_ptr<Transport> transport_;

  State state_ = State::stopped;
  size_t current_;  // the index of the sentinel
  std::unique_ptr<ReplyReader> reader_;
  bool awaits_pong_ = false;
  unsigned failures_ = 0;       // in a row
  uint64_t state_ends_ms_ = 0;  // of pausing: connect; of listening: ping; or give up
};

}  // namespace oauth2::redis

#endif
