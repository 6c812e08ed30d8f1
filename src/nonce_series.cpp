#include "oauth2/nonce_series.h"

namespace oauth2 {

Bytes<24> NonceSeries::next(Environment& environment) {
  constexpr size_t half = sizeof(nonce_) / 2;
  if (left_ == 0) {
    environment.random(nonce_.data(), half);
    left_ = length;
  }
  environment.random(nonce_.data() + half, half);
  --left_;
  return nonce_;
}

}  // namespace oauth2
