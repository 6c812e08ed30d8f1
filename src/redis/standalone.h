#ifndef OAUTH2_SRC_REDIS_STANDALONE_H
#define OAUTH2_SRC_REDIS_STANDALONE_H

#include <memory>
#include <utility>

#include "redis/node.h"
#include "redis/nodes.h"

namespace oauth2::redis {

/// One Redis, whose place never changes.
class Standalone final : public Nodes, private ConnectionOwner {
 public:
  /// `host` and `state` outlive it. `seed` is random.
  Standalone(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed);

  void start() override { node_.start(); }
  void submit(std::unique_ptr<PendingCommand> command) override {
    node_.submit(std::move(command));
  }
  void stop() override { node_.stop(); }

 private:
  void locate(Connection& connection) override { connection.located(endpoint_); }

  std::string probe_key() const override;

  const Endpoint endpoint_;
  const std::string prefix_;
  Node node_;
};

}  // namespace oauth2::redis

#endif
