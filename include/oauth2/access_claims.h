#ifndef OAUTH2_ACCESS_CLAIMS_H
#define OAUTH2_ACCESS_CLAIMS_H

#include <cstdint>
#include <string_view>

#include "oauth2/family.h"

namespace oauth2 {

/// What an opaque access token says, sealed. The views belong to whoever made the claims.
struct AccessClaims {
  FamilyId family;         ///< whose record ends the token early
  uint32_t issued_at = 0;  ///< Unix time in seconds
  uint32_t expires_at = 0;
  std::string_view client;
  std::string_view subject;  ///< empty where no user took part
  std::string_view scope;
};

}  // namespace oauth2

#endif
