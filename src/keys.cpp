#include "oauth2/keys.h"

#include <cstring>

#include "base64.h"
#include "hex.h"
#include "key.h"

namespace oauth2 {
namespace {

constexpr std::string_view white_space = " \t\r\n";

/// A subkey that is overwritten as soon as its cipher has taken it over.
class Subkey {
 public:
  Subkey(const RootKey& root, std::string_view purpose, std::string_view prefix) {
    std::string info = "oauth2/v1/";
    info.append(purpose).append("/").append(prefix);
    hkdf_sha256(view(root.bytes), info, bytes_.data(), bytes_.size());
  }
  ~Subkey() { cleanse(bytes_.data(), bytes_.size()); }
  Subkey(const Subkey&) = delete;
  Subkey& operator=(const Subkey&) = delete;

  const SymmetricKey& operator*() const { return bytes_; }

 private:
  SymmetricKey bytes_;
};

bool decode_hex(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size() / 2);
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return text.size() % 2 == 0;
}

}  // namespace

RootKey::~RootKey() {
  cleanse(bytes.data(), bytes.size());
}

bool parse_root_key(std::string_view text, RootKey& key) {
  const size_t start = text.find_first_not_of(white_space);
  if (start == std::string_view::npos) {
    return false;
  }
  text = text.substr(start, text.find_last_not_of(white_space) - start + 1);

  std::string bytes;
  const bool decoded = text.size() == 2 * root_key_size
                           ? decode_hex(text, bytes)
                           : decode_base64(text, bytes) || decode_base64url(text, bytes);
  const bool complete = decoded && bytes.size() == root_key_size;
  if (complete) {
    std::memcpy(key.bytes.data(), bytes.data(), root_key_size);
  }
  cleanse(bytes);
  return complete;
}

uint8_t key_id(const RootKey& root) {
  uint8_t id = 0;
  hkdf_sha256(view(root.bytes), "oauth2/v1/key-id/", &id, 1);
  return id;
}

Key::Key(const RootKey& root, std::string_view prefix)
    : id_(key_id(root)),
      refresh_token_mac_(*Subkey(root, "refresh-token-mac", prefix)),
      authorization_code_mac_(*Subkey(root, "authorization-code-mac", prefix)),
      consent_mac_(*Subkey(root, "consent-form-mac", prefix)),
      family_cipher_(*Subkey(root, "refresh-token-family", prefix)),
      access_token_cipher_(*Subkey(root, "access-token", prefix)) {}

KeyRing::KeyRing(const std::vector<RootKey>& roots, std::string_view prefix) : prefix_(prefix) {
  for (const RootKey& root : roots) {
    keys_.push_back(std::make_unique<Key>(root, prefix));
  }
}

KeyRing::~KeyRing() = default;

const Key* KeyRing::find(uint8_t id) const {
  for (const std::unique_ptr<Key>& key : keys_) {
    if (key->id() == id) {
      return key.get();
    }
  }
  return nullptr;
}

}  // namespace oauth2
