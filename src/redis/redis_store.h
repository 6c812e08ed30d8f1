#ifndef OAUTH2_SRC_REDIS_REDIS_STORE_H
#define OAUTH2_SRC_REDIS_REDIS_STORE_H

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "oauth2/store.h"
#include "redis/connection.h"
#include "redis/scripts.h"

namespace oauth2::redis {

/// The families in one Redis, and where it is asked for an index of each user's. One thread at a
/// time.
class RedisStore final : public TokenStore {
 public:
  /// `transport`, `state` and `log` outlive the store. `prefix` is the tenant; `seed` is random and
  /// feeds nonces and jitter.
  RedisStore(const ConnectionOptions& options, std::string prefix, Transport& transport,
             StoreState& state, uint64_t longest_window_ms, StoreLog& log, uint64_t seed,
             bool keeps_index = false);

  /// Connects; operations that begin before wait for it.
  void start() { connection_.start(); }

  /// Answers all operations with `unavailable` and closes.
  void stop() { connection_.stop(); }

  /// The user of the transport.
  Connection& connection() { return connection_; }

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
  void list(std::string_view subject, uint32_t start, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter) override;
  void end(std::string_view subject, std::string_view hash, uint64_t deadline,
           std::shared_ptr<StoreWaiter> waiter) override;
  void revoke(const FamilyId& family, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  LossBreaker& breaker() override { return breaker_; }
  uint64_t outage_allowance_ms(uint64_t window_ms) const override;
  uint64_t request_budget_ms() const override;

 private:
  std::string next_nonce();
  void call(const Script& script, const std::string& nonce,
            std::initializer_list<std::string_view> words, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter);

  const ConnectionOptions options_;
  const std::string prefix_;
  Transport& transport_;
  StoreState& state_;
  LossBreaker breaker_;
  uint64_t nonce_;
  const bool keeps_index_;
  Connection connection_;
};

}  // namespace oauth2::redis

#endif
