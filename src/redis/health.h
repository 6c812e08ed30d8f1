#ifndef OAUTH2_SRC_REDIS_HEALTH_H
#define OAUTH2_SRC_REDIS_HEALTH_H

#include <cstdint>
#include <memory>
#include <string>

#include "redis/store_log.h"
#include "redis/store_state.h"

namespace oauth2::redis {

/// Whether a Redis works, as one connection to it sees it: feeds the outage clock of the store, and
/// tells the operator of what is news.
class Health {
 public:
  Health(OutageClock outages, std::unique_ptr<StoreLog> log)
      : outages_(outages), log_(std::move(log)) {}

  /// Whether some worker knows it to be down.
  bool is_down() const { return outages_.is_down(); }

  /// It does not work, and may not have since `since_ms`. An outage is news once, and again when
  /// its reason changes.
  void note_trouble(uint64_t since_ms, Severity severity, const std::string& what);

  /// It has done what it was asked.
  void note_success(uint64_t now_ms);

  /// It has refused one command for what is wrong with that, which is no outage.
  void note_mistake(const std::string& what) { log_->log(Severity::alert, what); }

  /// How it evicts keys; empty if it did not tell. All but "noeviction" is worth a warning, once.
  void note_eviction_policy(const std::string& policy);

  /// It is no part of the store any more, nor of any outage; or is again.
  void leave(uint64_t now_ms);
  void come_back() { left_ = false; }

 private:
  OutageClock outages_;
  std::unique_ptr<StoreLog> log_;
  std::string last_trouble_;  // as logged, since it last worked
  bool left_ = false;
};

}  // namespace oauth2::redis

#endif
