#include "authorization_endpoint.h"

#include <algorithm>

#include "authorization_code.h"
#include "consent_form.h"
#include "exchange.h"
#include "founding.h"
#include "html.h"

namespace oauth2 {
namespace {

constexpr const char* html_type = "text/html; charset=utf-8";
constexpr std::string_view base_policy =
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action ";

void code_created(Exchange& exchange, const StoreAnswer& answer);
void token_created(Exchange& exchange, const StoreAnswer& answer);

bool is_implicit(const Exchange& exchange) {
  return exchange.parameters()[Parameter::response_type] == "token";
}

bool check_syntax(Exchange& exchange) {
  const Request& request = exchange.request();
  // RFC 6749 section 3.1: "The authorization server MUST support the use of the HTTP "GET" method
  // [...] and MAY support the use of the "POST" method as well."
  if (request.method != "GET" && request.method != "POST") {
    exchange.fail(Error::method_not_allowed, "the authorization endpoint takes GET and POST only");
  } else if (request.body_too_large || request.query.size() > max_body_size) {
    exchange.fail(Error::request_too_large, "the request is too large");
  } else if (request.method == "POST" && !is_form(request.content_type)) {
    exchange.fail(Error::invalid_request,
                  "the content type must be application/x-www-form-urlencoded");
  } else if (request.method == "POST" &&
             names_known_parameter(request.query, exchange.known_parameters())) {
    exchange.fail(Error::invalid_request, "parameters belong in the body, not in the URI");
  } else {
    return true;
  }
  return false;
}

// RFC 6749 section 4.1.2.1: with a wrong client or redirect URI, the server "MUST NOT automatically
// redirect the user-agent to the invalid redirection URI".
bool find_client(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  if (parameters.is_faulty(Parameter::client_id)) {
    exchange.fail(Error::invalid_request, "client_id is repeated or malformed");
    return false;
  }
  const Client* client = exchange.config().clients->find(parameters[Parameter::client_id]);
  if (client == nullptr) {
    exchange.fail(Error::invalid_request, "client_id is missing or unknown");
    return false;
  }
  exchange.set_client(*client);
  return true;
}

bool find_redirect_uri(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  const std::string_view requested = parameters[Parameter::redirect_uri];
  const std::vector<RedirectUri>& registered = exchange.client().redirect_uris;
  std::string& chosen = exchange.authorization.redirect_uri;
  if (parameters.is_faulty(Parameter::redirect_uri)) {
    exchange.fail(Error::invalid_request, "redirect_uri is repeated or malformed");
    return false;
  }
  // RFC 6749 section 3.1.2.3: "If multiple redirection URIs have been registered [...] the client
  // MUST include a redirection URI with the authorization request".
  if (requested.empty() && registered.size() == 1) {
    chosen = registered.front().text();
    return true;
  }
  if (requested.empty()) {
    exchange.fail(Error::invalid_request, "redirect_uri is missing");
    return false;
  }
  const bool native = exchange.client().is_public();
  if (std::none_of(registered.begin(), registered.end(),
                   [&](const RedirectUri& uri) { return uri.matches(requested, native); })) {
    exchange.fail(Error::invalid_request, "redirect_uri is not registered for this client");
    return false;
  }
  chosen = requested;
  return true;
}

bool check_response_type(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  const std::string_view type = parameters[Parameter::response_type];
  exchange.authorization.part =
      is_implicit(exchange) ? Redirection::Part::fragment : Redirection::Part::query;
  if (exchange.form_result() == FormResult::repeated) {
    exchange.fail(Error::invalid_request, "a parameter is repeated");
  } else if (exchange.form_result() == FormResult::malformed) {
    exchange.fail(Error::invalid_request, "the request is not valid form data");
  } else if (has_control_character(parameters[Parameter::state])) {
    exchange.fail(Error::invalid_request, "state has control characters");
  } else if (type.empty()) {
    exchange.fail(Error::invalid_request, "response_type is missing");
  } else if (type != "code" && type != "token") {
    exchange.fail(Error::unsupported_response_type, "the response type is not supported");
  } else if (!exchange.client().may_use(is_implicit(exchange) ? implicit_grant_type
                                                              : authorization_code_grant_type)) {
    exchange.fail(Error::unauthorized_client, "the client may not use this response type");
  } else {
    return true;
  }
  return false;
}

// RFC 7636 section 4.4.1: "If the server requires Proof Key for Code Exchange [...] and the client
// does not send the "code_challenge" in the request, the authorization endpoint MUST return the
// authorization error response with the "error" value set to "invalid_request"."
bool check_challenge(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  const std::string_view challenge = parameters[Parameter::code_challenge];
  const std::string_view method = parameters[Parameter::code_challenge_method];
  if (is_implicit(exchange)) {
    return true;
  }
  if (challenge.empty()) {
    if (exchange.client().pkce || !method.empty()) {
      exchange.fail(Error::invalid_request, "code_challenge is missing");
      return false;
    }
    return true;
  }
  if (method != "S256") {
    exchange.fail(Error::invalid_request, "code_challenge_method must be S256");
    return false;
  }
  if (!is_code_challenge(challenge)) {
    exchange.fail(Error::invalid_request, "code_challenge is malformed");
    return false;
  }
  return true;
}

bool check_user(Exchange& exchange) {
  exchange.authorization.subject = exchange.authenticated_subject();
  if (is_subject(exchange.authorization.subject)) {
    exchange.report().subject = exchange.authorization.subject;
    return true;
  }
  // Nobody is told that a user said no who was never asked: a page, no redirection.
  exchange.authorization.redirect_uri.clear();
  exchange.fail(Error::access_denied, "nobody is logged in", "oauth2_subject gave no usable user",
                Outcome::rejected);
  return false;
}

ConsentTerms terms_of(const Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  ConsentTerms terms;
  terms.subject = exchange.authorization.subject;
  terms.client = exchange.client().id;
  terms.redirect_uri = parameters[Parameter::redirect_uri];
  terms.response_type = parameters[Parameter::response_type];
  terms.scope = exchange.requested_scope;
  terms.state = parameters[Parameter::state];
  terms.challenge = parameters[Parameter::code_challenge];
  return terms;
}

void append_field(std::string& form, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    form.append("<input type=\"hidden\" name=\"").append(name).append("\" value=\"");
    form.append(escape_html(value)).append("\">\n");
  }
}

std::string form_fields(Exchange& exchange, const ConsentTerms& terms) {
  const uint32_t expires_at = exchange.environment().unix_time() + consent_validity;
  const Parameters& parameters = exchange.parameters();
  std::string form;
  append_field(form, "client_id", terms.client);
  append_field(form, "redirect_uri", terms.redirect_uri);
  append_field(form, "response_type", terms.response_type);
  append_field(form, "scope", terms.scope);
  append_field(form, "state", terms.state);
  append_field(form, "code_challenge", terms.challenge);
  append_field(form, "code_challenge_method", parameters[Parameter::code_challenge_method]);
  append_field(form, "consent_token",
               mint_consent_token(*exchange.config().keys, terms, expires_at));
  return form;
}

void ask_user(Exchange& exchange, std::string_view notice) {
  const std::string form = form_fields(exchange, terms_of(exchange));
  const std::string source = redirect_source(exchange.authorization.redirect_uri);
  ConsentView view;
  view.client = exchange.client().display_name();
  view.client_id = exchange.client().id;
  view.subject = exchange.authorization.subject;
  view.scope = exchange.requested_scope;
  view.destination = source;
  view.notice = notice;
  view.form = form;

  Response response;
  response.status = notice.empty() ? 200 : 400;
  response.content_type = html_type;
  response.body = exchange.config().consent_page->render(view);
  response.page_policy = std::string(base_policy).append("'self' ").append(source);
  exchange.finish(Outcome::asked, std::move(response));
}

// RFC 6749 section 4.1.2 and 4.2.2, with the issuer of RFC 9207.
Redirection redirection_of(const Exchange& exchange) {
  return {exchange.authorization.redirect_uri, exchange.authorization.part};
}

void add_state_and_issuer(const Exchange& exchange, Redirection& redirection) {
  const Parameters& parameters = exchange.parameters();
  const std::string_view state = parameters[Parameter::state];
  if (!parameters.is_faulty(Parameter::state) && !has_control_character(state)) {
    redirection.add("state", state);
  }
  redirection.add("iss", exchange.config().issuer);
}

// 303: a browser that has sent the consent form goes on with GET, and without the form.
Response redirect(const Redirection& redirection) {
  Response response;
  response.status = 303;
  response.content_type = html_type;
  response.location = redirection.uri();
  return response;
}

void grant(Exchange& exchange) {
  const std::string& subject = exchange.authorization.subject;
  if (is_implicit(exchange)) {
    exchange.new_ttl = exchange.policy().access_token_validity;
    found_family(exchange, subject, 1, exchange.new_ttl, &token_created);
  } else {
    found_family(exchange, subject, 0, exchange.policy().code_validity, &code_created);
  }
}

void code_created(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::written) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  const Parameters& parameters = exchange.parameters();
  CodeBinding binding;
  binding.client = exchange.client().id;
  binding.redirect_uri = parameters[Parameter::redirect_uri];
  binding.challenge = parameters[Parameter::code_challenge];
  exchange.set_family(exchange.founded.family);
  exchange.report().scope = exchange.requested_scope;
  std::string code = mint_authorization_code(*exchange.config().keys, exchange.founded.family,
                                             exchange.founded.granted_at, binding);
  Redirection redirection = redirection_of(exchange);
  redirection.add("code", code);
  add_state_and_issuer(exchange, redirection);
  cleanse(code);
  exchange.finish(Outcome::authorized, redirect(redirection));
}

void token_created(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::written) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  // RFC 6749 section 4.2.2: "The authorization server MUST NOT issue a refresh token."
  Exchange::Granted granted;
  granted.family = exchange.founded.family;
  granted.subject = exchange.authorization.subject;
  granted.scope = exchange.requested_scope;
  granted.remaining = exchange.new_ttl;
  IssuedTokens tokens = exchange.issue(std::move(granted));
  Redirection redirection = redirection_of(exchange);
  redirection.add("access_token", tokens.access_token)
      .add("token_type", "Bearer")
      .add("expires_in", std::to_string(tokens.expires_in))
      .add("scope", tokens.scope);
  add_state_and_issuer(exchange, redirection);
  cleanse(tokens.access_token);
  exchange.finish(Outcome::issued, redirect(redirection));
}

// The form of the consent page: its token proves that this user saw these terms.
void take_decision(Exchange& exchange) {
  const Parameters& parameters = exchange.parameters();
  const std::string_view decision = parameters[Parameter::decision];
  const bool shown =
      verify_consent_token(*exchange.config().keys, parameters[Parameter::consent_token],
                           terms_of(exchange), exchange.environment().unix_time());
  if (!shown) {
    ask_user(exchange, "The form was too old, or not for you. Please decide once more.");
  } else if (decision == "approve") {
    grant(exchange);
  } else if (decision == "deny") {
    exchange.fail(Error::access_denied, "the user does not allow it");
  } else {
    ask_user(exchange, "Please choose one of the two buttons.");
  }
}

}  // namespace

void answer_authorization_request(Exchange& exchange) {
  if (!check_syntax(exchange) || !find_client(exchange) || !find_redirect_uri(exchange) ||
      !check_response_type(exchange) || !check_challenge(exchange) || !choose_scope(exchange) ||
      !check_user(exchange)) {
    return;
  }
  if (!exchange.policy().consent) {
    grant(exchange);
  } else if (exchange.request().method == "POST" &&
             !exchange.parameters()[Parameter::consent_token].empty()) {
    take_decision(exchange);
  } else {
    ask_user(exchange, "");
  }
}

Response authorization_error(const Exchange& exchange, Error error, std::string_view description) {
  if (!exchange.authorization.redirect_uri.empty()) {
    Redirection redirection = redirection_of(exchange);
    redirection.add("error", error_row(error).code).add("error_description", description);
    add_state_and_issuer(exchange, redirection);
    return redirect(redirection);
  }
  Response response;
  response.status = error_row(error).status;
  response.content_type = html_type;
  response.allow = error == Error::method_not_allowed ? "GET, POST" : "";
  response.body = error_page(description);
  response.page_policy = std::string(base_policy).append("'none'");
  return response;
}

}  // namespace oauth2
