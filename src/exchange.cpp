#include "exchange.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "access_token.h"
#include "crypto.h"
#include "token_endpoint.h"
#include "token_response.h"

namespace oauth2 {
namespace {

/// What an endpoint is to the exchange.
struct EndpointRow {
  ParameterSet known;
  void (*answer)(Exchange&);
};

constexpr ParameterSet client_parameters =
    parameter_set(Parameter::client_id, Parameter::client_secret);

// In the order of enum Endpoint.
constexpr EndpointRow endpoints[] = {
    {client_parameters | parameter_set(Parameter::grant_type, Parameter::refresh_token,
                                       Parameter::scope, Parameter::username, Parameter::password),
     answer_token_request},
};

const EndpointRow& row_of(const EndpointConfig& config) {
  return endpoints[static_cast<int>(config.endpoint)];
}

FormResult parse_request(Request& request, ParameterSet known, Parameters& parameters) {
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
      form_result_(parse_request(request_, known_parameters(), parameters_)),
      credentials_(request_.authorization, parameters_) {}

Exchange::~Exchange() {
  cleanse(request_.body);
  cleanse(request_.authorization);
  cleanse(request_.query);
  cleanse(response_.body);
}

void Exchange::start(ExchangeHost& host) {
  host_ = &host;
  try {
    row_of(config_).answer(*this);
  } catch (const std::exception&) {
    fail(Error::temporarily_unavailable, "internal failure");
  }
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
  const std::string_view name = parameters_[Parameter::grant_type];
  return grant_type_bit(name) != 0 ? name : std::string_view();
}

std::string_view Exchange::family() {
  if (!family_.has_value()) {
    const std::string_view client =
        report_.client != nullptr ? std::string_view(report_.client->id) : client_id();
    const PresentedToken& presented = presented_for(client);
    family_ = presented.check == TokenCheck::authentic ? family_hash(presented.token.family) : "";
  }
  return *family_;
}

void Exchange::set_client(const Client& client) {
  report_.client = &client;
  policy_ = resolve_policy(client.settings, config_.settings);
}

const Exchange::PresentedToken& Exchange::presented_for(std::string_view client) {
  if (presented_client_ != client) {
    presented_client_ = client;
    presented_.check = verify_refresh_token(*config_.keys, parameters_[Parameter::refresh_token],
                                            client, presented_.token);
  }
  return presented_;
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

void Exchange::succeed(Outcome outcome, Granted&& granted) {
  const uint32_t now = environment_.unix_time();
  Bytes<24> nonce;
  environment_.random(nonce.data(), nonce.size());

  AccessClaims claims;
  claims.family = granted.family;
  claims.issued_at = now;
  claims.expires_at = now + std::min(policy_.access_token_validity, granted.remaining);
  claims.client = client().id;
  claims.subject = granted.subject;
  claims.scope = granted.scope;

  IssuedTokens tokens;
  tokens.access_token = seal_access_token(*config_.keys, claims, nonce);
  tokens.expires_in = claims.expires_at - now;
  tokens.refresh_token = std::move(granted.refresh_token);
  tokens.refresh_token_expires_in = granted.remaining;
  tokens.scope = granted.scope;

  report_.outcome = outcome;
  report_.subject = granted.subject;
  report_.scope = std::move(granted.scope);
  if (family().empty()) {
    family_ = family_hash(granted.family);
  }
  Response response = success_response(tokens);
  cleanse(tokens.access_token);
  cleanse(tokens.refresh_token);
  respond(std::move(response));
}

void Exchange::fail(Error error, const char* description, const char* reason, Outcome outcome) {
  report_.error = error;
  report_.outcome = outcome;
  report_.reason = reason;
  respond(error_response(error, description));
}

void Exchange::fail(Error error, const char* reason) {
  fail(error, reason, reason,
       error == Error::temporarily_unavailable ? Outcome::unavailable : Outcome::rejected);
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
