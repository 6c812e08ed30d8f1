#ifndef OAUTH2_SRC_REFRESH_TOKEN_GRANT_H
#define OAUTH2_SRC_REFRESH_TOKEN_GRANT_H

namespace oauth2 {

class Exchange;

/// The refresh token grant (RFC 6749 section 6): checks the token without the store, then lets the
/// store rotate its family, or answers by the family's record.
void answer_refresh_token_grant(Exchange& exchange);

}  // namespace oauth2

#endif
