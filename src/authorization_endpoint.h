#ifndef OAUTH2_SRC_AUTHORIZATION_ENDPOINT_H
#define OAUTH2_SRC_AUTHORIZATION_ENDPOINT_H

#include <string_view>

#include "oauth2/endpoint.h"

namespace oauth2 {

class Exchange;

/// What an authorization request has settled so far.
struct Authorization {
  std::string redirect_uri;  ///< where the answer goes; empty until it is known to be the client's
  Redirection::Part part = Redirection::Part::query;
  std::string subject;  ///< the user
};

/// The authorization endpoint (RFC 6749 section 3.1): checks the request, asks the user, and sends
/// the browser back with a code (section 4.1) or an access token (section 4.2).
void answer_authorization_request(Exchange& exchange);

/// How the authorization endpoint answers an error: at the client's redirect URI once that is known
/// (RFC 6749 section 4.1.2.1), as a page before.
Response authorization_error(const Exchange& exchange, Error error, std::string_view description);

}  // namespace oauth2

#endif
