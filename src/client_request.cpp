#include "client_request.h"

#include "exchange.h"

namespace oauth2 {
namespace {

bool check_syntax(Exchange& exchange) {
  // RFC 6749 section 3.2: "The client MUST use the HTTP "POST" method when making access token
  // requests."
  if (exchange.request().method != "POST") {
    exchange.fail(Error::method_not_allowed, "the endpoint takes POST only");
    return false;
  }
  return check_form(exchange);
}

bool authenticate_client(Exchange& exchange) {
  Error error = Error::none;
  const char* reason = "";
  const Client* client =
      exchange.credentials().authenticate(*exchange.config().clients, error, reason);
  if (client == nullptr) {
    exchange.fail(error, reason);
    return false;
  }
  exchange.set_client(*client);
  return true;
}

}  // namespace

bool check_form(Exchange& exchange) {
  const Request& request = exchange.request();
  if (request.body_too_large) {
    exchange.fail(Error::request_too_large, "the request body is too large");
  } else if (!is_form(request.content_type)) {
    exchange.fail(Error::invalid_request,
                  "the content type must be application/x-www-form-urlencoded");
  } else if (names_known_parameter(request.query, exchange.known_parameters())) {
    exchange.fail(Error::invalid_request, "parameters belong in the body, not in the URI");
  } else if (exchange.form_result() == FormResult::repeated) {
    exchange.fail(Error::invalid_request, "a parameter is repeated");
  } else if (exchange.form_result() == FormResult::malformed) {
    exchange.fail(Error::invalid_request, "the request body is not valid form data");
  } else {
    return true;
  }
  return false;
}

bool accept_client_request(Exchange& exchange) {
  return check_syntax(exchange) && authenticate_client(exchange);
}

}  // namespace oauth2
