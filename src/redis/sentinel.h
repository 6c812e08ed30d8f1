#ifndef OAUTH2_SRC_REDIS_SENTINEL_H
#define OAUTH2_SRC_REDIS_SENTINEL_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "redis/inquiry.h"
#include "redis/node.h"
#include "redis/nodes.h"
#include "redis/store_host.h"
#include "redis/switch_watch.h"

namespace oauth2::redis {

/// The primary of a group of nodes, wherever it moves. The rules are those of "Guidelines for Redis
/// clients with support for Redis Sentinel": before each connect the sentinels are asked for the
/// address, one after the other, the one that answered last first; the node there must say that it
/// is the primary; and when the address changes, connections that lead elsewhere are dropped. What
/// a sentinel publishes is a hint to ask, and not earlier than 100 ms after the last question.
class Sentinel final : public Nodes,
                       private ConnectionOwner,
                       private Question,
                       private SwitchListener {
 public:
  /// `host` and `state` outlive it. `seed` is random.
  Sentinel(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed);

  void start() override;
  void submit(std::unique_ptr<PendingCommand> command) override {
    node_.submit(std::move(command));
  }
  void stop() override;

 private:
  void locate(Connection& connection) override;
  std::string probe_key() const override;

  std::vector<Endpoint> places() const override { return sentinels_; }
  std::string command() const override;
  std::string take(const Endpoint& asked, const Reply& reply) override;
  void nobody_knows(const std::string& why) override;

  void may_have_moved(const Endpoint& sentinel) override;

  void put_first(const Endpoint& sentinel);
  bool is_doubtful(const Endpoint& place) const;
  void believe(const Endpoint& place);
  void end_question();

  const SentinelOptions options_;
  const std::string prefix_;
  const std::string name_;  // in the log
  const std::unique_ptr<StoreLog> log_;
  std::vector<Endpoint> sentinels_;  // in the order in which they are asked
  std::optional<Endpoint> place_;    // of the primary, as last told
  std::optional<Endpoint> doubted_;  // told in this question
  bool is_news_ = false;             // place_ has just been told
  bool ask_again_ = false;
  std::vector<Connection*> asking_;
  Inquiry inquiry_;
  SwitchWatch watch_;
  Node node_;
};

}  // namespace oauth2::redis

#endif
