#ifndef OAUTH2_SRC_REDIS_TRANSPORT_H
#define OAUTH2_SRC_REDIS_TRANSPORT_H

#include <cstdint>
#include <string>
#include <string_view>

#include "redis/endpoint.h"

namespace oauth2::redis {

/// One stream socket to one Redis at a time and one timer, on somebody's event loop. The loop calls
/// the handlers of TransportUser.
class Transport {
 public:
  static constexpr uint64_t never = UINT64_MAX;

  virtual ~Transport() = default;

  /// Begins to connect to `peer`; TransportUser::opened() or closed() follows, not before this
  /// returns.
  virtual void open(const Endpoint& peer) = 0;

  /// Sends `bytes`; what the socket does not take at once is kept and sent as it does.
  virtual void send(std::string_view bytes) = 0;

  /// Closes the socket, if there is one, so that the peer drops what it has not read yet
  /// (SO_LINGER 0). No handler is called for it.
  virtual void abandon() = 0;

  /// Asks for TransportUser::flush() at the end of this turn of the loop, once.
  virtual void flush_later() = 0;

  /// Asks for TransportUser::woken() at `time_ms` or, if an earlier time was asked for, then
  /// already; at `never`, perhaps not at all. `holds_worker`: something waits for it, a worker that
  /// is told to quit must not go before.
  virtual void wake_at(uint64_t time_ms, bool holds_worker) = 0;

  /// The host's monotonic clock, in milliseconds.
  virtual uint64_t now_ms() const = 0;
};

/// Who uses a transport.
class TransportUser {
 public:
  virtual ~TransportUser() = default;

  virtual void opened() = 0;
  virtual void received(std::string_view bytes) = 0;
  /// Connecting failed, or the peer closed, or the socket broke.
  virtual void closed(const std::string& reason) = 0;
  /// The worker is told to quit: it still finishes what waits, unless it is to quit `at_once`, and
  /// nothing new is to keep it.
  virtual void quitting(bool at_once) = 0;
  virtual void flush() = 0;
  virtual void woken() = 0;
};

}  // namespace oauth2::redis

#endif
