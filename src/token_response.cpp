#include "token_response.h"

#include "json.h"

namespace oauth2 {
namespace {

constexpr unsigned retry_after_seconds = 1;

}  // namespace

Response success_response(const IssuedTokens& tokens) {
  Response response;
  response.body.reserve(256 + tokens.access_token.size() + tokens.scope.size());
  JsonObject json(response.body);
  json.add_plain("access_token", tokens.access_token)
      .add_plain("token_type", "Bearer")
      .add("expires_in", tokens.expires_in);
  if (!tokens.refresh_token.empty()) {
    json.add_plain("refresh_token", tokens.refresh_token)
        .add("refresh_token_expires_in", tokens.refresh_token_expires_in);
  }
  if (!tokens.scope.empty()) {
    json.add("scope", tokens.scope);
  }
  json.end();
  return response;
}

Response error_response(Error error, std::string_view description) {
  const ErrorRow& row = error_row(error);
  Response response;
  response.status = row.status;
  response.allow = error == Error::method_not_allowed ? "POST" : "";
  // RFC 6749 section 5.2: "the authorization server MUST respond with an HTTP 401 [...] and include
  // the "WWW-Authenticate" response header field"
  response.challenge_basic = error == Error::invalid_client;
  response.retry_after = error == Error::temporarily_unavailable ? retry_after_seconds : 0;
  response.body.reserve(128);
  JsonObject json(response.body);
  json.add_plain("error", row.code).add_plain("error_description", description);
  json.end();
  return response;
}

}  // namespace oauth2
