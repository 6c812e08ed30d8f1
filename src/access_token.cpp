#include "access_token.h"

#include <cstring>
#include <stdexcept>

#include "base64.h"
#include "key.h"

namespace oauth2 {
namespace {

constexpr uint8_t version = 1;
constexpr size_t header_size = 2;
constexpr size_t nonce_size = Xaes256Gcm::nonce_size;
constexpr size_t fixed_claims_size = sizeof(FamilyId) + 2 * sizeof(uint32_t) + 1 + 1 + 2;
constexpr size_t max_token_bytes = header_size + nonce_size + fixed_claims_size +
                                   max_client_id_size + max_subject_size + max_scope_size +
                                   Xaes256Gcm::tag_size;
static_assert((max_token_bytes * 4 + 2) / 3 == max_access_token_size);

}  // namespace

std::string seal_access_token(const KeyRing& keys, const AccessClaims& claims,
                              const Bytes<24>& nonce) {
  const size_t size =
      fixed_claims_size + claims.client.size() + claims.subject.size() + claims.scope.size();
  constexpr size_t envelope_size = header_size + nonce_size;
  if (envelope_size + size + Xaes256Gcm::tag_size > max_token_bytes) {
    throw std::length_error("the claims of an access token are too long");
  }
  const Key& key = keys.minting();
  Bytes<max_token_bytes> bytes;
  ByteWriter writer(bytes.data());
  writer.u8(version);
  writer.u8(key.id());
  writer.put(view(nonce));
  writer.put(view(claims.family.bytes));
  writer.u32(claims.issued_at);
  writer.u32(claims.expires_at);
  writer.u8(static_cast<uint8_t>(claims.client.size()));
  writer.put(claims.client);
  writer.u8(static_cast<uint8_t>(claims.subject.size()));
  writer.put(claims.subject);
  writer.u16(static_cast<uint16_t>(claims.scope.size()));
  writer.put(claims.scope);

  key.access_token_cipher().seal(view(nonce), keys.prefix(), bytes.data() + envelope_size, size);
  return base64url(view(bytes).substr(0, envelope_size + size + Xaes256Gcm::tag_size));
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
