#ifndef OAUTH2_SRC_REDIS_CONNECTION_H
#define OAUTH2_SRC_REDIS_CONNECTION_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/command_queue.h"
#include "redis/fence.h"
#include "redis/greeting.h"
#include "redis/options.h"
#include "redis/pending_command.h"
#include "redis/reply.h"
#include "redis/store_host.h"
#include "redis/store_state.h"

namespace oauth2::redis {

class Connection;

/// Who has a connection, and knows where it leads.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;

  /// `connection` is about to connect: its located() or not_located() is to be called, now or
  /// later. Asked anew each time, as a store may move.
  virtual void locate(Connection& connection) = 0;

  /// A key that never exists and that the Redis has to itself, for writes that write nothing.
  virtual std::string probe_key() const = 0;

  /// The connection broke, or its Redis refused a command for a reason that concerns others too.
  virtual void troubled(Connection&) {}

  /// The Redis did not execute `command`, as it is another node's (MOVED, ASK) or may soon be
  /// (TRYAGAIN). True if the owner took it over.
  virtual bool redirect(std::unique_ptr<PendingCommand>&, const Reply&) { return false; }
};

/// One connection to one Redis, connected anew whenever it breaks, with jittered backoff. Commands
/// of one turn of the event loop leave in one write, and replies are matched in order. Any timeout,
/// parse error or mismatch closes the connection, so that no reply meets another's command; what
/// was sent once is then sent a second time, within its deadline, and after that fails. In a worker
/// that quits, it connects for a command only, and closes as soon as it is idle.
///
/// With ConnectionOptions::replicas it is fenced: commands are answered when that many replicas
/// have what they wrote. What comes while one batch is confirmed is the next batch. What is
/// not confirmed in time fails, though what it wrote stands, and begins an outage, which a probe
/// that is confirmed ends.
class Connection final : public TransportUser {
 public:
  /// `owner` and `host` outlive the connection. `name` is the Redis' in the log. `random_seed`
  /// feeds the jitter.
  Connection(ConnectionOptions options, ConnectionOwner& owner, StoreHost& host,
             const std::string& name, OutageClock outages, uint64_t random_seed);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects, and from then on stays connected.
  void start();

  /// The answers to ConnectionOwner::locate(): where the Redis is, or why nobody knows.
  void located(const Endpoint& endpoint);
  void not_located(const std::string& reason);

  /// The Redis is at `endpoint` now: a connection that leads elsewhere is given up as if it had
  /// broken, and one that waits to try again does so at once.
  void moved(const Endpoint& endpoint);

  /// How often in a row it was not made, or broke before it was of use; 1 is a first break, too.
  unsigned failed_attempts() const { return failed_attempts_; }

  /// Sends `command` as soon as there is a connection. Fails it at once where max_pending others
  /// wait.
  void submit(std::unique_ptr<PendingCommand> command);

  /// Gives back what was not sent yet.
  Commands take_unsent();

  /// Its Redis does not belong to the store any more: it is no part of an outage, and the
  /// connection closes as soon as it is idle. keep() takes that back.
  void leave();
  void keep();

  /// Whether it was left and is closed.
  bool is_left() const { return left_ && phase_ == State::waiting && commands_.empty(); }

  /// Fails all commands and closes; nothing is accepted afterwards.
  void stop();

  void opened() override;
  void received(std::string_view bytes) override;
  void closed(const std::string& reason) override { lose(Severity::error, reason); }
  void quitting(bool at_once) override;
  void flush() override;
  void woken() override;

 private:
  enum class State { waiting, connecting, greeting, ready, stopped };

  void connect();
  bool is_being_located() const;
  bool take_greeting(const Reply& reply);
  void become_ready();
  bool take_reply(const Reply& reply);
  bool take_fenced_reply(const Reply& reply);
  bool deliver(const Reply& reply, bool confirmed);
  bool take_final_reply(std::unique_ptr<PendingCommand> command, const Reply& reply,
                        bool confirmed);
  void redirect(std::unique_ptr<PendingCommand> command, const Reply& reply);
  void refuse(PendingCommand& command, const Reply& reply);
  void check_eviction();
  void lose(Severity severity, const std::string& what);
  void schedule();
  uint64_t next_wake() const;
  void keep_alive();
  void show_health();
  bool fail(uint64_t since_ms);
  void report(bool news, Severity severity, const std::string& what);
  bool closes_when_idle() const { return quitting_ || left_; }
  void rest();

  const ConnectionOptions options_;
  ConnectionOwner& owner_;
  OutageClock outages_;
  const std::unique_ptr<StoreLog> log_;
  const std::unique_ptr<Transport> transport_;
  uint64_t random_;

  State phase_ = State::waiting;
  std::optional<Endpoint> peer_;  // as located for the last attempt
  std::optional<Greeting> greeting_;
  std::unique_ptr<ReplyReader> reader_;
  CommandQueue commands_;
  Fence fence_;
  uint64_t phase_ends_ms_ = 0;  // of connecting and greeting: give up; of waiting: try again
  uint64_t last_reply_ms_ = 0;  // 0: never
  uint64_t ready_since_ms_ = 0;
  uint64_t next_send_ms_ = Transport::never;          // of those that are too early now
  uint64_t earliest_deadline_ms_ = Transport::never;  // of all commands
  unsigned failed_attempts_ = 0;                      // in a row
  bool quitting_ = false;
  bool left_ = false;
  std::string last_trouble_;  // as logged, since the connection was last ready
};

}  // namespace oauth2::redis

#endif
