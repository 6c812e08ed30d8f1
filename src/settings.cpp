#include "oauth2/settings.h"

namespace oauth2 {
namespace {

template <class T>
void fill(std::optional<T>& own, const std::optional<T>& outer) {
  if (!own.has_value()) {
    own = outer;
  }
}

}  // namespace

void TokenSettings::inherit(const TokenSettings& outer) {
  fill(refresh_token_validity, outer.refresh_token_validity);
  fill(refresh_token_lifetime, outer.refresh_token_lifetime);
  fill(access_token_validity, outer.access_token_validity);
  fill(access_token_format, outer.access_token_format);
  fill(code_validity, outer.code_validity);
  fill(consent, outer.consent);
  fill(retry, outer.retry);
  fill(renewal, outer.renewal);
  fill(reuse, outer.reuse);
  fill(max_families, outer.max_families);
}

TokenPolicy resolve_policy(const TokenSettings& client, const TokenSettings& location) {
  TokenSettings settings = client;
  settings.inherit(location);

  TokenPolicy policy;
  policy.refresh_token_validity =
      settings.refresh_token_validity.value_or(policy.refresh_token_validity);
  policy.refresh_token_lifetime =
      settings.refresh_token_lifetime.value_or(policy.refresh_token_lifetime);
  policy.access_token_validity =
      settings.access_token_validity.value_or(policy.access_token_validity);
  policy.code_validity = settings.code_validity.value_or(policy.code_validity);
  policy.consent = settings.consent.value_or(policy.consent);
  policy.retry = settings.retry.value_or(policy.retry);
  policy.renewal = settings.renewal.value_or(policy.renewal);
  policy.reuse = settings.reuse.value_or(policy.reuse);
  policy.max_families = settings.max_families.value_or(policy.max_families);

  if (policy.retry.seconds >= policy.refresh_token_validity) {
    policy.retry.seconds = policy.refresh_token_validity - 1;
  }
  return policy;
}

}  // namespace oauth2
