// Refresh tokens and what they have in common with codes. Lines: a token, a client id, a position
// in the token, and a number.

#include <cstring>

#include "authorization_code.h"
#include "fuzz.h"
#include "refresh_token.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

// One spelling, for one client, of one kind.
void check_authentic(const std::string& text, const std::string& client, size_t position) {
  RefreshToken token;
  OAUTH2_HOLDS(verify_refresh_token(sample_keys(), text, client, token) == TokenCheck::authentic);
  OAUTH2_HOLDS(token.generation > 0);
  const Key* key = sample_keys().find(token.key_id);
  OAUTH2_HOLDS(key != nullptr && mint_refresh_token(*key, token, client) == text);

  FamilyId claimed;
  OAUTH2_HOLDS(claimed_family(sample_keys(), text, claimed));
  OAUTH2_HOLDS(claimed.bytes == token.family.bytes);

  RefreshToken other;
  OAUTH2_HOLDS(verify_refresh_token(sample_keys(), text, client + "2", other) ==
               TokenCheck::forged);
  OAUTH2_HOLDS(verify_refresh_token(foreign_keys(), text, client, other) != TokenCheck::authentic);
  CodeBinding binding;
  binding.client = client;
  OAUTH2_HOLDS(verify_authorization_code(sample_keys(), text, binding, other) !=
               TokenCheck::authentic);

  std::string altered = text;
  char& character = altered[position % altered.size()];
  character = character == 'A' ? 'B' : 'A';
  OAUTH2_HOLDS(verify_refresh_token(sample_keys(), altered, client, other) !=
               TokenCheck::authentic);
  OAUTH2_HOLDS(other.generation == 0);  // as it was
}

void check_minted(const std::string& seed, const std::string& client, uint32_t value,
                  size_t position) {
  RefreshToken made;
  std::memcpy(made.family.bytes.data(), seed.data(),
              std::min(seed.size(), made.family.bytes.size()));
  made.generation = value == 0 ? 1 : value;
  made.granted_at = ~value;
  for (const uint8_t id : {key_id(sample_root()), key_id(sample_root(100))}) {
    const std::string text = mint_refresh_token(*sample_keys().find(id), made, client);
    OAUTH2_HOLDS(text.size() == refresh_token_size);
    check_authentic(text, client, position);
  }
}

}  // namespace

void run(Input& input) {
  const std::string text = input.line();
  const std::string client = input.line().substr(0, max_client_id_size);
  const uint32_t position = number(input.line());
  const uint32_t value = number(input.line());

  RefreshToken token;
  if (verify_refresh_token(sample_keys(), text, client, token) == TokenCheck::authentic) {
    check_authentic(text, client, position);
  } else {
    OAUTH2_HOLDS(token.generation == 0 && token.granted_at == 0);
  }
  check_minted(text, client, value, position);
}

}  // namespace oauth2::fuzz
