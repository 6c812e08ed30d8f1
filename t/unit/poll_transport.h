#ifndef OAUTH2_T_UNIT_POLL_TRANSPORT_H
#define OAUTH2_T_UNIT_POLL_TRANSPORT_H

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "redis/transport.h"

namespace oauth2::redis {

/// A Transport on a unix socket and poll(), for tests against a real Redis.
class PollTransport final : public Transport {
 public:
  /// Connects to the socket at `path`.
  explicit PollTransport(std::string path) : path_(std::move(path)) {}
  ~PollTransport() override { abandon(); }
  PollTransport(const PollTransport&) = delete;
  PollTransport& operator=(const PollTransport&) = delete;

  /// `user` outlives the transport's last turn.
  void set_user(TransportUser& user) { user_ = &user; }

  void open() override;
  void send(std::string_view bytes) override;
  void abandon() override;
  void flush_later() override { flush_wanted_ = true; }
  void wake_at(uint64_t time_ms, bool holds_worker) override;
  uint64_t now_ms() const override;

  /// Cuts the socket under the user's feet, as a network does; what has arrived but was not read
  /// yet is lost.
  void cut();

  /// One turn of the event loop for all of `transports`. Waits until something happens, at most
  /// `max_wait_ms`.
  static void turn(const std::vector<PollTransport*>& transports, int max_wait_ms);

  /// Turns until `done`; false if that takes longer than any test may.
  static bool run_until(const std::vector<PollTransport*>& transports,
                        const std::function<bool()>& done);

 private:
  int wait_ms(int max_wait_ms) const;
  short wanted_events() const;
  void handle(short events);
  void write_rest();
  void receive();

  const std::string path_;
  TransportUser* user_ = nullptr;
  int socket_ = -1;
  bool connecting_ = false;
  bool open_failed_ = false;
  bool flush_wanted_ = false;
  std::string rest_;  // what the socket has not taken yet
  std::optional<uint64_t> wake_ms_;
};

}  // namespace oauth2::redis

#endif
