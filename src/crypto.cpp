// For SHA-256: behind EVP, each of the six hashes of a rotation allocates and copies a context,
// which costs more than the hash.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>

#include <cstring>
#include <stdexcept>

namespace oauth2 {
namespace {

void require(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(what);
  }
}

// OpenSSL takes a null input for "no more input", also where its length is zero.
const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.empty() ? "" : bytes.data());
}

unsigned char* data(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

CipherContext new_cipher_context() {
  CipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr, "EVP_CIPHER_CTX_new() failed");
  return context;
}

template <size_t N>
Bytes<N> crypt_blocks(evp_cipher_ctx_st* context, const Bytes<N>& blocks) {
  Bytes<N> result;
  int size = 0;
  require(EVP_CipherUpdate(context, result.data(), &size, blocks.data(), N) == 1 && size == N,
          "AES-256 failed");
  return result;
}

}  // namespace

void ContextDeleter::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

void ContextDeleter::operator()(SHA256state_st* state) const {
  cleanse(state, sizeof(*state));
  delete state;
}

void cleanse(void* data, size_t size) {
  if (size != 0) {  // explicit_bzero() takes no null, not even for nothing
    explicit_bzero(data, size);
  }
}

void cleanse(std::string& text) {
  cleanse(text.data(), text.size());
  text.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Digest sha256(std::string_view bytes) {
  SHA256_CTX state;
  Digest digest;
  require(SHA256_Init(&state) == 1 && SHA256_Update(&state, bytes.data(), bytes.size()) == 1 &&
              SHA256_Final(digest.data(), &state) == 1,
          "SHA-256 failed");
  return digest;
}

std::string sha1_hex(std::string_view bytes) {
  Bytes<20> digest;
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1,
          "SHA-1 failed");
  std::string hex;
  for (const unsigned char byte : digest) {
    hex.push_back("0123456789abcdef"[byte >> 4]);
    hex.push_back("0123456789abcdef"[byte & 15]);
  }
  return hex;
}

void hkdf_sha256(std::string_view key, std::string_view info, unsigned char* out, size_t size) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), &EVP_PKEY_CTX_free);
  require(
      context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(context.get(), data(key), static_cast<int>(key.size())) == 1 &&
          EVP_PKEY_CTX_add1_hkdf_info(context.get(), data(info), static_cast<int>(info.size())) ==
              1 &&
          EVP_PKEY_derive(context.get(), out, &size) == 1,
      "HKDF failed");
}

void random_bytes(unsigned char* out, size_t size) {
  static struct {
    size_t left = 0;
    Bytes<4096> bytes;
  } pool;
  static const bool told_of_forks = pthread_atfork(nullptr, nullptr, [] { pool.left = 0; }) == 0;

  require(told_of_forks, "pthread_atfork() failed");
  if (size > pool.bytes.size()) {
    require(RAND_bytes(out, static_cast<int>(size)) == 1, "RAND_bytes() failed");
    return;
  }
  if (pool.left < size) {
    pool.left = 0;
    require(RAND_bytes(pool.bytes.data(), static_cast<int>(pool.bytes.size())) == 1,
            "RAND_bytes() failed");
    pool.left = pool.bytes.size();
  }
  unsigned char* drawn = pool.bytes.data() + (pool.left - size);
  std::memcpy(out, drawn, size);
  cleanse(drawn, size);
  pool.left -= size;
}

HmacSha256::HmacSha256(const SymmetricKey& key)
    : inner_(new SHA256state_st), outer_(new SHA256state_st) {
  Bytes<64> inner_pad;
  Bytes<64> outer_pad;
  inner_pad.fill(0x36);
  outer_pad.fill(0x5c);
  for (size_t i = 0; i < key.size(); ++i) {
    inner_pad[i] ^= key[i];
    outer_pad[i] ^= key[i];
  }
  const bool hashed = SHA256_Init(inner_.get()) == 1 && SHA256_Init(outer_.get()) == 1 &&
                      SHA256_Update(inner_.get(), inner_pad.data(), inner_pad.size()) == 1 &&
                      SHA256_Update(outer_.get(), outer_pad.data(), outer_pad.size()) == 1;
  cleanse(inner_pad.data(), inner_pad.size());
  cleanse(outer_pad.data(), outer_pad.size());
  require(hashed, "HMAC-SHA-256 failed");
}

Digest HmacSha256::sign(std::string_view message, std::string_view rest) const {
  SHA256_CTX inner = *inner_;
  SHA256_CTX outer = *outer_;
  Digest digest;
  require(SHA256_Update(&inner, message.data(), message.size()) == 1 &&
              SHA256_Update(&inner, rest.data(), rest.size()) == 1 &&
              SHA256_Final(digest.data(), &inner) == 1 &&
              SHA256_Update(&outer, digest.data(), digest.size()) == 1 &&
              SHA256_Final(digest.data(), &outer) == 1,
          "HMAC-SHA-256 failed");
  return digest;
}

Aes256::Aes256(const SymmetricKey& key)
    : encryption_(new_cipher_context()), decryption_(new_cipher_context()) {
  require(
      EVP_EncryptInit_ex(encryption_.get(), EVP_aes_256_ecb(), nullptr, key.data(), nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(encryption_.get(), 0) == 1 &&
          EVP_DecryptInit_ex(decryption_.get(), EVP_aes_256_ecb(), nullptr, key.data(), nullptr) ==
              1 &&
          EVP_CIPHER_CTX_set_padding(decryption_.get(), 0) == 1,
      "AES-256 failed");
}

Bytes<16> Aes256::encrypt(const Bytes<16>& block) const {
  return crypt_blocks(encryption_.get(), block);
}

Bytes<32> Aes256::encrypt_two(const Bytes<32>& blocks) const {
  return crypt_blocks(encryption_.get(), blocks);
}

Bytes<16> Aes256::decrypt(const Bytes<16>& block) const {
  return crypt_blocks(decryption_.get(), block);
}

Xaes256Gcm::Xaes256Gcm(const SymmetricKey& key)
    : block_(key),
      subkey_(block_.encrypt(Bytes<16>{})),
      sealing_{new_cipher_context(), {}},
      opening_{new_cipher_context(), {}} {
  const unsigned char carry = subkey_[0] >> 7;
  for (size_t i = 0; i + 1 < subkey_.size(); ++i) {
    subkey_[i] = static_cast<unsigned char>(subkey_[i] << 1 | subkey_[i + 1] >> 7);
  }
  subkey_.back() = static_cast<unsigned char>(subkey_.back() << 1 ^ (carry != 0 ? 0x87 : 0));
  require(
      EVP_CipherInit_ex(sealing_.gcm.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr, 1) == 1 &&
          EVP_CipherInit_ex(opening_.gcm.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr, 0) ==
              1,
      "AES-256-GCM failed");
}

SymmetricKey Xaes256Gcm::derive(std::string_view nonce) const {
  SymmetricKey blocks;
  for (size_t half = 0; half < 2; ++half) {
    unsigned char* block = blocks.data() + half * subkey_.size();
    block[0] = 0;
    block[1] = static_cast<unsigned char>(half + 1);
    block[2] = 'X';
    block[3] = 0;
    std::memcpy(block + 4, nonce.data(), 12);
    for (size_t i = 0; i < subkey_.size(); ++i) {
      block[i] ^= subkey_[i];
    }
  }
  return block_.encrypt_two(blocks);
}

// Key and nonce of the next message. With the key that is there, OpenSSL takes the nonce alone.
bool Xaes256Gcm::start(Derived& derived, std::string_view nonce) const {
  EVP_CIPHER_CTX* const gcm = derived.gcm.get();
  const unsigned char* const second_half = data(nonce) + derived.half.size();
  if (derived.has_key && nonce.substr(0, derived.half.size()) == view(derived.half)) {
    return EVP_CipherInit_ex(gcm, nullptr, nullptr, nullptr, second_half, -1) == 1;
  }
  SymmetricKey key = derive(nonce);
  derived.has_key = EVP_CipherInit_ex(gcm, nullptr, nullptr, key.data(), second_half, -1) == 1;
  std::memcpy(derived.half.data(), nonce.data(), derived.half.size());
  cleanse(key.data(), key.size());
  return derived.has_key;
}

void Xaes256Gcm::seal(std::string_view nonce, std::string_view associated_data, unsigned char* text,
                      size_t size) const {
  EVP_CIPHER_CTX* const gcm = sealing_.gcm.get();
  unsigned char* const tag = text + size;
  int done = 0;
  require(start(sealing_, nonce) &&
              EVP_EncryptUpdate(gcm, nullptr, &done, data(associated_data),
                                static_cast<int>(associated_data.size())) == 1 &&
              EVP_EncryptUpdate(gcm, text, &done, text, static_cast<int>(size)) == 1 &&
              EVP_EncryptFinal_ex(gcm, tag, &done) == 1 &&
              EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1,
          "AES-256-GCM failed");
}

bool Xaes256Gcm::open(std::string_view nonce, std::string_view associated_data,
                      std::string_view sealed, std::string& out) const {
  out.clear();
  if (sealed.size() < tag_size) {
    return false;
  }
  EVP_CIPHER_CTX* const gcm = opening_.gcm.get();
  const std::string_view ciphertext = sealed.substr(0, sealed.size() - tag_size);
  Bytes<tag_size> tag;
  std::memcpy(tag.data(), sealed.data() + ciphertext.size(), tag_size);
  out.resize(ciphertext.size());
  int size = 0;
  const bool authentic =
      start(opening_, nonce) &&
      EVP_DecryptUpdate(gcm, nullptr, &size, data(associated_data),
                        static_cast<int>(associated_data.size())) == 1 &&
      EVP_DecryptUpdate(gcm, data(out), &size, data(ciphertext),
                        static_cast<int>(ciphertext.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(gcm, data(out) + ciphertext.size(), &size) == 1;
  if (!authentic) {
    cleanse(out);
  }
  return authentic;
}

}  // namespace oauth2
