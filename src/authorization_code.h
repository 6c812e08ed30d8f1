#ifndef OAUTH2_SRC_AUTHORIZATION_CODE_H
#define OAUTH2_SRC_AUTHORIZATION_CODE_H

#include <string>
#include <string_view>

#include "family_token.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// What an authorization code is bound to by its MAC, so that a wrong one is refused without the
/// store.
struct CodeBinding {
  std::string_view client;
  std::string_view redirect_uri;  ///< as the authorization request named it; empty if it did not
  std::string_view challenge;     ///< code_challenge of RFC 7636; empty if there was none
};

/// The authorization code (RFC 6749 section 4.1.2) of a family: its generation 0, under the minting
/// key of `keys`.
std::string mint_authorization_code(const KeyRing& keys, const FamilyId& family,
                                    uint32_t granted_at, const CodeBinding& binding);

/// Reads `text` as a code with this binding; `code` is filled as by open_family_token().
TokenCheck verify_authorization_code(const KeyRing& keys, std::string_view text,
                                     const CodeBinding& binding, FamilyToken& code);

/// Whether `challenge` can be one of the method S256: 43 characters of base64url.
bool is_code_challenge(std::string_view challenge);

/// Whether `verifier` is one of RFC 7636 section 4.1: 43 to 128 unreserved characters.
bool is_code_verifier(std::string_view verifier);

/// The S256 challenge of a verifier (RFC 7636 section 4.2).
std::string code_challenge(std::string_view verifier);

}  // namespace oauth2

#endif
