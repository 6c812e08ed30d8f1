#ifndef OAUTH2_FAMILY_H
#define OAUTH2_FAMILY_H

#include <string>
#include <string_view>

#include "oauth2/bytes.h"

namespace oauth2 {

constexpr size_t max_client_id_size = 255;
constexpr size_t max_subject_size = 255;
constexpr size_t max_scope_size = 2048;
constexpr size_t family_hash_size = 22;

/// Names a family: all refresh tokens that descend from one grant of one user. Six bytes of the
/// subject's SHA-256, so that one user's families share a Redis Cluster slot, and ten random ones.
struct FamilyId {
  static constexpr size_t tag_size = 6;

  Bytes<16> bytes{};

  /// The user's part.
  std::string_view tag() const { return view(bytes).substr(0, tag_size); }
};

/// The id of a new family of `subject`. `random` has ten fresh random bytes.
FamilyId new_family(std::string_view subject, const Bytes<10>& random);

/// family_hash_size characters of base64url: the unkeyed hash that names the family in its Redis
/// key, in $oauth2_family and in the logs.
std::string family_hash(const FamilyId& family);

/// Appends family_hash() to `out`.
void append_family_hash(std::string& out, const FamilyId& family);

/// Whether `text` can be a family_hash().
bool is_family_hash(std::string_view text);

/// What the store keeps of a family. The views belong to whoever made the record.
struct FamilyRecord {
  bool revoked = false;      ///< a tombstone
  uint32_t generation = 0;   ///< the newest one; its token was handed out last
  uint8_t key_id = 0;        ///< the key that minted the newest generation
  uint32_t ttl_written = 0;  ///< the TTL in seconds that the last rotation set
  uint32_t granted_at = 0;   ///< Unix time in seconds of the user's grant
  uint32_t indexed_at = 0;   ///< Unix time in seconds of the last note in the user's index, or 0
  std::string_view client;
  std::string_view subject;
  std::string_view scope;  ///< the grant's scope tokens, one space between them; may be empty
};

}  // namespace oauth2

#endif
