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
constexpr uint8_t not_a_value = 0xc0;  // the bits that no value has

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

constexpr size_t encoded_size(size_t bytes) {
  return (bytes * 4 + 2) / 3;
}

// Four characters: 24 bits. What is no character of the alphabet leaves a mark in `wrong`.
uint32_t decode_group(const std::array<uint8_t, 256>& values, const char* group, uint8_t& wrong) {
  const auto value = [&](int i) { return values[static_cast<unsigned char>(group[i])]; };
  wrong |= static_cast<uint8_t>(value(0) | value(1) | value(2) | value(3));
  return uint32_t{value(0)} << 18 | uint32_t{value(1)} << 12 | uint32_t{value(2)} << 6 | value(3);
}

constexpr size_t decoded_size(size_t characters) {
  const size_t rest = characters % 4;
  return characters / 4 * 3 + (rest > 1 ? rest - 1 : 0);
}

// Every token comes through here: no branch for each character. decoded_size() bytes go to `out`.
bool decode(const std::array<uint8_t, 256>& values, std::string_view text, unsigned char* out) {
  const size_t rest = text.size() % 4;
  const size_t whole = text.size() - rest;
  uint8_t wrong = 0;
  for (size_t i = 0; i < whole; i += 4) {
    const uint32_t bits = decode_group(values, text.data() + i, wrong);
    *out++ = static_cast<unsigned char>(bits >> 16);
    *out++ = static_cast<unsigned char>(bits >> 8);
    *out++ = static_cast<unsigned char>(bits);
  }
  if (rest > 0) {
    std::array<char, 4> group = {'A', 'A', 'A', 'A'};  // zeros
    text.copy(group.data(), rest, whole);
    uint32_t bits = decode_group(values, group.data(), wrong);
    for (size_t i = 1; i < rest; ++i) {
      *out++ = static_cast<unsigned char>(bits >> 16);
      bits = bits << 8 & 0xffffff;
    }
    wrong |= rest == 1 || bits != 0 ? invalid : 0;
  }
  return (wrong & not_a_value) == 0;
}

bool decode(const std::array<uint8_t, 256>& values, std::string_view text, std::string& out) {
  out.resize(decoded_size(text.size()));
  return decode(values, text, reinterpret_cast<unsigned char*>(out.data()));
}

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
  const size_t start = out.size();
  const size_t rest = bytes.size() % 3;
  const size_t whole = bytes.size() - rest;
  out.resize(start + encoded_size(bytes.size()));
  char* character = out.data() + start;
  const auto byte = [&](size_t i) { return uint32_t{static_cast<unsigned char>(bytes[i])}; };
  for (size_t i = 0; i < whole; i += 3) {
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    *character++ = url_alphabet[bits >> 18];
    *character++ = url_alphabet[bits >> 12 & 63];
    *character++ = url_alphabet[bits >> 6 & 63];
    *character++ = url_alphabet[bits & 63];
  }
  if (rest > 0) {
    const uint32_t bits = byte(whole) << 16 | (rest > 1 ? byte(whole + 1) << 8 : 0);
    *character++ = url_alphabet[bits >> 18];
    *character++ = url_alphabet[bits >> 12 & 63];
    if (rest > 1) {
      *character = url_alphabet[bits >> 6 & 63];
    }
  }
}

std::string base64url(std::string_view bytes) {
  std::string out;
  out.reserve(encoded_size(bytes.size()));
  append_base64url(out, bytes);
  return out;
}

bool decode_base64url(std::string_view text, std::string& out) {
  return decode(url_values, text, out);
}

bool decode_base64url(std::string_view text, unsigned char* out, size_t size) {
  return text.size() == encoded_size(size) && decode(url_values, text, out);
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
