#include "authorization_code.h"

#include <algorithm>

#include "base64.h"
#include "unreserved.h"

namespace oauth2 {
namespace {

constexpr TokenMac code_mac = &Key::authorization_code_mac;
constexpr size_t challenge_size = 43;
constexpr size_t shortest_verifier = 43;
constexpr size_t longest_verifier = 128;

std::string bound_to(const CodeBinding& binding) {
  std::string bound;
  append_bound(bound, binding.client);
  append_bound(bound, binding.redirect_uri);
  append_bound(bound, binding.challenge);
  return bound;
}

}  // namespace

std::string mint_authorization_code(const KeyRing& keys, const FamilyId& family,
                                    uint32_t granted_at, const CodeBinding& binding) {
  FamilyToken code;
  code.family = family;
  code.granted_at = granted_at;
  return mint_family_token(keys.minting(), code_mac, code, bound_to(binding));
}

TokenCheck verify_authorization_code(const KeyRing& keys, std::string_view text,
                                     const CodeBinding& binding, FamilyToken& code) {
  const TokenCheck check = open_family_token(keys, code_mac, text, bound_to(binding), code);
  return check == TokenCheck::authentic && code.generation != 0 ? TokenCheck::malformed : check;
}

bool is_code_challenge(std::string_view challenge) {
  std::string digest;
  return challenge.size() == challenge_size && decode_base64url(challenge, digest);
}

bool is_code_verifier(std::string_view verifier) {
  return verifier.size() >= shortest_verifier && verifier.size() <= longest_verifier &&
         std::all_of(verifier.begin(), verifier.end(), is_unreserved);
}

std::string code_challenge(std::string_view verifier) {
  return base64url(view(sha256(verifier)));
}

}  // namespace oauth2
