#include "refresh_token.h"

#include <cstring>

#include "base64.h"
#include "key.h"

namespace oauth2 {
namespace {

constexpr char version = 1;
constexpr size_t mac_size = 16;
constexpr size_t signed_size = 26;

Digest mac(const Key& key, std::string_view signed_bytes, std::string_view client) {
  std::string message(signed_bytes);
  append_u16(message, static_cast<uint16_t>(client.size()));
  message.append(client);
  return key.refresh_token_mac().sign(message);
}

}  // namespace

std::string mint_refresh_token(const Key& key, const RefreshToken& token, std::string_view client) {
  std::string bytes;
  bytes.reserve(signed_size + mac_size);
  bytes.push_back(version);
  bytes.push_back(static_cast<char>(key.id()));
  append_u32(bytes, token.granted_at);
  bytes.append(view(key.family_cipher().encrypt(token.family.bytes)));
  append_u32(bytes, token.generation);
  bytes.append(view(mac(key, bytes, client)).substr(0, mac_size));

  std::string text = base64url(bytes);
  cleanse(bytes);
  return text;
}

TokenCheck verify_refresh_token(const KeyRing& keys, std::string_view text, std::string_view client,
                                RefreshToken& token) {
  std::string bytes;
  if (text.size() != refresh_token_size || !decode_base64url(text, bytes)) {
    return TokenCheck::malformed;
  }
  ByteReader reader(bytes);
  if (reader.u8() != version) {
    return TokenCheck::unknown_version;
  }
  RefreshToken read;
  read.key_id = reader.u8();
  const Key* key = keys.find(read.key_id);
  if (key == nullptr) {
    return TokenCheck::unknown_key;
  }
  // RFC 6749 section 6: "The authorization server MUST maintain the binding between a refresh
  // token and the client to whom it was issued."
  const std::string_view all = bytes;
  const Digest expected = mac(*key, all.substr(0, signed_size), client);
  if (!equal_in_constant_time(view(expected).substr(0, mac_size), all.substr(signed_size))) {
    return TokenCheck::forged;
  }
  read.granted_at = reader.u32();
  Bytes<16> block;
  std::memcpy(block.data(), reader.take(block.size()).data(), block.size());
  read.family.bytes = key->family_cipher().decrypt(block);
  read.generation = reader.u32();
  if (read.generation == 0) {
    return TokenCheck::malformed;
  }
  token = read;
  return TokenCheck::authentic;
}

}  // namespace oauth2
