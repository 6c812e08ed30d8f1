#include "oauth2/family.h"

#include <cstring>

#include "base64.h"
#include "crypto.h"

namespace oauth2 {
namespace {

constexpr size_t hash_bytes = 16;

}  // namespace

FamilyId new_family(std::string_view subject, const Bytes<10>& random) {
  FamilyId family;
  const Digest digest = sha256(subject);
  std::memcpy(family.bytes.data(), digest.data(), FamilyId::tag_size);
  std::memcpy(family.bytes.data() + FamilyId::tag_size, random.data(), random.size());
  return family;
}

std::string family_hash(const FamilyId& family) {
  std::string hash;
  hash.reserve(family_hash_size);
  append_family_hash(hash, family);
  return hash;
}

void append_family_hash(std::string& out, const FamilyId& family) {
  const Digest digest = sha256(view(family.bytes));
  append_base64url(out, view(digest).substr(0, hash_bytes));
}

bool is_family_hash(std::string_view text) {
  std::string bytes;
  return decode_base64url(text, bytes) && bytes.size() == hash_bytes;
}

}  // namespace oauth2
