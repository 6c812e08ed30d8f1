#ifndef OAUTH2_ENVIRONMENT_H
#define OAUTH2_ENVIRONMENT_H

#include <cstddef>
#include <cstdint>

namespace oauth2 {

/// What the core asks of the world around it.
class Environment {
 public:
  virtual ~Environment() = default;

  /// Unix time in seconds.
  virtual uint32_t unix_time() = 0;

  /// A clock that never steps back, in milliseconds; its zero is arbitrary.
  virtual uint64_t monotonic_ms() = 0;

  /// Fills `size` bytes at `out` with unpredictable bits.
  virtual void random(unsigned char* out, size_t size) = 0;
};

}  // namespace oauth2

#endif
