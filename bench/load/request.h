#ifndef OAUTH2_BENCH_LOAD_REQUEST_H
#define OAUTH2_BENCH_LOAD_REQUEST_H

#include <cstdint>
#include <string>
#include <string_view>

#include "options.h"

namespace oauth2::bench {

/// Makes the bytes of requests.
class RequestTemplate {
 public:
  explicit RequestTemplate(const Options& options);

  /// The request of the family with this number, whose newest token is `token`.
  void make(uint64_t family, std::string_view token, std::string& out) const;

 private:
  std::string credentials_of(uint64_t family) const;

  const Options& options_;
  std::string head_;  // up to the headers that differ
};

}  // namespace oauth2::bench

#endif
