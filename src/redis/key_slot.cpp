#include "redis/key_slot.h"

namespace oauth2::redis {
namespace {

constexpr uint16_t polynomial = 0x1021;  // of CRC-16/XMODEM, as the specification has it

uint16_t crc16(std::string_view bytes) {
  uint16_t crc = 0;
  for (const char byte : bytes) {
    crc = static_cast<uint16_t>(crc ^ static_cast<unsigned char>(byte) << 8);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 0x8000) != 0;
      crc = static_cast<uint16_t>(crc << 1 ^ (carry ? polynomial : 0));
    }
  }
  return crc;
}

// Redis Cluster specification: hashed is only "what is between the first occurrence of { and the
// following first occurrence of }", if there are "one or more characters between" them.
std::string_view hashed_part(std::string_view key) {
  const size_t open = key.find('{');
  const size_t close = key.find('}', open);
  if (open == std::string_view::npos || close == std::string_view::npos || close == open + 1) {
    return key;
  }
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

uint16_t key_slot(std::string_view key) {
  return crc16(hashed_part(key)) % slot_count;
}

}  // namespace oauth2::redis
