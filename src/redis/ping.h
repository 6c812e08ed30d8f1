#ifndef OAUTH2_SRC_REDIS_PING_H
#define OAUTH2_SRC_REDIS_PING_H

#include <string>

#include "redis/pending_command.h"

namespace oauth2::redis {

/// Shows an idle worker that Redis is there. Nobody waits for it.
class Ping final : public PendingCommand {
 public:
  explicit Ping(uint64_t until);
  Next replied(const Reply& reply, uint64_t now_ms) override;
  void failed(uint64_t) override {}
  bool holds_worker() const override { return false; }
  bool shows_health() const override { return false; }
};

/// Shows that an outage is over: a replica, a master without enough replicas or without memory
/// answers a ping, but refuses a write, even this one, which writes nothing because its key never
/// exists. Nobody waits for it.
class Probe final : public PendingCommand {
 public:
  Probe(const std::string& key, uint64_t until);
  Next replied(const Reply&, uint64_t) override { return Next::done; }
  void failed(uint64_t) override {}
  bool holds_worker() const override { return false; }
};

/// Takes the place of a command that is over before all its replies are there.
class Ignored final : public PendingCommand {
 public:
  explicit Ignored(const PendingCommand& command);
  Next replied(const Reply&, uint64_t) override { return Next::done; }
  void failed(uint64_t) override {}
  bool holds_worker() const override { return false; }
  bool shows_health() const override { return false; }
};

}  // namespace oauth2::redis

#endif
