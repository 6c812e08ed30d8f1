#ifndef OAUTH2_SRC_CONSENT_FORM_H
#define OAUTH2_SRC_CONSENT_FORM_H

#include <string>
#include <string_view>

#include "oauth2/keys.h"

namespace oauth2 {

/// What a user consents to: nothing of it may change between the page and its form.
struct ConsentTerms {
  std::string_view subject;
  std::string_view client;
  std::string_view redirect_uri;  ///< as requested
  std::string_view response_type;
  std::string_view scope;  ///< normalized
  std::string_view state;
  std::string_view challenge;
};

/// How long a page may lie open, in seconds.
constexpr uint32_t consent_validity = 600;

/// The token in a page's form: an expiry and a MAC over it and the terms, 32 characters. Only the
/// page that was shown to this subject has it, so no other site can send the form for him.
std::string mint_consent_token(const KeyRing& keys, const ConsentTerms& terms, uint32_t expires_at);

/// Whether `token` is one for these terms and is not over at `now` (Unix, seconds).
bool verify_consent_token(const KeyRing& keys, std::string_view token, const ConsentTerms& terms,
                          uint32_t now);

}  // namespace oauth2

#endif
