#ifndef OAUTH2_NGX_MODULE_LINE_LIMIT_HPP
#define OAUTH2_NGX_MODULE_LINE_LIMIT_HPP

#include <string>
#include <utility>

#include "ngx.hpp"

namespace oauth2::nginx {

/// What others can cause as often as they like is written once a second, with a count of what was
/// not.
class LineLimit {
 public:
  /// Whether a line may be written now.
  bool pass() {
    if (ngx_current_msec < next_line_) {
      ++suppressed_;
      return false;
    }
    next_line_ = ngx_current_msec + line_interval_ms;
    return true;
  }

  /// What a line says of those that were not written since the last one.
  std::string suppressed() {
    const ngx_uint_t count = std::exchange(suppressed_, 0);
    return count != 0 ? ", " + std::to_string(count) + " more such lines suppressed" : "";
  }

 private:
  static constexpr ngx_msec_t line_interval_ms = 1000;

  ngx_msec_t next_line_ = 0;
  ngx_uint_t suppressed_ = 0;
};

}  // namespace oauth2::nginx

#endif
