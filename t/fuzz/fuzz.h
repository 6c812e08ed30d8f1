#ifndef OAUTH2_T_FUZZ_FUZZ_H
#define OAUTH2_T_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace oauth2::fuzz {

/// The bytes of one run. Most targets read them as lines, so that a corpus can be written by hand.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  /// The bytes up to the next line feed, which is dropped; empty at the end. A copy of its own, so
  /// that AddressSanitizer sees a parser that reads past it.
  std::string line();

  /// A byte, or 0 at the end.
  uint8_t byte();

  /// `size` bytes, or what is left.
  std::string bytes(size_t size);

  /// All that is left.
  std::string_view rest() const { return rest_; }
  bool is_over() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// One run of a target; every target defines it.
void run(Input& input);

/// Says what does not hold, and aborts.
[[noreturn]] void fail(const char* condition, const char* file, int line);

/// Whether `part` lies within `whole`, or is empty.
bool lies_within(std::string_view part, std::string_view whole);

/// The number that `text` begins with, or 0; larger ones are cut to 32 bits.
uint32_t number(std::string_view text);

}  // namespace oauth2::fuzz

/// A property that a target checks: it must hold for every input.
#define OAUTH2_HOLDS(condition) \
  ((condition) ? static_cast<void>(0) : oauth2::fuzz::fail(#condition, __FILE__, __LINE__))

#endif
