#ifndef OAUTH2_SRC_CLIENT_CREDENTIALS_GRANT_H
#define OAUTH2_SRC_CLIENT_CREDENTIALS_GRANT_H

namespace oauth2 {

class Exchange;

/// The client credentials grant (RFC 6749 section 4.4): an access token for the client itself. It
/// has no subject and no record; revoking it writes a tombstone.
void answer_client_credentials_grant(Exchange& exchange);

}  // namespace oauth2

#endif
