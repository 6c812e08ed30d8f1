#ifndef OAUTH2_PROTECTED_RESOURCE_H
#define OAUTH2_PROTECTED_RESOURCE_H

#include <cstdint>
#include <string>
#include <string_view>

#include "oauth2/access_claims.h"
#include "oauth2/keys.h"
#include "oauth2/store.h"

namespace oauth2 {

/// What a protected resource says to a request (RFC 6750 section 3.1). The table in
/// protected_resource.cpp gives each its wire code and HTTP status.
enum class Access {
  granted,
  no_token,            ///< the request does not try to authenticate with a token
  invalid_request,     ///< it names the scheme and has no token
  invalid_token,       ///< malformed, forged, expired or revoked
  insufficient_scope,  ///< the token is good, for something else
  unavailable,         ///< whether the token was revoked is not certain; the client may repeat
};

/// One row of the table.
struct AccessRow {
  const char* error;  ///< the `error` attribute of the challenge, "" where it has none
  int status;         ///< the HTTP status, 200 for Access::granted
};

/// The row of `access`; it lives as long as the program.
const AccessRow& access_row(Access access);

/// A verdict, and why, for the operator; `reason` lives as long as the program and holds nothing
/// from the request.
struct AccessDecision {
  Access access = Access::no_token;
  const char* reason = "";
  bool alarm = false;  ///< nothing but an operator ends what keeps the request out
};

/// The WWW-Authenticate header of a refusal (RFC 6750 section 3), for anything but granted and
/// unavailable. `scope`, normalized, is what the resource requires.
std::string bearer_challenge(Access access, std::string_view scope);

/// The access token of one request for a protected resource. What it says is overwritten when it
/// is destroyed.
class BearerToken {
 public:
  BearerToken() = default;
  ~BearerToken();
  BearerToken(const BearerToken&) = delete;
  BearerToken& operator=(const BearerToken&) = delete;

  /// Judges the token of `authorization`, the value of that header, empty without it, by the keys
  /// of the resource, the scope that it requires (normalized: all of it) and the Unix time `now`.
  AccessDecision present(const KeyRing& keys, std::string_view required_scope,
                         std::string_view authorization, uint32_t now);

  /// Judges a token that present() granted by the answer of TokenStore::read() for its family: a
  /// tombstone, or a record that has ended for certain, refuses it. `breaker` is that of the store,
  /// `now_ms` the time on its clock.
  AccessDecision judge(const StoreAnswer& answer, LossBreaker& breaker, uint64_t now_ms) const;

  /// Whether the last present() found a token that this service made, and what it says.
  bool is_authentic() const { return authentic_; }
  const AccessClaims& claims() const { return claims_; }

 private:
  AccessClaims claims_;
  std::string plaintext_;  // what the claims point into
  bool authentic_ = false;
};

}  // namespace oauth2

#endif
