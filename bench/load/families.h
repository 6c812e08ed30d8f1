#ifndef OAUTH2_BENCH_LOAD_FAMILIES_H
#define OAUTH2_BENCH_LOAD_FAMILIES_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oauth2::bench {

/// The newest refresh token of each family.
class Families {
 public:
  /// `count` families without a token.
  explicit Families(uint64_t count) : tokens_(count) {}

  /// Those of the file at `path`, one token a line. Throws std::runtime_error without any.
  static Families read(const std::string& path);

  /// Writes such a file. Throws std::runtime_error if it cannot.
  void write(const std::string& path) const;

  uint64_t count() const { return tokens_.size(); }
  const std::string& token(uint64_t family) const { return tokens_[family]; }
  void set_token(uint64_t family, std::string_view token) { tokens_[family] = token; }

 private:
  std::vector<std::string> tokens_;
};

}  // namespace oauth2::bench

#endif
