// UTF-8. The whole input is a text.

#include <cstdint>

#include "form.h"
#include "fuzz.h"

namespace oauth2::fuzz {
namespace {

void append_code_point(std::string& out, uint32_t code) {
  const auto continuation = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3f)));
  };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    continuation(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    continuation(6);
    continuation(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | code >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

/// Code points as their bits stand there, right or wrong; encoding them again shows which.
std::string encoded_again(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int following = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t code = following == 0 ? lead : lead & (0x3fU >> following);
    for (int k = 0; k < following && i < text.size(); ++k) {
      code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3f);
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      return "";
    }
    append_code_point(out, code);
  }
  return out;
}

}  // namespace

// RFC 3629: every code point but the surrogates has one encoding, the shortest.
void run(Input& input) {
  const std::string text(input.rest());
  OAUTH2_HOLDS(is_utf8(text) == (encoded_again(text) == text));

  bool has_control = false;
  for (const char character : text) {
    has_control = has_control || (character >= 0 && character < 0x20) || character == 0x7f;
  }
  OAUTH2_HOLDS(has_control_character(text) == has_control);
}

}  // namespace oauth2::fuzz
