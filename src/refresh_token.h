#ifndef OAUTH2_SRC_REFRESH_TOKEN_H
#define OAUTH2_SRC_REFRESH_TOKEN_H

#include <string>
#include <string_view>

#include "oauth2/family.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// What a refresh token says. The same values under the same key are always the same 56
/// characters, so a successor can be handed out twice without storing it.
struct RefreshToken {
  FamilyId family;
  uint32_t granted_at = 0;  ///< Unix time in seconds of the user's grant
  uint32_t generation = 0;  ///< position in the family, from 1
  uint8_t key_id = 0;       ///< the key that minted it
};

constexpr size_t refresh_token_size = 56;

/// The refresh token of `client` with these contents, under `key`; `token.key_id` is ignored.
std::string mint_refresh_token(const Key& key, const RefreshToken& token, std::string_view client);

enum class TokenCheck {
  authentic,
  malformed,        ///< length, alphabet or generation: nobody's token
  unknown_version,  ///< perhaps of a newer release
  unknown_key,      ///< perhaps of a key that is retired, or not yet known here
  forged,           ///< the MAC is not ours, or the token is another client's
};

/// Reads `text` as a refresh token of `client`. `token` is filled only if it is authentic.
TokenCheck verify_refresh_token(const KeyRing& keys, std::string_view text, std::string_view client,
                                RefreshToken& token);

}  // namespace oauth2

#endif
