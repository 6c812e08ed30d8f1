#ifndef OAUTH2_SRC_HEX_H
#define OAUTH2_SRC_HEX_H

namespace oauth2 {

/// The value of a hexadecimal digit, or -1 for any other character.
constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace oauth2

#endif
