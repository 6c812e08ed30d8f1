#ifndef OAUTH2_BYTES_H
#define OAUTH2_BYTES_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace oauth2 {

/// A fixed number of raw bytes.
template <size_t N>
using Bytes = std::array<unsigned char, N>;

/// The bytes of `array` as a string view; `array` keeps the ownership.
template <size_t N>
std::string_view view(const Bytes<N>& array) {
  return {reinterpret_cast<const char*>(array.data()), N};
}

/// Appends `value` to `out`, big-endian.
inline void append_u16(std::string& out, uint16_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value));
}

/// Appends `value` to `out`, big-endian.
inline void append_u32(std::string& out, uint32_t value) {
  append_u16(out, static_cast<uint16_t>(value >> 16));
  append_u16(out, static_cast<uint16_t>(value));
}

/// Writes big-endian fields one behind the other, to where there is room for them.
class ByteWriter {
 public:
  explicit ByteWriter(unsigned char* to) : to_(to) {}

  void put(std::string_view bytes) {
    bytes.copy(reinterpret_cast<char*>(to_), bytes.size());
    to_ += bytes.size();
  }
  void u8(uint8_t value) { *to_++ = value; }
  void u16(uint16_t value) {
    u8(static_cast<uint8_t>(value >> 8));
    u8(static_cast<uint8_t>(value));
  }
  void u32(uint32_t value) {
    u16(static_cast<uint16_t>(value >> 16));
    u16(static_cast<uint16_t>(value));
  }

 private:
  unsigned char* to_;
};

/// Reads big-endian fields from the front of a byte string. A read past the end gives zeros or an
/// empty view and makes ok() false for good.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return number(4); }

  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }

 private:
  uint32_t number(size_t size) {
    uint32_t value = 0;
    for (const char byte : take(size)) {
      value = value << 8 | static_cast<unsigned char>(byte);
    }
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace oauth2

#endif
