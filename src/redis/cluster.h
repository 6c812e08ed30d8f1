#ifndef OAUTH2_SRC_REDIS_CLUSTER_H
#define OAUTH2_SRC_REDIS_CLUSTER_H

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "redis/inquiry.h"
#include "redis/node.h"
#include "redis/nodes.h"
#include "redis/slot_ranges.h"
#include "redis/store_host.h"

namespace oauth2::redis {

/// A Redis Cluster. Each command goes to the node that has its slot, as far as is known, and
/// follows what the nodes say when they know better (Redis Cluster specification, "MOVED
/// redirection" and "ASK redirection"). Which node has which slots is asked at the start, when a
/// node says MOVED or cannot serve a slot, and when a connection breaks: one question at a time,
/// and not more often than every 200 ms. A node without slots is left once its commands are
/// answered.
class Cluster final : public Nodes, private Question {
 public:
  /// `host` and `state` outlive it. `seed` is random.
  Cluster(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed);
  ~Cluster() override;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void start() override;
  void submit(std::unique_ptr<PendingCommand> command) override;
  void stop() override;

 private:
  class Member;

  std::vector<Endpoint> places() const override;
  std::string command() const override;
  std::string take(const Endpoint& asked, const Reply& reply) override;
  void nobody_knows(const std::string& why) override;

  Member& member_at(const Endpoint& endpoint);
  void assign(const std::vector<SlotRange>& ranges);
  void leave_members_without_slots();
  void route_again();
  bool redirect(Member& from, std::unique_ptr<PendingCommand>& command, const Reply& reply);

  const StoreOptions options_;
  StoreHost& host_;
  StoreState& state_;
  uint64_t seed_;
  const std::unique_ptr<StoreLog> log_;
  std::map<std::string, std::unique_ptr<Member>> members_;  // by their names
  std::vector<Member*> slots_;                              // who has each; nobody is null
  std::vector<Endpoint> replicas_;
  mutable size_t first_place_ = 0;  // another one for each question
  Inquiry inquiry_;
};

}  // namespace oauth2::redis

#endif
