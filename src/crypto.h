#ifndef OAUTH2_SRC_CRYPTO_H
#define OAUTH2_SRC_CRYPTO_H

#include <memory>
#include <string>
#include <string_view>

#include "oauth2/bytes.h"

struct SHA256state_st;
struct evp_cipher_ctx_st;

/// The only file that knows OpenSSL. Every function throws std::runtime_error where OpenSSL or the
/// system fails, which happens only without memory or without the algorithms.
namespace oauth2 {

using Digest = Bytes<32>;
using SymmetricKey = Bytes<32>;

/// Overwrites `size` bytes at `data` in a way that the compiler keeps.
void cleanse(void* data, size_t size);
void cleanse(std::string& text);

/// Compares in a time that depends on the length only; false for different lengths.
bool equal_in_constant_time(std::string_view a, std::string_view b);

Digest sha256(std::string_view bytes);

/// SHA-1 in lower-case hex, the name under which Redis keeps a script. Not for security.
std::string sha1_hex(std::string_view bytes);

/// HKDF-SHA-256 (RFC 5869) with an empty salt; fills `size` bytes at `out`, at most 255 * 32.
void hkdf_sha256(std::string_view key, std::string_view info, unsigned char* out, size_t size);

/// Fills `size` bytes at `out` from OpenSSL's generator, drawn in bulk. Not for threads other than
/// the main one; processes after a fork draw their own.
void random_bytes(unsigned char* out, size_t size);

struct ContextDeleter {
  void operator()(evp_cipher_ctx_st* context) const;
  void operator()(SHA256state_st* state) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, ContextDeleter>;
using Sha256State = std::unique_ptr<SHA256state_st, ContextDeleter>;

/// HMAC-SHA-256 (RFC 2104) under one key, with both padded key blocks hashed in advance.
class HmacSha256 {
 public:
  explicit HmacSha256(const SymmetricKey& key);

  /// The MAC of `message` and, right behind it, `rest`.
  Digest sign(std::string_view message, std::string_view rest = {}) const;

 private:
  Sha256State inner_;
  Sha256State outer_;
};

/// AES-256 on single blocks (FIPS 197). One thread at a time.
class Aes256 {
 public:
  explicit Aes256(const SymmetricKey& key);
  Bytes<16> encrypt(const Bytes<16>& block) const;
  Bytes<32> encrypt_two(const Bytes<32>& blocks) const;  ///< each by itself
  Bytes<16> decrypt(const Bytes<16>& block) const;

 private:
  CipherContext encryption_;
  CipherContext decryption_;
};

/// XAES-256-GCM (C2SP), an AEAD whose 24-byte nonces may be random. The key that it derived last is
/// kept, for further nonces with the same first half. One thread at a time.
class Xaes256Gcm {
 public:
  static constexpr size_t nonce_size = 24;
  static constexpr size_t tag_size = 16;

  explicit Xaes256Gcm(const SymmetricKey& key);

  /// Turns the `size` bytes at `text` into their ciphertext and writes the tag behind it, where
  /// there is room for tag_size bytes. `nonce` has nonce_size bytes.
  void seal(std::string_view nonce, std::string_view associated_data, unsigned char* text,
            size_t size) const;

  /// The plaintext of `sealed` (ciphertext and tag) into `out`. False, with `out` cleared, if
  /// anything was altered or `sealed` is shorter than a tag.
  bool open(std::string_view nonce, std::string_view associated_data, std::string_view sealed,
            std::string& out) const;

 private:
  /// AES-256-GCM in one direction, with the key that the first half of a nonce leads to.
  struct Derived {
    CipherContext gcm;
    Bytes<nonce_size / 2> half;
    bool has_key = false;
  };

  bool start(Derived& derived, std::string_view nonce) const;
  SymmetricKey derive(std::string_view nonce) const;

  Aes256 block_;
  Bytes<16> subkey_;  // K1 of the specification: the doubled encryption of zero
  mutable Derived sealing_;
  mutable Derived opening_;
};

}  // namespace oauth2

#endif
