#ifndef OAUTH2_SRC_PASSWORD_GRANT_H
#define OAUTH2_SRC_PASSWORD_GRANT_H

namespace oauth2 {

class Exchange;

/// The resource owner password credentials grant (RFC 6749 section 4.3): has the outer ring check
/// the user's password, then founds a family.
void answer_password_grant(Exchange& exchange);

}  // namespace oauth2

#endif
