#ifndef OAUTH2_T_FUZZ_REDIS_PEER_H
#define OAUTH2_T_FUZZ_REDIS_PEER_H

#include <deque>
#include <string>

#include "redis/scripted_transport.h"
#include "redis/store_state.h"

namespace oauth2::fuzz {

/// What stands at the other end of a connection, and around it: Redis, the network, the event loop
/// and the clock, which do as lines of an input say.
class RedisPeer {
 public:
  virtual ~RedisPeer() = default;

  /// Whoever made a transport of `host` has begun to connect.
  void begin();

  /// Lets one event happen:
  ///
  ///     o          the socket opens
  ///     x          it closes
  ///     f          the turn of the loop ends
  ///     t NUMBER   that many milliseconds pass, or fewer if a timer was due
  ///     a NUMBER   Redis answers what it was asked first; cut after so many bytes
  ///     r BYTES    it sends these bytes; "R" has CR LF behind them
  ///     q, Q       the worker is told to quit, or at once
  ///
  /// False for any other line.
  bool happen(const std::string& line);

  /// To be called after whatever made the connection send: what was sent is to be answered.
  void look_at_what_was_sent();

  /// Lets all timers run until none is left, or for an hour.
  void let_timers_run();

  redis::ScriptedTransport transport;
  redis::KeptLog log;
  redis::ScriptedHost host{transport, log};
  redis::StoreState state{};

 protected:
  /// The answer of a Redis that works to a command that is no part of a greeting, nor a ping.
  virtual std::string answer_to(const std::string& question) = 0;

  /// A command was sent, in whole.
  virtual void sent(const std::string& question) = 0;

 private:
  std::string answer(const std::string& question);
  void receive(std::string_view bytes);
  void let_time_pass(uint64_t ms);
  void wake();

  std::deque<std::string> questions_;
  bool opening_ = true;
  bool open_ = false;
  int opens_ = 0;
  int abandons_ = 0;
};

}  // namespace oauth2::fuzz

#endif
