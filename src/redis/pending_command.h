#ifndef OAUTH2_SRC_REDIS_PENDING_COMMAND_H
#define OAUTH2_SRC_REDIS_PENDING_COMMAND_H

#include <cstdint>
#include <string>

#include "redis/reply.h"

namespace oauth2::redis {

/// Something that Redis is asked and answers with one reply.
class PendingCommand {
 public:
  virtual ~PendingCommand() = default;

  /// What the connection does after the reply.
  enum class Next {
    done,
    repeat,   ///< send it again, with `bytes` as they are now
    refuse,   ///< the error is final: failed() follows
    abandon,  ///< the reply was not for this command: nothing on this connection can be believed
  };

  /// Asked before the command is first sent; false drops it without a word.
  virtual bool still_wanted() const { return true; }
  virtual Next replied(const Reply& reply, uint64_t now_ms) = 0;
  /// There will be no reply. Whether Redis executed the command is unknown if it was ever sent.
  virtual void failed(uint64_t now_ms) = 0;
  /// Somebody waits for it, unlike for a ping.
  virtual bool holds_worker() const { return true; }
  /// An answer other than an error shows that Redis takes writes.
  virtual bool shows_health() const { return true; }

  std::string bytes;              ///< as they go out, of the one command that is answered
  std::string leading_bytes;      ///< of commands that go in front of it
  unsigned leading_commands = 0;  ///< how many those are
  uint64_t deadline = 0;          ///< on Transport::now_ms()'s clock
  bool fenced = false;            ///< is answered when enough replicas have what it wrote
  uint16_t slot = 0;              ///< of its keys, in a Redis Cluster
  uint64_t not_before_ms = 0;     ///< not sent earlier
  bool asking = false;            ///< ASKING goes right in front of it
  unsigned redirects = 0;         ///< that it followed

  /// Kept by the connection.
  uint64_t first_sent_ms = 0;  ///< 0: never
  uint64_t sent_ms = 0;
  unsigned times_sent = 0;       ///< over connections; Next::repeat does not count
  unsigned replies_to_skip = 0;  ///< of the leading commands
};

}  // namespace oauth2::redis

#endif
