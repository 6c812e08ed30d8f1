#ifndef OAUTH2_SRC_AUTHORIZATION_CODE_GRANT_H
#define OAUTH2_SRC_AUTHORIZATION_CODE_GRANT_H

namespace oauth2 {

class Exchange;

/// The authorization code grant at the token endpoint (RFC 6749 section 4.1.3, RFC 7636
/// section 4.5): checks the code without the store, then moves its family from generation 0 to 1.
void answer_authorization_code_grant(Exchange& exchange);

}  // namespace oauth2

#endif
