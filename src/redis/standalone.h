#ifndef OAUTH2_SRC_REDIS_STANDALONE_H
#define OAUTH2_SRC_REDIS_STANDALONE_H

#include <memory>

#include "redis/connection.h"
#include "redis/nodes.h"
#include "redis/store_host.h"

namespace oauth2::redis {

/// One Redis, whose place never changes.
class Standalone final : public Nodes, private ConnectionOwner {
 public:
  /// `host` and `state` outlive it. `seed` is random.
  Standalone(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed);

  void start() override { connection_.start(); }
  void submit(std::unique_ptr<PendingCommand> command) override {
    connection_.submit(std::move(command));
  }
  void stop() override { connection_.stop(); }

 private:
  void locate(Connection& connection) override { connection.located(endpoint_); }

  std::string probe_key() const override;

  const Endpoint endpoint_;
  const std::string prefix_;
  Connection connection_;
};

}  // namespace oauth2::redis

#endif
