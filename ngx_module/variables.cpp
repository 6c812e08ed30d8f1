#include "variables.hpp"

#include <exception>

#include "endpoint_location.hpp"

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

struct Variable {
  ngx_str_t name;
  std::string_view (*get)(EndpointExchange& exchange);
  bool needs_response;
};

Variable variables[] = {
    {ngx_string("oauth2_client_id"), client_id, false},
    {ngx_string("oauth2_grant_type"), grant_type, false},
    {ngx_string("oauth2_family"), family, false},
    {ngx_string("oauth2_subject"), subject, true},
    {ngx_string("oauth2_scope"), scope, true},
    {ngx_string("oauth2_error"), error, true},
    {ngx_string("oauth2_outcome"), outcome, true},
};

ngx_int_t get_variable(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const auto& variable = *reinterpret_cast<const Variable*>(data);
  try {
    EndpointExchange* exchange = exchange_of(r);
    if (exchange == nullptr || (variable.needs_response && !has_responded(r))) {
      value->not_found = 1;
      return NGX_OK;
    }
    const ngx_str_t text = copy_to_pool(r->pool, variable.get(*exchange));
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
