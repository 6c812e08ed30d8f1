#include "variables.hpp"

#include <exception>

#include "endpoint_location.hpp"
#include "oauth2/family.h"
#include "protected_location.hpp"

namespace oauth2::nginx {
namespace {

std::string_view client_id(EndpointExchange& exchange) {
  const Client* client = exchange.report().client;
  return client != nullptr ? std::string_view(client->id) : exchange.client_id();
}

std::string_view grant_type(EndpointExchange& exchange) {
  return exchange.grant_type();
}

std::string_view family(EndpointExchange& exchange) {
  return exchange.family();
}

std::string_view subject(EndpointExchange& exchange) {
  return exchange.report().subject;
}

std::string_view scope(EndpointExchange& exchange) {
  return exchange.report().scope;
}

std::string_view error(EndpointExchange& exchange) {
  return error_row(exchange.report().error).code;
}

std::string_view outcome(EndpointExchange& exchange) {
  return outcome_name(exchange.report().outcome);
}

std::string token_client_id(const AccessClaims& claims) {
  return std::string(claims.client);
}

std::string token_family(const AccessClaims& claims) {
  return family_hash(claims.family);
}

std::string token_subject(const AccessClaims& claims) {
  return std::string(claims.subject);
}

std::string token_scope(const AccessClaims& claims) {
  return std::string(claims.scope);
}

struct Variable {
  ngx_str_t name;
  std::string_view (*get)(EndpointExchange& exchange);
  bool needs_response;
  std::string (*get_of_token)(const AccessClaims& claims);  // may be null
};

Variable variables[] = {
    {ngx_string("oauth2_client_id"), client_id, false, token_client_id},
    {ngx_string("oauth2_grant_type"), grant_type, false, nullptr},
    {ngx_string("oauth2_family"), family, false, token_family},
    {ngx_string("oauth2_subject"), subject, true, token_subject},
    {ngx_string("oauth2_scope"), scope, true, token_scope},
    {ngx_string("oauth2_error"), error, true, nullptr},
    {ngx_string("oauth2_outcome"), outcome, true, nullptr},
};

bool find_value(ngx_http_request_t* r, const Variable& variable, std::string& value) {
  EndpointExchange* exchange = exchange_of(r);
  if (exchange != nullptr) {
    if (variable.needs_response && !has_responded(r)) {
      return false;
    }
    value = variable.get(*exchange);
    return true;
  }
  const AccessClaims* claims = variable.get_of_token != nullptr ? granted_claims(r) : nullptr;
  if (claims == nullptr) {
    return false;
  }
  value = variable.get_of_token(*claims);
  return true;
}

ngx_int_t get_variable(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  try {
    std::string found;
    if (!find_value(r, *reinterpret_cast<const Variable*>(data), found)) {
      value->not_found = 1;
      return NGX_OK;
    }
    const ngx_str_t text = copy_to_pool(r->pool, found);
    if (text.data == nullptr) {
      return NGX_ERROR;
    }
    value->data = text.data;
    value->len = static_cast<unsigned>(text.len);
    value->valid = 1;
    value->no_cacheable = 0;
    value->not_found = 0;
    return NGX_OK;
  } catch (const std::exception&) {
    return NGX_ERROR;
  }
}

}  // namespace

ngx_int_t add_variables(ngx_conf_t* cf) {
  for (Variable& variable : variables) {
    ngx_http_variable_t* added =
        ngx_http_add_variable(cf, &variable.name, NGX_HTTP_VAR_NOCACHEABLE);
    if (added == nullptr) {
      return NGX_ERROR;
    }
    added->get_handler = get_variable;
    added->data = reinterpret_cast<uintptr_t>(&variable);
  }
  return NGX_OK;
}

}  // namespace oauth2::nginx
