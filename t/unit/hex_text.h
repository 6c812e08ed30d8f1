#ifndef OAUTH2_T_UNIT_HEX_TEXT_H
#define OAUTH2_T_UNIT_HEX_TEXT_H

#include <cstring>
#include <string>
#include <string_view>

#include "hex.h"
#include "oauth2/bytes.h"

namespace oauth2 {

/// The bytes that `hex` spells; spaces are skipped.
inline std::string from_hex(std::string_view hex) {
  std::string digits;
  for (const char digit : hex) {
    if (digit != ' ') {
      digits.push_back(digit);
    }
  }
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(hex_value(digits[i]) << 4 | hex_value(digits[i + 1])));
  }
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) {
    hex.push_back("0123456789abcdef"[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back("0123456789abcdef"[byte & 15]);
  }
  return hex;
}

template <size_t N>
std::string to_hex(const Bytes<N>& bytes) {
  return to_hex(view(bytes));
}

/// The first N bytes of `bytes`, filled up with zeros.
template <size_t N>
Bytes<N> to_array(std::string_view bytes) {
  Bytes<N> array{};
  std::memcpy(array.data(), bytes.data(), bytes.size() < N ? bytes.size() : N);
  return array;
}

}  // namespace oauth2

#endif
