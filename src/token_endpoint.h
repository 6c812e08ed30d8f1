#ifndef OAUTH2_SRC_TOKEN_ENDPOINT_H
#define OAUTH2_SRC_TOKEN_ENDPOINT_H

#include <string_view>

namespace oauth2 {

class Exchange;

/// The token endpoint (RFC 6749 section 3.2): checks method and syntax, authenticates the client,
/// and hands the request to its grant.
void answer_token_request(Exchange& exchange);

/// Whether a Content-Type header names application/x-www-form-urlencoded, whatever its parameters.
bool is_form(std::string_view content_type);

}  // namespace oauth2

#endif
