#ifndef OAUTH2_KEYS_H
#define OAUTH2_KEYS_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "oauth2/bytes.h"
#include "oauth2/nonce_series.h"

namespace oauth2 {

class Key;

constexpr size_t root_key_size = 32;

/// A root key as the operator configured it; overwritten when it is destroyed.
struct RootKey {
  RootKey() = default;
  RootKey(const RootKey&) = default;
  RootKey& operator=(const RootKey&) = default;
  ~RootKey();

  Bytes<root_key_size> bytes{};
};

/// Reads a root key from the text of a key file: 32 bytes as 64 hex digits or as base64, with
/// white space around it. False if `text` is anything else.
bool parse_root_key(std::string_view text, RootKey& key);

/// The byte by which tokens name `root`. Two configured keys must not share it.
uint8_t key_id(const RootKey& root);

/// The keys of one tenant: the first mints, all verify. One thread at a time.
class KeyRing {
 public:
  /// Derives the subkeys of every root for the tenant `prefix` by HKDF (RFC 5869). `roots` has at
  /// least one key and no two with the same key_id(). Throws std::runtime_error where OpenSSL
  /// fails.
  KeyRing(const std::vector<RootKey>& roots, std::string_view prefix);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  /// The key that mints.
  const Key& minting() const { return *keys_.front(); }

  /// The key with this id, or null.
  const Key* find(uint8_t id) const;

  /// The tenant, which the access tokens carry as associated data.
  const std::string& prefix() const { return prefix_; }

  /// The nonces of the access tokens that this process mints. One thread at a time.
  NonceSeries& nonces() const { return nonces_; }

 private:
  std::string prefix_;
  std::vector<std::unique_ptr<Key>> keys_;
  mutable NonceSeries nonces_;
};

}  // namespace oauth2

#endif
