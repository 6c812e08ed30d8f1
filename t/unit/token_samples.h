#ifndef OAUTH2_T_UNIT_TOKEN_SAMPLES_H
#define OAUTH2_T_UNIT_TOKEN_SAMPLES_H

#include <string>
#include <vector>

#include "crypto.h"
#include "hex_text.h"
#include "oauth2/family.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// The root key with the bytes `first`, `first` + 1 and so on.
inline RootKey sample_root(unsigned char first = 0) {
  RootKey root;
  for (size_t i = 0; i < root.bytes.size(); ++i) {
    root.bytes[i] = static_cast<unsigned char>(first + i);
  }
  return root;
}

/// A family of "alice".
inline FamilyId sample_family(unsigned char last = 0xa9) {
  Bytes<10> random = to_array<10>(from_hex("a0a1a2a3a4a5a6a7a8a9"));
  random.back() = last;
  return new_family("alice", random);
}

/// The ciphertext of `plaintext` and its tag.
inline std::string seal(const Xaes256Gcm& xaes, std::string_view nonce,
                        std::string_view associated_data, std::string_view plaintext) {
  std::string text(plaintext);
  text.resize(plaintext.size() + Xaes256Gcm::tag_size);
  xaes.seal(nonce, associated_data, reinterpret_cast<unsigned char*>(text.data()),
            plaintext.size());
  return text;
}

}  // namespace oauth2

#endif
