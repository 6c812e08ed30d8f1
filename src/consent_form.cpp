#include "consent_form.h"

#include "base64.h"
#include "family_token.h"
#include "key.h"

namespace oauth2 {
namespace {

constexpr char version = 1;
constexpr size_t mac_size = 18;  // so that 24 bytes are 32 characters, without spare bits
constexpr size_t head_size = 6;

Digest sign(const Key& key, std::string_view head, const ConsentTerms& terms) {
  std::string message(head);
  for (const std::string_view part :
       {terms.subject, terms.client, terms.redirect_uri, terms.response_type, terms.scope,
        terms.state, terms.challenge}) {
    append_bound(message, part);
  }
  return key.consent_mac().sign(message);
}

}  // namespace

std::string mint_consent_token(const KeyRing& keys, const ConsentTerms& terms,
                               uint32_t expires_at) {
  const Key& key = keys.minting();
  std::string bytes = {version, static_cast<char>(key.id())};
  append_u32(bytes, expires_at);
  const Digest mac = sign(key, bytes, terms);
  bytes.append(view(mac).substr(0, mac_size));
  return base64url(bytes);
}

bool verify_consent_token(const KeyRing& keys, std::string_view token, const ConsentTerms& terms,
                          uint32_t now) {
  std::string bytes;
  if (!decode_base64url(token, bytes) || bytes.size() != head_size + mac_size) {
    return false;
  }
  ByteReader reader(bytes);
  const bool known_version = reader.u8() == version;
  const Key* key = keys.find(reader.u8());
  const uint32_t expires_at = reader.u32();
  if (!known_version || key == nullptr) {
    return false;
  }
  const Digest mac = sign(*key, std::string_view(bytes).substr(0, head_size), terms);
  return equal_in_constant_time(view(mac).substr(0, mac_size), reader.rest()) && now < expires_at;
}

}  // namespace oauth2
