#ifndef OAUTH2_SRC_REDIS_NODES_H
#define OAUTH2_SRC_REDIS_NODES_H

#include <memory>

#include "redis/pending_command.h"

namespace oauth2::redis {

/// All that a store's keys live on, be it one Redis or many, as one worker is connected to it.
class Nodes {
 public:
  virtual ~Nodes() = default;

  /// Connects; commands that come before wait for it.
  virtual void start() = 0;

  /// Sends `command` to the Redis that has its slot.
  virtual void submit(std::unique_ptr<PendingCommand> command) = 0;

  /// Fails all commands and closes; nothing is accepted afterwards.
  virtual void stop() = 0;
};

}  // namespace oauth2::redis

#endif
