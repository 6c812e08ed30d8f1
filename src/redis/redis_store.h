#ifndef OAUTH2_SRC_REDIS_REDIS_STORE_H
#define OAUTH2_SRC_REDIS_REDIS_STORE_H

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "oauth2/store.h"
#include "redis/nodes.h"
#include "redis/options.h"
#include "redis/scripts.h"
#include "redis/store_host.h"
#include "redis/store_state.h"

namespace oauth2::redis {

/// The families in Redis, and where it is asked for an index of each user's. One thread at a
/// time.
class RedisStore final : public TokenStore {
 public:
  /// `host` and `state` outlive the store. `seed` is random and feeds nonces and jitter.
  RedisStore(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed);

  /// Connects; operations that begin before wait for it.
  void start() { nodes_->start(); }

  /// Answers all operations with `unavailable` and closes.
  void stop() { nodes_->stop(); }

  void create(const FamilyId& family, const FamilyRecord& record, uint32_t max_families,
              uint64_t deadline, std::shared_ptr<StoreWaiter> waiter) override;
  void read(const FamilyId& family, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter) override;
  void rotate(const FamilyId& family, const Rotation& rotation, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  void redeem(const FamilyId& family, const Rotation& rotation, std::string_view client,
              std::string_view subject, uint32_t max_families, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  void refresh_index(const FamilyId& family, std::string_view subject, uint32_t now, uint32_t ttl,
                     uint64_t deadline) override;
  void list(std::string_view subject, uint32_t start, bool to_end, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter) override;
  void end(std::string_view subject, std::string_view hash, uint64_t deadline,
           std::shared_ptr<StoreWaiter> waiter) override;
  void revoke(const FamilyId& family, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  LossBreaker& breaker() override { return breaker_; }
  uint64_t outage_allowance_ms(uint64_t window_ms) const override;
  bool waits_for_rotations() const override;
  uint64_t request_budget_ms() const override;

 private:
  bool waits_for_replicas() const { return options_.connection.replicas > 0; }
  std::string next_nonce();
  uint16_t slot_of(std::string_view key) const;
  std::string marker_of(std::string_view key) const;
  void call(bool fenced, const Script& script, const std::string& nonce,
            std::initializer_list<std::string_view> words, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter);

  const StoreOptions options_;
  StoreHost& host_;
  StoreState& state_;
  const OutageClock outages_;
  LossBreaker breaker_;
  uint64_t nonce_;
  const std::unique_ptr<Nodes> nodes_;
};

}  // namespace oauth2::redis

#endif
