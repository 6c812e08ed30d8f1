#ifndef OAUTH2_SRC_TOKEN_ENDPOINT_H
#define OAUTH2_SRC_TOKEN_ENDPOINT_H

namespace oauth2 {

class Exchange;

/// The token endpoint (RFC 6749 section 3.2): authenticates the client and hands the request to its
/// grant.
void answer_token_request(Exchange& exchange);

}  // namespace oauth2

#endif
