#include "family_token.h"

#include <cstring>

#include "base64.h"

namespace oauth2 {
namespace {

constexpr uint8_t version = 1;
constexpr size_t mac_size = 16;
constexpr size_t signed_size = 26;
using TokenBytes = Bytes<signed_size + mac_size>;

std::string_view signed_part(const TokenBytes& bytes) {
  return view(bytes).substr(0, signed_size);
}

}  // namespace

std::string mint_family_token(const Key& key, TokenMac mac, const FamilyToken& token,
                              std::string_view bound) {
  TokenBytes bytes;
  ByteWriter writer(bytes.data());
  writer.u8(version);
  writer.u8(key.id());
  writer.u32(token.granted_at);
  writer.put(view(key.family_cipher().encrypt(token.family.bytes)));
  writer.u32(token.generation);
  writer.put(view((key.*mac)().sign(signed_part(bytes), bound)).substr(0, mac_size));

  std::string text = base64url(view(bytes));
  cleanse(bytes.data(), bytes.size());
  return text;
}

namespace {

/// A token before anybody has looked at its MAC.
struct Claim {
  TokenBytes bytes;
  const Key* key = nullptr;
  uint32_t granted_at = 0;
  Bytes<16> family;  // encrypted
  uint32_t generation = 0;

  FamilyId family_id() const { return {key->family_cipher().decrypt(family)}; }
};

// `authentic` here says that it can be read.
TokenCheck read_claim(const KeyRing& keys, std::string_view text, Claim& claim) {
  if (!decode_base64url(text, claim.bytes.data(), claim.bytes.size())) {
    return TokenCheck::malformed;
  }
  ByteReader reader(view(claim.bytes));
  if (reader.u8() != version) {
    return TokenCheck::unknown_version;
  }
  claim.key = keys.find(reader.u8());
  if (claim.key == nullptr) {
    return TokenCheck::unknown_key;
  }
  claim.granted_at = reader.u32();
  std::memcpy(claim.family.data(), reader.take(claim.family.size()).data(), claim.family.size());
  claim.generation = reader.u32();
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
  const Digest expected = (claim.key->*mac)().sign(signed_part(claim.bytes), bound);
  if (!equal_in_constant_time(view(expected).substr(0, mac_size),
                              view(claim.bytes).substr(signed_size))) {
    return TokenCheck::forged;
  }
  token = {claim.family_id(), claim.granted_at, claim.generation, claim.key->id()};
  return TokenCheck::authentic;
}

bool claimed_family(const KeyRing& keys, std::string_view text, FamilyId& family) {
  Claim claim;
  if (read_claim(keys, text, claim) != TokenCheck::authentic) {
    return false;
  }
  family = claim.family_id();
  return true;
}

void append_bound(std::string& bound, std::string_view part) {
  append_u16(bound, static_cast<uint16_t>(part.size()));
  bound.append(part);
}

}  // namespace oauth2
