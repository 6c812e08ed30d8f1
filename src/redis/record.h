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
///           fields of later releases: tag (1), length (2), bytes; skipped and preserved
///
/// The rotation script replaces the head and keeps the rest as it is.
constexpr size_t record_state_size = 8;  ///< up to the scope tag: what a rotation compares
constexpr size_t record_head_size = 17;  ///< what a rotation replaces

/// A hash of a scope (FNV-1a, folded), by which a rotation sees, without reading first, that a
/// grant is of the scope that the client has today.
uint16_t scope_tag(std::string_view scope);

/// The head of a live record.
std::string record_head(uint32_t generation, std::string_view scope, uint8_t key_id, uint32_t ttl,
                        uint32_t granted_at);

/// The whole record, without further fields. The sizes of client, subject and scope are within
/// the limits of family.h.
std::string encode_record(const FamilyRecord& record);

/// Reads `bytes`, which the views of `record` then point into. False if it is not a record of
/// layout 1.
bool decode_record(std::string_view bytes, FamilyRecord& record);

/// `<prefix>:{<tag>}:<hash of the family id>`
std::string family_key(std::string_view prefix, const FamilyId& family);

/// `<prefix>:marker`, the key that shows that the store was not emptied.
std::string marker_key(std::string_view prefix);

/// `<prefix>:probe`, a key that is never written.
std::string probe_key(std::string_view prefix);

}  // namespace oauth2::redis

#endif
