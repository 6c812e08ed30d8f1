#include "exchange.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "access_token.h"
#include "crypto.h"
#include "introspection_endpoint.h"
#include "revocation_endpoint.h"
#include "session_endpoint.h"
#include "token_endpoint.h"
#include "token_response.h"

namespace oauth2 {
namespace {

/// What an endpoint is to the exchange.
struct EndpointRow {
  ParameterSet known;
  void (*answer)(Exchange&);
  Response (*answer_error)(const Exchange&, Error, std::string_view description);
};

Response json_error(const Exchange&, Error error, std::string_view description) {
  return error_response(error, description);
}

constexpr ParameterSet client_parameters =
    parameter_set(Parameter::client_id, Parameter::client_secret);
constexpr ParameterSet any_token_parameters =
    client_parameters | parameter_set(Parameter::token, Parameter::token_type_hint);

// In the order of enum Endpoint.
constexpr EndpointRow endpoints[] = {
    {client_parameters | parameter_set(Parameter::grant_type, Parameter::refresh_token,
                                       Parameter::scope, Parameter::username, Parameter::password,
                                       Parameter::code, Parameter::redirect_uri,
                                       Parameter::code_verifier),
     answer_token_request, json_error},
    {parameter_set(Parameter::client_id, Parameter::redirect_uri, Parameter::response_type,
                   Parameter::scope, Parameter::state, Parameter::code_challenge,
                   Parameter::code_challenge_method, Parameter::consent_token, Parameter::decision),
     answer_authorization_request, authorization_error},
    {any_token_parameters, answer_revocation_request, json_error},
    {any_token_parameters, answer_introspection_request, json_error},
    {parameter_set(Parameter::subject, Parameter::family), answer_session_request, session_error},
};

const EndpointRow& row_of(const EndpointConfig& config) {
  return endpoints[static_cast<int>(config.endpoint)];
}

// A client posts a form; others may follow a link.
bool is_for_clients(const EndpointConfig& config) {
  return config.endpoint != Endpoint::authorization && config.endpoint != Endpoint::sessions;
}

FormResult parse_request(const EndpointConfig& config, Request& request, Parameters& parameters) {
  const ParameterSet known = row_of(config).known;
  if (!is_for_clients(config) && request.method != "POST") {
    return parse_form(request.query, known, parameters);
  }
  if (request.body_too_large || !is_form(request.content_type)) {
    return FormResult::malformed;
  }
  return parse_form(request.body, known, parameters);
}

}  // namespace

std::shared_ptr<EndpointExchange> make_exchange(const EndpointConfig& config, TokenStore& store,
                                                Environment& environment, Request&& request) {
  return std::make_shared<Exchange>(config, store, environment, std::move(request));
}

Exchange::Exchange(const EndpointConfig& config, TokenStore& store, Environment& environment,
                   Request&& request)
    : config_(config),
      store_(store),
      environment_(environment),
      request_(std::move(request)),
      form_result_(parse_request(config_, request_, parameters_)),
      // Elsewhere, an Authorization header is a user's.
      credentials_(is_for_clients(config) ? request_.authorization : std::string_view(),
                   parameters_) {}

Exchange::~Exchange() {
  cleanse(request_.body);
  cleanse(request_.query);
  cleanse(response_.body);
  cleanse(response_.location);
}

void Exchange::start(ExchangeHost& host) {
  host_ = &host;
  try {
    row_of(config_).answer(*this);
  } catch (const std::exception&) {
    fail(Error::temporarily_unavailable, "internal failure");
  }
  request_.content_type = {};
  request_.authorization = {};
}

ParameterSet Exchange::known_parameters() const {
  return row_of(config_).known;
}

void Exchange::user_checked(const UserVerdict& verdict) {
  try {
    std::exchange(user_step_, nullptr)(*this, verdict);
  } catch (const std::exception&) {
    fail(Error::temporarily_unavailable, "internal failure");
  }
}

void Exchange::refresh_checked(RefreshVerdict verdict) {
  deadline_ = 0;
  try {
    std::exchange(refresh_step_, nullptr)(*this, verdict);
  } catch (const std::exception&) {
    fail(Error::temporarily_unavailable, "internal failure");
  }
}

void Exchange::store_answered(const StoreAnswer& answer) {
  try {
    std::exchange(store_step_, nullptr)(*this, answer);
  } catch (const std::exception&) {
    fail(Error::temporarily_unavailable, "internal failure");
  }
}

std::string_view Exchange::client_id() const {
  return credentials_.claimed_id(*config_.clients);
}

std::string_view Exchange::grant_type() const {
  if (config_.endpoint == Endpoint::authorization) {
    const std::string_view type = parameters_[Parameter::response_type];
    return type == "code" ? "authorization_code" : type == "token" ? "implicit" : "";
  }
  const std::string_view name = parameters_[Parameter::grant_type];
  return grant_type_bit(name) != 0 ? name : std::string_view();
}

std::string_view Exchange::family() {
  if (config_.endpoint == Endpoint::sessions) {
    const std::string_view named = parameters_[Parameter::family];
    return is_family_hash(named) ? named : std::string_view();
  }
  if (family_hash_.has_value()) {
    return *family_hash_;
  }
  if (family_.has_value()) {
    return family_hash_.emplace(family_hash(*family_));
  }
  const std::string_view client =
      report_.client != nullptr ? std::string_view(report_.client->id) : client_id();
  const PresentedToken& presented = presented_for(client);
  const bool authentic = presented.check == TokenCheck::authentic;
  return family_hash_.emplace(authentic ? family_hash(presented.token.family) : std::string());
}

void Exchange::set_client(const Client& client) {
  report_.client = &client;
  policy_ = resolve_policy(client.settings, config_.settings);
}

uint32_t Exchange::remaining_lifetime(uint32_t granted_at) {
  if (policy_.refresh_token_lifetime == 0) {
    return UINT32_MAX;
  }
  const uint64_t end = uint64_t{granted_at} + policy_.refresh_token_lifetime;
  const uint64_t now = environment_.unix_time();
  return end > now ? static_cast<uint32_t>(std::min<uint64_t>(end - now, UINT32_MAX)) : 0;
}

const Exchange::PresentedToken& Exchange::presented_for(std::string_view client) {
  if (presented_client_ != client) {
    presented_client_ = client;
    const std::string_view text = parameters_[Parameter::refresh_token];
    presented_.check =
        verify_refresh_token(*config_.keys, text.empty() ? parameters_[Parameter::token] : text,
                             client, presented_.token);
  }
  return presented_;
}

void Exchange::note_unknown_format(TokenCheck check) {
  if (check == TokenCheck::unknown_version || check == TokenCheck::unknown_key) {
    report_.unknown_token_format = true;
    report_.reason = "token of an unknown version or key";
  }
}

uint64_t Exchange::deadline() {
  if (deadline_ == 0) {
    deadline_ = environment_.monotonic_ms() + store_.request_budget_ms();
  }
  return deadline_;
}

std::shared_ptr<StoreWaiter> Exchange::then(StoreStep step) {
  store_step_ = step;
  return shared_from_this();
}

void Exchange::check_user(UserStep step) {
  user_step_ = step;
  if (host_ != nullptr) {
    host_->check_user(parameters_[Parameter::username], parameters_[Parameter::password]);
  }
}

void Exchange::check_refresh(RefreshStep step, std::string_view subject, std::string_view scope) {
  refresh_step_ = step;
  if (host_ != nullptr) {
    host_->check_refresh(subject, client().id, scope);
  }
}

IssuedTokens Exchange::issue(Granted&& granted) {
  const uint32_t now = environment_.unix_time();
  AccessClaims claims;
  claims.family = granted.family;
  claims.issued_at = now;
  claims.expires_at = now + std::min(policy_.access_token_validity, granted.remaining);
  claims.client = client().id;
  claims.subject = granted.subject;
  claims.scope = granted.scope;

  IssuedTokens tokens;
  tokens.access_token =
      seal_access_token(*config_.keys, claims, config_.keys->nonces().next(environment_));
  tokens.expires_in = claims.expires_at - now;
  tokens.refresh_token = std::move(granted.refresh_token);
  tokens.refresh_token_expires_in = granted.remaining;

  report_.subject = granted.subject;
  report_.scope = std::move(granted.scope);
  tokens.scope = report_.scope;
  set_family(granted.family);
  return tokens;
}

void Exchange::succeed(Outcome outcome, Granted&& granted) {
  IssuedTokens tokens = issue(std::move(granted));
  Response response = success_response(tokens);
  cleanse(tokens.access_token);
  cleanse(tokens.refresh_token);
  finish(outcome, std::move(response));
}

void Exchange::finish(Outcome outcome, Response&& response) {
  report_.outcome = outcome;
  respond(std::move(response));
}

void Exchange::fail(Error error, const char* description, const char* reason, Outcome outcome) {
  report_.error = error;
  report_.outcome = outcome;
  report_.reason = reason;
  respond(row_of(config_).answer_error(*this, error, description));
}

void Exchange::fail(Error error, const char* reason) {
  fail(error, reason, reason,
       error == Error::temporarily_unavailable ? Outcome::unavailable : Outcome::rejected);
}

void Exchange::fail_uncertain(const char* reason) {
  fail(Error::temporarily_unavailable, "the store is unavailable", reason, Outcome::unavailable);
}

void Exchange::respond(Response&& response) {
  response_ = std::move(response);
  if (host_ != nullptr) {
    std::exchange(host_, nullptr)->respond(*this);
  } else if (config_.orphans != nullptr) {
    config_.orphans->finished_without_client(*this);
  }
}

}  // namespace oauth2
