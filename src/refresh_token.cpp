#include "refresh_token.h"

namespace oauth2 {
namespace {

constexpr TokenMac refresh_token_mac = &Key::refresh_token_mac;

// RFC 6749 section 6: "The authorization server MUST maintain the binding between a refresh token
// and the client to whom it was issued."
std::string binding(std::string_view client) {
  std::string bound;
  bound.reserve(2 + client.size());
  append_bound(bound, client);
  return bound;
}

}  // namespace

std::string mint_refresh_token(const Key& key, const RefreshToken& token, std::string_view client) {
  return mint_family_token(key, refresh_token_mac, token, binding(client));
}

TokenCheck verify_refresh_token(const KeyRing& keys, std::string_view text, std::string_view client,
                                RefreshToken& token) {
  RefreshToken read;
  const TokenCheck check = open_family_token(keys, refresh_token_mac, text, binding(client), read);
  if (check == TokenCheck::authentic && read.generation == 0) {
    return TokenCheck::malformed;
  }
  token = check == TokenCheck::authentic ? read : token;
  return check;
}

}  // namespace oauth2
