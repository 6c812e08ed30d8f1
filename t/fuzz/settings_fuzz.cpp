// What the core reads of the configuration, and how levels of it are joined. Lines: a client id, a
// grant type, and numbers, of which "-" leaves the setting to the level above: validity, lifetime
// and retry of the client, the same of the location.

#include <algorithm>

#include "fuzz.h"
#include "oauth2/client.h"
#include "oauth2/family.h"
#include "oauth2/settings.h"

namespace oauth2::fuzz {
namespace {

bool is_set(const std::string& text) {
  return !text.empty() && text != "-";
}

TokenSettings settings_of(Input& input) {
  TokenSettings settings;
  const std::string validity = input.line();
  const std::string lifetime = input.line();
  const std::string retry = input.line();
  if (is_set(validity)) {
    settings.refresh_token_validity = std::max(number(validity), 1U);
  }
  if (is_set(lifetime)) {
    settings.refresh_token_lifetime = number(lifetime);
  }
  if (retry == "until_used") {
    settings.retry = RetryWindow{0, true};
  } else if (is_set(retry)) {
    settings.retry = RetryWindow{number(retry), false};
  }
  return settings;
}

void check_policy(const TokenSettings& client, const TokenSettings& location) {
  const TokenPolicy policy = resolve_policy(client, location);
  const TokenPolicy defaults;
  const uint32_t validity = client.refresh_token_validity.value_or(
      location.refresh_token_validity.value_or(defaults.refresh_token_validity));
  const RetryWindow retry = client.retry.value_or(location.retry.value_or(defaults.retry));
  OAUTH2_HOLDS(policy.refresh_token_validity == validity);
  OAUTH2_HOLDS(policy.refresh_token_lifetime ==
               client.refresh_token_lifetime.value_or(location.refresh_token_lifetime.value_or(0)));
  OAUTH2_HOLDS(policy.retry.seconds == std::min(retry.seconds, validity - 1));
  OAUTH2_HOLDS(policy.retry.until_used == retry.until_used);

  TokenSettings joined = client;
  joined.inherit(location);
  const TokenPolicy again = resolve_policy(joined, TokenSettings());
  OAUTH2_HOLDS(again.refresh_token_validity == policy.refresh_token_validity);
  OAUTH2_HOLDS(again.retry.seconds == policy.retry.seconds);
}

void check_client_id(const std::string& id) {
  bool visible = !id.empty() && id.size() <= max_client_id_size;
  for (const char character : id) {
    visible = visible && character >= ' ' && character <= '~';
  }
  OAUTH2_HOLDS(is_client_id(id) == visible);
}

void check_grant_type(const std::string& name) {
  const unsigned bit = grant_type_bit(name);
  unsigned all = 0;
  for (const GrantTypeRow& row : grant_type_table) {
    OAUTH2_HOLDS((all & row.bit) == 0 && (bit == row.bit) == (name == row.name));
    all |= row.bit;
  }
  OAUTH2_HOLDS((bit & ~all) == 0);
}

}  // namespace

void run(Input& input) {
  check_client_id(input.line());
  check_grant_type(input.line());
  const TokenSettings client = settings_of(input);
  const TokenSettings location = settings_of(input);
  check_policy(client, location);
}

}  // namespace oauth2::fuzz
