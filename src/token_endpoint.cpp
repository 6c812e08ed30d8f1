#include "token_endpoint.h"

#include <strings.h>

#include "exchange.h"
#include "password_grant.h"
#include "refresh_token_grant.h"

namespace oauth2 {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

bool check_syntax(Exchange& exchange) {
  const TokenRequest& request = exchange.request();
  // RFC 6749 section 3.2: "The client MUST use the HTTP "POST" method when making access token
  // requests."
  if (request.method != "POST") {
    exchange.fail(Error::method_not_allowed, "the token endpoint takes POST only");
  } else if (request.body_too_large) {
    exchange.fail(Error::request_too_large, "the request body is too large");
  } else if (!is_form(request.content_type)) {
    exchange.fail(Error::invalid_request,
                  "the content type must be application/x-www-form-urlencoded");
  } else if (names_known_parameter(request.query)) {
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

struct Grant {
  GrantType type;
  void (*answer)(Exchange&);
};

constexpr Grant grants[] = {
    {refresh_token_grant_type, answer_refresh_token_grant},
    {password_grant_type, answer_password_grant},
};

bool switched_on(const EndpointConfig& config, unsigned type) {
  return type != password_grant_type || config.password_grant;
}

}  // namespace

void answer_token_request(Exchange& exchange) {
  if (!check_syntax(exchange) || !authenticate_client(exchange)) {
    return;
  }
  const std::string_view name = exchange.parameters()[Parameter::grant_type];
  if (name.empty()) {
    exchange.fail(Error::invalid_request, "grant_type is missing");
    return;
  }
  const unsigned type = grant_type_bit(name);
  if (type == 0 || !switched_on(exchange.config(), type)) {
    exchange.fail(Error::unsupported_grant_type, "the grant type is not supported");
    return;
  }
  if ((exchange.client().grant_types & type) == 0) {
    exchange.fail(Error::unauthorized_client, "the client may not use this grant type");
    return;
  }
  for (const Grant& grant : grants) {
    if (grant.type == type) {
      grant.answer(exchange);
      return;
    }
  }
}

bool is_form(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find_first_of("; \t"));
  return type.size() == form_type.size() &&
         strncasecmp(type.data(), form_type.data(), type.size()) == 0;
}

}  // namespace oauth2
