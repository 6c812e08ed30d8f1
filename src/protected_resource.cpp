#include "oauth2/protected_resource.h"

#include <strings.h>

#include "access_token.h"
#include "crypto.h"
#include "missing_record.h"
#include "oauth2/scope.h"
#include "rotation_rule.h"

namespace oauth2 {
namespace {

constexpr std::string_view bearer_scheme = "Bearer";

// In the order of enum Access.
constexpr AccessRow access_table[] = {
    {"", 200},
    {"", 401},
    {"invalid_request", 400},
    {"invalid_token", 401},
    {"insufficient_scope", 403},
    {"", 503},
};

// RFC 9110 section 11.1: the scheme is "a case-insensitive token".
bool is_bearer(std::string_view authorization) {
  const std::string_view scheme = authorization.substr(0, authorization.find(' '));
  return scheme.size() == bearer_scheme.size() &&
         strncasecmp(scheme.data(), bearer_scheme.data(), scheme.size()) == 0;
}

// RFC 6750 section 2.1: credentials = "Bearer" 1*SP b64token
std::string_view token_of(std::string_view authorization) {
  const size_t start = authorization.find_first_not_of(' ', bearer_scheme.size());
  return start != std::string_view::npos ? authorization.substr(start) : std::string_view();
}

}  // namespace

const AccessRow& access_row(Access access) {
  return access_table[static_cast<int>(access)];
}

std::string bearer_challenge(Access access, std::string_view scope) {
  std::string challenge = "Bearer realm=\"oauth2\"";
  // RFC 6750 section 3.1: "If the request lacks any authentication information [...] the resource
  // server SHOULD NOT include an error code or other error information."
  const std::string_view error = access_row(access).error;
  if (!error.empty()) {
    challenge.append(", error=\"").append(error).append("\"");
  }
  if (access == Access::insufficient_scope) {
    challenge.append(", scope=\"").append(scope).append("\"");
  }
  return challenge;
}

BearerToken::~BearerToken() {
  cleanse(plaintext_);
}

AccessDecision BearerToken::present(const KeyRing& keys, std::string_view required_scope,
                                    std::string_view authorization, uint32_t now) {
  authentic_ = false;
  if (!is_bearer(authorization)) {
    return {Access::no_token, "no access token in the request"};
  }
  const std::string_view token = token_of(authorization);
  if (token.empty()) {
    return {Access::invalid_request, "authorization header without its access token"};
  }
  authentic_ = open_access_token(keys, token, claims_, plaintext_);
  if (!authentic_) {
    return {Access::invalid_token, "access token is malformed, forged or of an unknown key"};
  }
  if (now >= claims_.expires_at) {
    return {Access::invalid_token, "access token expired"};
  }
  if (!scope_contains(claims_.scope, required_scope)) {
    return {Access::insufficient_scope, "access token lacks the required scope"};
  }
  return {Access::granted, ""};
}

AccessDecision BearerToken::judge(const StoreAnswer& answer, LossBreaker& breaker,
                                  uint64_t now_ms) const {
  switch (judge_access_token(!claims_.subject.empty(), answer)) {
    case AccessStanding::active:
      return {Access::granted, ""};
    case AccessStanding::revoked:
      return {Access::invalid_token, "access token revoked"};
    case AccessStanding::missing:
      if (proves_an_end(answer, claims_.issued_at, breaker.is_open(now_ms))) {
        return {Access::invalid_token, "access token has outlived its family"};
      }
      breaker.note_unproved();
      return {Access::unavailable, why_unproved(answer, claims_.issued_at), true};
    case AccessStanding::uncertain:
      break;
  }
  return {Access::unavailable, why_uncertain(answer)};
}

}  // namespace oauth2
