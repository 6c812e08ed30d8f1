// Base64, base64url and the texts that are made of them. The whole input is one.

#include <algorithm>

#include "authorization_code.h"
#include "base64.h"
#include "fuzz.h"
#include "oauth2/family.h"
#include "oauth2/keys.h"

namespace oauth2::fuzz {
namespace {

std::string in_standard_alphabet(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return text;
}

void check_encoding(const std::string& bytes) {
  const std::string text = base64url(bytes);
  std::string decoded;
  OAUTH2_HOLDS(decode_base64url(text, decoded) && decoded == bytes);
  std::string standard = in_standard_alphabet(text);
  OAUTH2_HOLDS(decode_base64(standard, decoded) && decoded == bytes);
  standard.append((4 - standard.size() % 4) % 4, '=');
  OAUTH2_HOLDS(decode_base64(standard, decoded) && decoded == bytes);
}

void check_root_key(const std::string& text) {
  RootKey key;
  if (!parse_root_key(text, key)) {
    return;
  }
  RootKey again;
  OAUTH2_HOLDS(parse_root_key(" \n" + base64url(view(key.bytes)) + "\r\n", again));
  OAUTH2_HOLDS(again.bytes == key.bytes);
}

}  // namespace

void run(Input& input) {
  const std::string text(input.rest());
  check_encoding(text);

  // Every byte string has one spelling.
  std::string bytes;
  const bool is_url = decode_base64url(text, bytes);
  OAUTH2_HOLDS(!is_url || base64url(bytes) == text);
  OAUTH2_HOLDS(is_family_hash(text) == (is_url && bytes.size() == 16));
  OAUTH2_HOLDS(is_code_challenge(text) == (is_url && bytes.size() == 32));
  if (decode_base64(text, bytes)) {
    const std::string unpadded = text.substr(0, text.find('='));
    OAUTH2_HOLDS(in_standard_alphabet(base64url(bytes)) == unpadded);
    OAUTH2_HOLDS(unpadded.size() == text.size() || text.size() % 4 == 0);
  }
  check_root_key(text);
}

}  // namespace oauth2::fuzz
