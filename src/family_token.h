#ifndef OAUTH2_SRC_FAMILY_TOKEN_H
#define OAUTH2_SRC_FAMILY_TOKEN_H

#include <string>
#include <string_view>

#include "key.h"
#include "oauth2/family.h"

namespace oauth2 {

/// What a token of a family's line says: a refresh token, or the authorization code that is its
/// generation 0. 42 bytes, big-endian, in base64url:
///
///     0  1  version
///     1  1  key id
///     2  4  granted-at
///     6 16  family id, encrypted
///    22  4  generation
///    26 16  MAC of the bytes before it and of what the token is bound to
///
/// The same values under the same key are always the same 56 characters, so a successor can be
/// handed out twice without storing it.
struct FamilyToken {
  FamilyId family;
  uint32_t granted_at = 0;  ///< Unix time in seconds of the user's grant
  uint32_t generation = 0;  ///< position in the family
  uint8_t key_id = 0;       ///< the key that minted it
};

constexpr size_t family_token_size = 56;  ///< characters

/// The subkey that a kind of token is signed with.
using TokenMac = const HmacSha256& (Key::*)() const;

/// The token with these contents, under `key`; `token.key_id` is ignored. `bound` is what else the
/// MAC covers; different parts of it must not be confusable.
std::string mint_family_token(const Key& key, TokenMac mac, const FamilyToken& token,
                              std::string_view bound);

enum class TokenCheck {
  authentic,
  malformed,        ///< length, alphabet or generation: nobody's token
  unknown_version,  ///< perhaps of a newer release
  unknown_key,      ///< perhaps of a key that is retired, or not yet known here
  forged,           ///< the MAC is not ours, or the token is bound to something else
};

/// Reads `text` as a token of this kind. `token` is filled only if it is authentic.
TokenCheck open_family_token(const KeyRing& keys, TokenMac mac, std::string_view text,
                             std::string_view bound, FamilyToken& token);

/// The family that `text` claims to be of, whatever its MAC: for whoever wants to ask the store
/// whose it is. False if it is malformed, or of an unknown version or key.
bool claimed_family(const KeyRing& keys, std::string_view text, FamilyId& family);

/// Appends `part` to `bound`, behind its length (2 bytes).
void append_bound(std::string& bound, std::string_view part);

}  // namespace oauth2

#endif
