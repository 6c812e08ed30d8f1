#ifndef OAUTH2_SRC_INTROSPECTION_ENDPOINT_H
#define OAUTH2_SRC_INTROSPECTION_ENDPOINT_H

namespace oauth2 {

class Exchange;

/// The introspection endpoint (RFC 7662): tells a client that may introspect whether an access
/// token, or a refresh token of its own, is active, and for whom.
void answer_introspection_request(Exchange& exchange);

}  // namespace oauth2

#endif
