#ifndef OAUTH2_SRC_KEY_H
#define OAUTH2_SRC_KEY_H

#include "crypto.h"
#include "oauth2/keys.h"

namespace oauth2 {

/// The subkeys of one root key for one tenant, each for one purpose and one algorithm.
class Key {
 public:
  Key(const RootKey& root, std::string_view prefix);

  uint8_t id() const { return id_; }
  const HmacSha256& refresh_token_mac() const { return refresh_token_mac_; }
  const HmacSha256& authorization_code_mac() const { return authorization_code_mac_; }
  const HmacSha256& consent_mac() const { return consent_mac_; }
  const Aes256& family_cipher() const { return family_cipher_; }
  const Xaes256Gcm& access_token_cipher() const { return access_token_cipher_; }

 private:
  uint8_t id_;
  HmacSha256 refresh_token_mac_;
  HmacSha256 authorization_code_mac_;
  HmacSha256 consent_mac_;
  Aes256 family_cipher_;
  Xaes256Gcm access_token_cipher_;
};

}  // namespace oauth2

#endif
