#include "base64.h"

#include <array>
#include <cstdint>

namespace oauth2 {
namespace {

constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t invalid = 0xff;

constexpr std::array<uint8_t, 256> reversed(std::string_view alphabet) {
  std::array<uint8_t, 256> table{};
  for (uint8_t& entry : table) {
    entry = invalid;
  }
  for (size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<uint8_t>(i);
  }
  return table;
}

constexpr std::array<uint8_t, 256> url_values = reversed(url_alphabet);
constexpr std::array<uint8_t, 256> standard_values = reversed(standard_alphabet);

bool decode(const std::array<uint8_t, 256>& values, std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 == 1) {
    return false;
  }
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int count = 0;
  for (const char character : text) {
    const uint8_t value = values[static_cast<unsigned char>(character)];
    if (value == invalid) {
      return false;
    }
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count));
    }
  }
  return (bits & ((1U << count) - 1)) == 0;
}

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out.push_back(url_alphabet[bits >> count & 63]);
    }
  }
  if (count > 0) {
    out.push_back(url_alphabet[bits << (6 - count) & 63]);
  }
}

std::string base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  append_base64url(out, bytes);
  return out;
}

bool decode_base64url(std::string_view text, std::string& out) {
  return decode(url_values, text, out);
}

bool decode_base64(std::string_view text, std::string& out) {
  if (!text.empty() && text.size() % 4 == 0) {
    for (int padding = 0; padding < 2 && text.back() == '='; ++padding) {
      text.remove_suffix(1);
    }
  }
  return decode(standard_values, text, out);
}

}  // namespace oauth2
