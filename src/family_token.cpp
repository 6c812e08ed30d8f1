#include "family_token.h"

#include <cstring>

#include "base64.h"

namespace oauth2 {
namespace {

constexpr char version = 1;
constexpr size_t mac_size = 16;
constexpr size_t signed_size = 26;

}  // namespace

std::string mint_family_token(const Key& key, TokenMac mac, const FamilyToken& token,
                              std::string_view bound) {
  std::string bytes;
  bytes.reserve(signed_size + mac_size + bound.size());
  bytes.push_back(version);
  bytes.push_back(static_cast<char>(key.id()));
  append_u32(bytes, token.granted_at);
  bytes.append(view(key.family_cipher().encrypt(token.family.bytes)));
  append_u32(bytes, token.generation);

  bytes.append(bound);
  const Digest digest = (key.*mac)().sign(bytes);
  bytes.resize(signed_size);
  bytes.append(view(digest).substr(0, mac_size));

  std::string text = base64url(bytes);
  cleanse(bytes);
  return text;
}

namespace {

/// A token before anybody has looked at its MAC.
struct Claim {
  std::string bytes;
  const Key* key = nullptr;
  FamilyToken token;
};

// `authentic` here says that it can be read.
TokenCheck read_claim(const KeyRing& keys, std::string_view text, Claim& claim) {
  if (text.size() != family_token_size || !decode_base64url(text, claim.bytes)) {
    return TokenCheck::malformed;
  }
  ByteReader reader(claim.bytes);
  if (reader.u8() != version) {
    return TokenCheck::unknown_version;
  }
  claim.token.key_id = reader.u8();
  claim.key = keys.find(claim.token.key_id);
  if (claim.key == nullptr) {
    return TokenCheck::unknown_key;
  }
  claim.token.granted_at = reader.u32();
  Bytes<16> block;
  std::memcpy(block.data(), reader.take(block.size()).data(), block.size());
  claim.token.family.bytes = claim.key->family_cipher().decrypt(block);
  claim.token.generation = reader.u32();
  return TokenCheck::authentic;
}

}  // namespace

TokenCheck open_family_token(const KeyRing& keys, TokenMac mac, std::string_view text,
                             std::string_view bound, FamilyToken& token) {
  Claim claim;
  const TokenCheck read = read_claim(keys, text, claim);
  if (read != TokenCheck::authentic) {
    return read;
  }
  std::string message = claim.bytes.substr(0, signed_size);
  message.append(bound);
  const Digest expected = (claim.key->*mac)().sign(message);
  if (!equal_in_constant_time(view(expected).substr(0, mac_size),
                              std::string_view(claim.bytes).substr(signed_size))) {
    return TokenCheck::forged;
  }
  token = claim.token;
  return TokenCheck::authentic;
}

bool claimed_family(const KeyRing& keys, std::string_view text, FamilyId& family) {
  Claim claim;
  if (read_claim(keys, text, claim) != TokenCheck::authentic) {
    return false;
  }
  family = claim.token.family;
  return true;
}

void append_bound(std::string& bound, std::string_view part) {
  append_u16(bound, static_cast<uint16_t>(part.size()));
  bound.append(part);
}

}  // namespace oauth2
