#ifndef OAUTH2_SRC_BASE64_H
#define OAUTH2_SRC_BASE64_H

#include <cstddef>
#include <string>
#include <string_view>

namespace oauth2 {

/// Appends `bytes` to `out` in base64url without padding (RFC 4648 section 5).
void append_base64url(std::string& out, std::string_view bytes);

/// `bytes` in base64url without padding.
std::string base64url(std::string_view bytes);

/// Decodes base64url without padding into `out`. False, with `out` unspecified, for any character
/// outside the alphabet, an impossible length or spare bits that are not zero: every byte string
/// has exactly one accepted spelling.
bool decode_base64url(std::string_view text, std::string& out);

/// Ditto, of a text that has to give exactly `size` bytes, at `out`.
bool decode_base64url(std::string_view text, unsigned char* out, size_t size);

/// Decodes standard base64 (RFC 4648 section 4), with or without its padding, as the strictness
/// of real Basic headers and key files requires. False as decode_base64url().
bool decode_base64(std::string_view text, std::string& out);

}  // namespace oauth2

#endif
