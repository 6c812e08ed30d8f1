#include "access_token.h"

#include <cstring>

#include "base64.h"
#include "key.h"

namespace oauth2 {
namespace {

constexpr char version = 1;
constexpr size_t header_size = 2;
constexpr size_t nonce_size = Xaes256Gcm::nonce_size;

}  // namespace

std::string seal_access_token(const KeyRing& keys, const AccessClaims& claims,
                              const Bytes<24>& nonce) {
  std::string plaintext;
  plaintext.reserve(28 + claims.client.size() + claims.subject.size() + claims.scope.size());
  plaintext.append(view(claims.family.bytes));
  append_u32(plaintext, claims.issued_at);
  append_u32(plaintext, claims.expires_at);
  plaintext.push_back(static_cast<char>(claims.client.size()));
  plaintext.append(claims.client);
  plaintext.push_back(static_cast<char>(claims.subject.size()));
  plaintext.append(claims.subject);
  append_u16(plaintext, static_cast<uint16_t>(claims.scope.size()));
  plaintext.append(claims.scope);

  const Key& key = keys.minting();
  std::string bytes;
  bytes.reserve(header_size + nonce_size + plaintext.size() + Xaes256Gcm::tag_size);
  bytes.push_back(version);
  bytes.push_back(static_cast<char>(key.id()));
  bytes.append(view(nonce));
  key.access_token_cipher().seal(view(nonce), keys.prefix(), plaintext, bytes);
  return base64url(bytes);
}

bool open_access_token(const KeyRing& keys, std::string_view token, AccessClaims& claims,
                       std::string& plaintext) {
  std::string bytes;
  if (token.size() > max_access_token_size || !decode_base64url(token, bytes)) {
    return false;
  }
  ByteReader envelope(bytes);
  const bool known_version = envelope.u8() == version;
  const Key* key = keys.find(envelope.u8());
  const std::string_view nonce = envelope.take(nonce_size);
  if (!envelope.ok() || !known_version || key == nullptr ||
      !key->access_token_cipher().open(nonce, keys.prefix(), envelope.rest(), plaintext)) {
    return false;
  }
  ByteReader reader(plaintext);
  AccessClaims read;
  const std::string_view family = reader.take(read.family.bytes.size());
  read.issued_at = reader.u32();
  read.expires_at = reader.u32();
  read.client = reader.take(reader.u8());
  read.subject = reader.take(reader.u8());
  read.scope = reader.take(reader.u16());
  if (!reader.ok()) {
    return false;
  }
  std::memcpy(read.family.bytes.data(), family.data(), family.size());
  claims = read;
  return true;
}

}  // namespace oauth2
