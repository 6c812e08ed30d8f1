#ifndef OAUTH2_NONCE_SERIES_H
#define OAUTH2_NONCE_SERIES_H

#include "oauth2/bytes.h"
#include "oauth2/environment.h"

namespace oauth2 {

/// The nonces of access tokens. XAES-256-GCM derives a key from the first half of a nonce and uses
/// the second half under it, so that nonces which share their first half share the key, and the
/// work of deriving it. Both halves are random; the second one is fresh for each nonce, the first
/// one for each `length` of them.
class NonceSeries {
 public:
  static constexpr unsigned length = 256;  ///< far below the 2^32 random nonces that a key may have

  /// A fresh nonce.
  Bytes<24> next(Environment& environment);

 private:
  Bytes<24> nonce_{};
  unsigned left_ = 0;  // with the same first half
};

}  // namespace oauth2

#endif
