#ifndef OAUTH2_SRC_REFRESH_TOKEN_H
#define OAUTH2_SRC_REFRESH_TOKEN_H

#include <string>
#include <string_view>

#include "family_token.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// A refresh token (RFC 6749 section 1.5): generation 1 and later, bound to its client.
using RefreshToken = FamilyToken;

constexpr size_t refresh_token_size = family_token_size;

/// The refresh token of `client` with these contents, under `key`; `token.key_id` is ignored.
std::string mint_refresh_token(const Key& key, const RefreshToken& token, std::string_view client);

/// Reads `text` as a refresh token of `client`; `token` is filled as by open_family_token().
TokenCheck verify_refresh_token(const KeyRing& keys, std::string_view text, std::string_view client,
                                RefreshToken& token);

}  // namespace oauth2

#endif
