// Authorization codes. Lines: a code, then what it is bound to: client, redirect URI and verifier;
// then another redirect URI.

#include <algorithm>
#include <cstring>

#include "authorization_code.h"
#include "fuzz.h"
#include "refresh_token.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

bool is_bound_alike(const CodeBinding& one, const CodeBinding& other) {
  return one.client == other.client && one.redirect_uri == other.redirect_uri &&
         one.challenge == other.challenge;
}

// A code goes with its own binding, and with no other one that the same bytes could be cut into.
void check_binding(const std::string& code, const CodeBinding& binding, std::string_view other) {
  FamilyToken read;
  OAUTH2_HOLDS(verify_authorization_code(sample_keys(), code, binding, read) ==
               TokenCheck::authentic);
  OAUTH2_HOLDS(read.generation == 0);
  const std::string joined =
      std::string(binding.client).append(binding.redirect_uri).append(binding.challenge);
  const std::string_view all = joined;
  for (size_t cut = 0; cut <= std::min<size_t>(all.size(), 8); ++cut) {
    for (const CodeBinding& tried : {CodeBinding{all.substr(0, cut), all.substr(cut), ""},
                                     CodeBinding{all.substr(0, cut), "", all.substr(cut)},
                                     CodeBinding{binding.client, other, binding.challenge},
                                     CodeBinding{binding.client, binding.redirect_uri, ""}}) {
      FamilyToken ignored;
      const TokenCheck check = verify_authorization_code(sample_keys(), code, tried, ignored);
      OAUTH2_HOLDS((check == TokenCheck::authentic) == is_bound_alike(binding, tried));
    }
  }
  RefreshToken refresh;
  OAUTH2_HOLDS(verify_refresh_token(sample_keys(), code, binding.client, refresh) !=
               TokenCheck::authentic);
}

void check_verifier(const std::string& verifier) {
  if (is_code_verifier(verifier)) {
    OAUTH2_HOLDS(is_code_challenge(code_challenge(verifier)));
    OAUTH2_HOLDS(verifier.find_first_of("%&=+ \"\\\n") == std::string::npos);
  }
}

}  // namespace

void run(Input& input) {
  const std::string text = input.line();
  const std::string client = input.line().substr(0, max_client_id_size);
  const std::string redirect_uri = input.line().substr(0, 2000);
  const std::string verifier = input.line();
  const std::string other = input.line().substr(0, 2000);
  check_verifier(verifier);

  const std::string challenge = verifier.empty() ? "" : code_challenge(verifier);
  const CodeBinding binding{client, redirect_uri, challenge};
  FamilyToken read;
  if (verify_authorization_code(sample_keys(), text, binding, read) == TokenCheck::authentic) {
    check_binding(text, binding, other);
  }
  FamilyId family;
  std::memcpy(family.bytes.data(), text.data(), std::min(text.size(), family.bytes.size()));
  const std::string minted = mint_authorization_code(sample_keys(), family, now, binding);
  OAUTH2_HOLDS(minted.size() == family_token_size);
  check_binding(minted, binding, other);
}

}  // namespace oauth2::fuzz
