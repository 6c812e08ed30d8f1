#ifndef OAUTH2_SRC_REDIS_NODE_H
#define OAUTH2_SRC_REDIS_NODE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "redis/connection.h"
#include "redis/store_host.h"

namespace oauth2::redis {

/// One Redis with the connections that one worker has to it: one for all commands or, where
/// `wait` is configured, a second one for those that are fenced, so that they hold up no others.
/// Each connection is a part of the store by itself, the second one by the name "<name> (wait)".
class Node final {
 public:
  /// `owner` knows where this Redis is; it, `host` and `state` outlive the node. `name` is the
  /// Redis' in the log. `seed` is random.
  Node(const StoreOptions& options, ConnectionOwner& owner, StoreHost& host,
       const std::string& name, StoreState& state, uint64_t seed);

  /// Connects; commands that come before wait for it.
  void start();

  void submit(std::unique_ptr<PendingCommand> command);

  /// It is at `endpoint` now (Connection::moved()).
  void moved(const Endpoint& endpoint);

  /// Gives back what was not sent yet.
  Commands take_unsent();

  /// It does not belong to the store any more, or does again (Connection::leave(), keep()).
  void leave();
  void keep();
  bool is_left() const;

  /// Fails all commands and closes; nothing is accepted afterwards.
  void stop();

 private:
  template <class Action>
  void for_each(Action action);

  Connection plain_;
  std::optional<Connection> fenced_;
};

}  // namespace oauth2::redis

#endif
