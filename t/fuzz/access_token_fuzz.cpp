// What is sealed in access tokens. The whole input is the plaintext of one.

#include <cstring>

#include "access_token.h"
#include "base64.h"
#include "fuzz.h"
#include "key.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

std::string sealed(std::string_view plaintext) {
  const Key& key = sample_keys().minting();
  const Bytes<24> nonce{};
  std::string text(plaintext);
  text.resize(plaintext.size() + Xaes256Gcm::tag_size);
  key.access_token_cipher().seal(view(nonce), sample_keys().prefix(),
                                 reinterpret_cast<unsigned char*>(text.data()), plaintext.size());
  std::string bytes = {1, static_cast<char>(key.id())};
  return base64url(bytes.append(view(nonce)).append(text));
}

}  // namespace

void run(Input& input) {
  const std::string_view text = input.rest();
  const std::string token = sealed(text);
  AccessClaims claims;
  std::string plaintext;
  if (!open_access_token(sample_keys(), token, claims, plaintext)) {
    OAUTH2_HOLDS(claims.client.empty() && claims.scope.empty() && claims.expires_at == 0);
    return;
  }
  OAUTH2_HOLDS(plaintext == text);
  for (const std::string_view part : {claims.client, claims.subject, claims.scope}) {
    OAUTH2_HOLDS(lies_within(part, plaintext));
  }
  // What was read is what stands there; what a later release may add behind it is skipped.
  AccessClaims again;
  std::string plaintext_again;
  const std::string token_again = seal_access_token(sample_keys(), claims, Bytes<24>{});
  const bool short_enough = token_again.size() <= max_access_token_size;
  OAUTH2_HOLDS(open_access_token(sample_keys(), token_again, again, plaintext_again) ==
               short_enough);
  OAUTH2_HOLDS(!short_enough || plaintext.compare(0, plaintext_again.size(), plaintext_again) == 0);
  OAUTH2_HOLDS(!open_access_token(foreign_keys(), token, again, plaintext_again));
}

}  // namespace oauth2::fuzz
