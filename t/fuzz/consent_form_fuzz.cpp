// The token of a consent form. Lines: a token, the seven terms, a time, and which term is another
// one afterwards.

#include "consent_form.h"
#include "fuzz.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

constexpr size_t max_term_size = 2048;

/// The terms as an array, so that each may be changed.
struct Terms {
  std::string texts[7];

  ConsentTerms view() const {
    return {texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6]};
  }
};

}  // namespace

void run(Input& input) {
  const std::string text = input.line();
  Terms terms;
  for (std::string& term : terms.texts) {
    term = input.line().substr(0, max_term_size);
  }
  const uint32_t expires_at = number(input.line());
  const uint32_t which = number(input.line()) % 7;

  const bool accepted = verify_consent_token(sample_keys(), text, terms.view(), now);
  const std::string token = mint_consent_token(sample_keys(), terms.view(), expires_at);
  OAUTH2_HOLDS(token.size() == 32);
  OAUTH2_HOLDS(verify_consent_token(sample_keys(), token, terms.view(), now) == (now < expires_at));
  OAUTH2_HOLDS(!verify_consent_token(sample_keys(), token, terms.view(), expires_at));
  OAUTH2_HOLDS(!verify_consent_token(foreign_keys(), token, terms.view(), 0));

  // A part of one term does not pass for a part of its neighbour.
  Terms others = terms;
  std::string& moved = others.texts[which];
  std::string& next = others.texts[(which + 1) % 7];
  if (moved.empty()) {
    moved = "x";
  } else {
    next.insert(which == 6 ? next.size() : 0, 1, moved.back());
    moved.pop_back();
  }
  OAUTH2_HOLDS(!verify_consent_token(sample_keys(), token, others.view(), 0));
  OAUTH2_HOLDS(!accepted || !verify_consent_token(sample_keys(), text, others.view(), now));
}

}  // namespace oauth2::fuzz
