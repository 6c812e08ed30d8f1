#ifndef OAUTH2_SRC_REVOCATION_ENDPOINT_H
#define OAUTH2_SRC_REVOCATION_ENDPOINT_H

namespace oauth2 {

class Exchange;

/// The revocation endpoint (RFC 7009): any refresh or access token of a family ends the family,
/// also one that was rotated long ago; an access token of client credentials gets a tombstone of
/// its own.
void answer_revocation_request(Exchange& exchange);

}  // namespace oauth2

#endif
