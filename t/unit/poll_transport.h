#ifndef OAUTH2_T_UNIT_POLL_TRANSPORT_H
#define OAUTH2_T_UNIT_POLL_TRANSPORT_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "redis/store_host.h"

namespace oauth2::redis {

/// A Transport on a socket and poll(), for tests against a real Redis.
class PollTransport final : public Transport {
 public:
  /// `user` outlives the transport's last turn.
  explicit PollTransport(TransportUser& user) : user_(user) {}
  ~PollTransport() override { abandon(); }
  PollTransport(const PollTransport&) = delete;
  PollTransport& operator=(const PollTransport&) = delete;

  void open(const Endpoint& peer) override;
  void send(std::string_view bytes) override;
  void abandon() override;
  void flush_later() override { flush_wanted_ = true; }
  void wake_at(uint64_t time_ms, bool holds_worker) override;
  uint64_t now_ms() const override;

  /// Lets the user send what it has, and reads nothing.
  void flush() { user_.flush(); }

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

  TransportUser& user_;
  int socket_ = -1;
  bool connecting_ = false;
  bool open_failed_ = false;
  bool flush_wanted_ = false;
  std::string rest_;  // what the socket has not taken yet
  std::optional<uint64_t> wake_ms_;
};

/// Makes the transports of one store, whose connections share a log.
class PollHost final : public StoreHost {
 public:
  /// `log` outlives it.
  explicit PollHost(StoreLog& log) : log_(log) {}

  std::unique_ptr<Transport> make_transport(TransportUser& user) override;
  std::unique_ptr<StoreLog> make_log(const std::string& name) override;
  uint64_t now_ms() const override;

  /// Those it made, in order; they live as long as the store.
  const std::vector<PollTransport*>& transports() const { return transports_; }

 private:
  StoreLog& log_;
  std::vector<PollTransport*> transports_;
};

}  // namespace oauth2::redis

#endif
