#include "refresh_token.h"

#include <stdexcept>

namespace oauth2 {
namespace {

constexpr TokenMac refresh_token_mac = &Key::refresh_token_mac;

// RFC 6749 section 6: "The authorization server MUST maintain the binding between a refresh token
// and the client to whom it was issued."
class Binding {
 public:
  explicit Binding(std::string_view client) : size_(sizeof(uint16_t) + client.size()) {
    if (client.size() > max_client_id_size) {
      throw std::length_error("a client id is too long");
    }
    ByteWriter writer(bytes_.data());
    writer.u16(static_cast<uint16_t>(client.size()));
    writer.put(client);
  }

  operator std::string_view() const { return view(bytes_).substr(0, size_); }

 private:
  Bytes<sizeof(uint16_t) + max_client_id_size> bytes_;
  size_t size_;
};

}  // namespace

std::string mint_refresh_token(const Key& key, const RefreshToken& token, std::string_view client) {
  return mint_family_token(key, refresh_token_mac, token, Binding(client));
}

TokenCheck verify_refresh_token(const KeyRing& keys, std::string_view text, std::string_view client,
                                RefreshToken& token) {
  RefreshToken read;
  const TokenCheck check = open_family_token(keys, refresh_token_mac, text, Binding(client), read);
  if (check == TokenCheck::authentic && read.generation == 0) {
    return TokenCheck::malformed;
  }
  token = check == TokenCheck::authentic ? read : token;
  return check;
}

}  // namespace oauth2
