#ifndef OAUTH2_SRC_TOKEN_RESPONSE_H
#define OAUTH2_SRC_TOKEN_RESPONSE_H

#include <string>
#include <string_view>

#include "oauth2/endpoint.h"
#include "oauth2/errors.h"

namespace oauth2 {

/// The tokens of one successful answer.
struct IssuedTokens {
  std::string access_token;
  uint32_t expires_in = 0;    ///< seconds, of the access token
  std::string refresh_token;  ///< empty if none is issued
  uint32_t refresh_token_expires_in = 0;
  std::string_view scope;  ///< of the access token; may be empty
};

/// The answer of RFC 6749 section 5.1.
Response success_response(const IssuedTokens& tokens);

/// The answer of RFC 6749 section 5.2. `description` is for the client's developer; it has no `"`,
/// no `\` and nothing from the request.
Response error_response(Error error, std::string_view description);

}  // namespace oauth2

#endif
