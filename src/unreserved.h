#ifndef OAUTH2_SRC_UNRESERVED_H
#define OAUTH2_SRC_UNRESERVED_H

namespace oauth2 {

constexpr bool is_alphanumeric(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

/// Whether a URI may have `character` as it is anywhere, and a code verifier at all (RFC 3986
/// section 2.3, RFC 7636 section 4.1).
constexpr bool is_unreserved(char character) {
  return is_alphanumeric(character) || character == '-' || character == '.' || character == '_' ||
         character == '~';
}

}  // namespace oauth2

#endif
