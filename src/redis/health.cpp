#include "redis/health.h"

namespace oauth2::redis {

void Health::note_trouble(uint64_t since_ms, Severity severity, const std::string& what) {
  const bool is_news = !left_ && outages_.failed(since_ms);
  if (is_news || what != last_trouble_) {
    log_->log(severity, what);
    last_trouble_ = what;
  }
}

void Health::note_success(uint64_t now_ms) {
  if (outages_.recovered(now_ms)) {
    log_->log(Severity::notice, "is available");
    last_trouble_.clear();
  }
}

void Health::note_eviction_policy(const std::string& policy) {
  if (policy == "noeviction") {
    outages_.state().eviction_warned = 0;
  } else if (!policy.empty() && outages_.state().eviction_warned.exchange(1) == 0) {
    log_->log(Severity::warn, "may evict tokens: its maxmemory-policy is \"" + policy +
                                  "\", it should be \"noeviction\"");
  }
}

void Health::leave(uint64_t now_ms) {
  left_ = true;
  outages_.recovered(now_ms);
}

}  // namespace oauth2::redis
