// The Authorization header of a protected resource. Lines: the header, the scope that the resource
// requires, the scope that a token has, and how long that token is valid.

#include "access_token.h"
#include "fuzz.h"
#include "oauth2/protected_resource.h"
#include "oauth2/scope.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

void check_challenge(Access access, std::string_view scope) {
  if (access == Access::granted || access == Access::unavailable) {
    return;
  }
  const std::string challenge = bearer_challenge(access, scope);
  size_t quotes = 0;
  for (const char character : challenge) {
    OAUTH2_HOLDS(character >= 0x20 && character < 0x7f);
    quotes += character == '"' ? 1 : 0;
  }
  OAUTH2_HOLDS(quotes % 2 == 0);
}

void check_header(const std::string& header, const std::string& required) {
  BearerToken token;
  const AccessDecision decision = token.present(sample_keys(), required, header, now);
  check_challenge(decision.access, required);
  if (decision.access == Access::granted) {
    OAUTH2_HOLDS(token.is_authentic() && token.claims().expires_at > now);
    OAUTH2_HOLDS(scope_contains(token.claims().scope, required));
  } else {
    OAUTH2_HOLDS(*decision.reason != '\0');
  }
  StoreAnswer answer;
  LossState losses{};
  LossBreaker breaker(losses);
  OAUTH2_HOLDS(token.judge(answer, breaker, 1000).access == Access::unavailable);
}

void check_sealed(const std::string& header, const std::string& required, const std::string& scope,
                  uint32_t validity) {
  AccessClaims claims;
  claims.family = sample_family();
  claims.issued_at = now;
  claims.expires_at = now + validity % 86400;
  claims.client = "app";
  claims.subject = "alice";
  claims.scope = scope;
  const std::string text = seal_access_token(sample_keys(), claims, Bytes<24>{});
  BearerToken token;
  const AccessDecision decision = token.present(sample_keys(), required, "beareR  " + text, now);
  const Access expected = claims.expires_at <= now          ? Access::invalid_token
                          : scope_contains(scope, required) ? Access::granted
                                                            : Access::insufficient_scope;
  OAUTH2_HOLDS(decision.access == expected);
  OAUTH2_HOLDS(token.is_authentic() && token.claims().scope == scope);

  BearerToken altered;
  OAUTH2_HOLDS(altered.present(sample_keys(), "", "Bearer " + text + header, now).access !=
                   Access::granted ||
               header.empty() || claims.expires_at <= now);
}

}  // namespace

void run(Input& input) {
  const std::string header = input.line();
  std::string required;
  std::string scope;
  const bool valid =
      normalize_scope(input.line(), required) && normalize_scope(input.line(), scope);
  if (!valid) {
    return;
  }
  check_header(header, required);
  check_sealed(header, required, scope, number(input.line()));
}

}  // namespace oauth2::fuzz
