#ifndef OAUTH2_SETTINGS_H
#define OAUTH2_SETTINGS_H

#include <cstdint>
#include <optional>

namespace oauth2 {

/// What a replay outside the retry window does to its family.
enum class Reuse {
  revoke,  ///< ends it: "the authorization server [...] revokes the active refresh token"
           ///< (RFC 9700 section 4.14.2)
  deny,    ///< only refuses the replayed token
};

/// How access tokens look.
enum class AccessTokenFormat {
  opaque,  ///< sealed claims that only this server opens
};

/// How long a rotated token may still be presented, for a client that lost the reply.
struct RetryWindow {
  uint32_t seconds = 30;
  bool until_used = false;  ///< for as long as the successor has not been presented
};

/// The token settings in force for one request.
struct TokenPolicy {
  uint32_t refresh_token_validity = 86400;  ///< seconds
  uint32_t refresh_token_lifetime = 0;      ///< seconds since the user's grant, 0 = no end
  uint32_t access_token_validity = 3600;    ///< seconds
  uint32_t code_validity = 60;              ///< seconds, of an authorization code
  bool consent = true;  ///< the user is asked whether the client may act for him
  RetryWindow retry;
  bool renewal = true;
  Reuse reuse = Reuse::revoke;
  uint32_t max_families = 0;  ///< of one client and user, 0 = any number
};

/// The token settings of one configuration level, where each may be left to the level above.
struct TokenSettings {
  std::optional<uint32_t> refresh_token_validity;
  std::optional<uint32_t> refresh_token_lifetime;
  std::optional<uint32_t> access_token_validity;
  std::optional<AccessTokenFormat> access_token_format;
  std::optional<uint32_t> code_validity;
  std::optional<bool> consent;
  std::optional<RetryWindow> retry;
  std::optional<bool> renewal;
  std::optional<Reuse> reuse;
  std::optional<uint32_t> max_families;

  /// Takes what this level leaves open from `outer`.
  void inherit(const TokenSettings& outer);
};

/// The settings of `client`, then those of `location`, then the defaults. A retry window is
/// shorter than the validity: a longer one is cut.
TokenPolicy resolve_policy(const TokenSettings& client, const TokenSettings& location);

}  // namespace oauth2

#endif
