#ifndef OAUTH2_SRC_REDIS_RECORD_H
#define OAUTH2_SRC_REDIS_RECORD_H

#include <string>
#include <string_view>

#include "oauth2/family.h"

namespace oauth2::redis {

/// The value that Redis holds of a family, layout 1, big-endian:
///
///     0  1  layout version
///     1  1  state: 'L' live, 'R' revoked
///     2  4  generation
///     6  2  scope_tag() of the scope
///     8  1  key id of the generation
///     9  4  TTL as written, in seconds
///    13  4  granted-at, Unix time in seconds
///    17     client (1-byte length), subject (1-byte length), scope (2-byte length)
///           fields: tag (1), length (2), bytes; those of later releases are skipped and preserved
///
/// The field 1 (4 bytes) is the Unix time in seconds at which the family was last noted in the
/// index of its user. The rotation script replaces the head and keeps the rest as it is.
constexpr size_t record_state_size = 8;  ///< up to the scope tag: what a rotation compares
constexpr size_t record_head_size = 17;  ///< what a rotation replaces

/// A hash of a scope (FNV-1a, folded), by which a rotation sees, without reading first, that a
/// grant is of the scope that the client has today.
uint16_t scope_tag(std::string_view scope);

using RecordHead = Bytes<record_head_size>;

/// The head of a live record.
RecordHead record_head(uint32_t generation, uint16_t scope_tag, uint8_t key_id, uint32_t ttl,
                       uint32_t granted_at);

/// The client and the subject as they stand in a record.
std::string record_identity(std::string_view client, std::string_view subject);

/// The whole record, with the field 1 if the family was indexed. The sizes of client, subject and
/// scope are within the limits of family.h.
std::string encode_record(const FamilyRecord& record);

/// Reads `bytes`, which the views of `record` then point into. False if it is not a record of
/// layout 1 within the limits of family.h.
bool decode_record(std::string_view bytes, FamilyRecord& record);

/// `<prefix>:{<tag>}:<hash of the family id>`
std::string family_key(std::string_view prefix, const FamilyId& family);

/// The key of the family of `subject` with this family_hash().
std::string family_key(std::string_view prefix, std::string_view subject, std::string_view hash);

/// `<prefix>:{<tag>}:sessions:<hash of the subject>`: the index of the user's families, in the slot
/// of their records. A sorted set with the members index_member(), by the time of the grant.
std::string index_key(std::string_view prefix, std::string_view subject);

/// The family_hash() of a family and its client's id.
std::string index_member(std::string_view hash, std::string_view client);

/// `<prefix>:marker`, the key that shows that the store was not emptied.
std::string marker_key(std::string_view prefix);

/// `<prefix>:marker:{<n>}`, the same for one hash slot of a Redis Cluster, below slot_count: n is
/// the smallest number whose decimal digits have that slot.
std::string marker_key(std::string_view prefix, uint16_t slot);

/// `<prefix>:probe`, a key that is never written, and its form `<prefix>:probe:{<n>}` for one hash
/// slot.
std::string probe_key(std::string_view prefix);
std::string probe_key(std::string_view prefix, uint16_t slot);

}  // namespace oauth2::redis

#endif
