#ifndef OAUTH2_T_FUZZ_SAMPLES_H
#define OAUTH2_T_FUZZ_SAMPLES_H

#include "oauth2/keys.h"
#include "token_samples.h"

namespace oauth2::fuzz {

/// The time at which the corpus was made, and at which the targets live (Unix, seconds).
constexpr uint32_t now = 1700000000;

/// Two keys: the first mints.
inline const KeyRing& sample_keys() {
  static const KeyRing keys({sample_root(), sample_root(100)}, "oauth2");
  return keys;
}

/// Another service's key.
inline const KeyRing& foreign_keys() {
  static const KeyRing keys({sample_root(200)}, "oauth2");
  return keys;
}

}  // namespace oauth2::fuzz

#endif
