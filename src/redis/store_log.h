#ifndef OAUTH2_SRC_REDIS_STORE_LOG_H
#define OAUTH2_SRC_REDIS_STORE_LOG_H

#include <string>

namespace oauth2::redis {

/// How loud a log line is, as nginx names it.
enum class Severity { alert, error, warn, notice };

/// Where a connection reports what an operator should know. No text holds a secret.
class StoreLog {
 public:
  virtual ~StoreLog() = default;
  virtual void log(Severity severity, const std::string& text) = 0;
};

}  // namespace oauth2::redis

#endif
