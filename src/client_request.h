#ifndef OAUTH2_SRC_CLIENT_REQUEST_H
#define OAUTH2_SRC_CLIENT_REQUEST_H

namespace oauth2 {

class Exchange;

/// Checks the body of a POST: its size, its content type, and that it is a form with all parameters
/// that the endpoint knows, none of which is in the URI. False if the exchange was ended with an
/// error.
bool check_form(Exchange& exchange);

/// The beginning of every request that a client sends by itself: checks method and syntax (RFC 6749
/// section 3.2) and authenticates the client (section 2.3). False if the exchange was ended with an
/// error; else the exchange has its client.
bool accept_client_request(Exchange& exchange);

}  // namespace oauth2

#endif
