#ifndef OAUTH2_SRC_REDIS_COMMAND_QUEUE_H
#define OAUTH2_SRC_REDIS_COMMAND_QUEUE_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "redis/pending_command.h"

namespace oauth2::redis {

using Commands = std::deque<std::unique_ptr<PendingCommand>>;

/// Fails each of `commands`, which are in no queue any more.
void fail_all(Commands commands, uint64_t now_ms);

/// The commands of one connection: those that wait to be sent, and those that were sent and wait
/// for their replies, both in order. Which of them a break leaves to be sent again is decided here.
class CommandQueue {
 public:
  size_t size() const { return unsent_.size() + sent_.size(); }
  bool empty() const { return unsent_.empty() && sent_.empty(); }
  bool has_unsent() const { return !unsent_.empty(); }
  bool has_sent() const { return !sent_.empty(); }

  /// Takes a command that is to be sent.
  void add(std::unique_ptr<PendingCommand> command);

  /// Appends to `out` what waits to be sent and may be by now, and has it wait for its replies.
  /// What nobody wants any more is dropped.
  void send(std::string& out, uint64_t now_ms);

  /// Gives the command whose reply is the next one; there is one. put_back() undoes it, also with
  /// another command in its place.
  std::unique_ptr<PendingCommand> take_sent();
  void put_back(std::unique_ptr<PendingCommand> command);

  /// The connection broke. What it left unanswered waits to be sent again, once and before its
  /// deadline; everything else is given back. Where it was not ready, nothing waits for another
  /// one.
  Commands take_lost(bool was_ready, uint64_t now_ms);

  /// Gives back the commands whose deadline came before they were sent.
  Commands take_expired(uint64_t now_ms);

  Commands take_unsent();
  Commands take_all();
  Commands take_all_sent();

  /// How many replies are missing to what was sent.
  size_t missing_replies() const;

  /// Whether some of what was sent may write.
  bool awaits_write() const;

  /// When the oldest one was sent that waits for its reply; there is one.
  uint64_t oldest_sent_ms() const { return sent_.front()->sent_ms; }

  /// Whether a reply is missing that took longer than `timeout_ms`, or than its command had time.
  bool is_late(uint64_t timeout_ms, uint64_t now_ms) const;

  /// When the next one that is too early now may be sent; Transport::never without any.
  uint64_t next_send_ms() const;

  /// Of all commands; Transport::never without any.
  uint64_t earliest_deadline() const;

  /// Whether somebody waits for one of them.
  bool holds_worker() const;

 private:
  Commands unsent_;
  Commands sent_;
};

}  // namespace oauth2::redis

#endif
