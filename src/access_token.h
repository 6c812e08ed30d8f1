#ifndef OAUTH2_SRC_ACCESS_TOKEN_H
#define OAUTH2_SRC_ACCESS_TOKEN_H

#include <string>
#include <string_view>

#include "oauth2/family.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// What an opaque access token says, sealed. The views belong to whoever made the claims.
struct AccessClaims {
  FamilyId family;         ///< whose record ends the token early
  uint32_t issued_at = 0;  ///< Unix time in seconds
  uint32_t expires_at = 0;
  std::string_view client;
  std::string_view subject;
  std::string_view scope;
};

/// An access token with `claims` under the minting key of `keys`. `nonce` is fresh and random.
/// The sizes of client, subject and scope are within their limits of family.h.
std::string seal_access_token(const KeyRing& keys, const AccessClaims& claims,
                              const Bytes<24>& nonce);

/// Opens `token`. False if it is not authentic for this tenant; expiry is the caller's to judge.
/// The views of `claims` then point into `plaintext`.
bool open_access_token(const KeyRing& keys, std::string_view token, AccessClaims& claims,
                       std::string& plaintext);

}  // namespace oauth2

#endif
