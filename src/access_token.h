#ifndef OAUTH2_SRC_ACCESS_TOKEN_H
#define OAUTH2_SRC_ACCESS_TOKEN_H

#include <string>
#include <string_view>

#include "oauth2/access_claims.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// The length of an access token with the longest claims that family.h allows, in characters.
constexpr size_t max_access_token_size = 3504;

/// An access token with `claims` under the minting key of `keys`. `nonce` is fresh and random.
/// The sizes of client, subject and scope are within their limits of family.h; throws
/// std::length_error if they are longer than a token may be.
std::string seal_access_token(const KeyRing& keys, const AccessClaims& claims,
                              const Bytes<24>& nonce);

/// Opens `token`. False if it is not authentic for this tenant; expiry is the caller's to judge.
/// The views of `claims` then point into `plaintext`.
bool open_access_token(const KeyRing& keys, std::string_view token, AccessClaims& claims,
                       std::string& plaintext);

}  // namespace oauth2

#endif
