#include "redis/record.h"

#include "base64.h"

namespace oauth2::redis {
namespace {

constexpr char layout = 1;
constexpr char live = 'L';
constexpr char revoked = 'R';

bool skip_fields(ByteReader& reader) {
  while (reader.ok() && !reader.rest().empty()) {
    reader.u8();
    reader.take(reader.u16());
  }
  return reader.ok();
}

}  // namespace

uint16_t scope_tag(std::string_view scope) {
  uint32_t hash = 2166136261U;
  for (const char character : scope) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 16777619U;
  }
  return static_cast<uint16_t>(hash >> 16 ^ hash);
}

std::string record_head(uint32_t generation, std::string_view scope, uint8_t key_id, uint32_t ttl,
                        uint32_t granted_at) {
  std::string head = {layout, live};
  append_u32(head, generation);
  append_u16(head, scope_tag(scope));
  head.push_back(static_cast<char>(key_id));
  append_u32(head, ttl);
  append_u32(head, granted_at);
  return head;
}

std::string encode_record(const FamilyRecord& record) {
  std::string bytes = record_head(record.generation, record.scope, record.key_id,
                                  record.ttl_written, record.granted_at);
  if (record.revoked) {
    bytes[1] = revoked;
  }
  bytes.push_back(static_cast<char>(record.client.size()));
  bytes.append(record.client);
  bytes.push_back(static_cast<char>(record.subject.size()));
  bytes.append(record.subject);
  append_u16(bytes, static_cast<uint16_t>(record.scope.size()));
  bytes.append(record.scope);
  return bytes;
}

bool decode_record(std::string_view bytes, FamilyRecord& record) {
  ByteReader reader(bytes);
  const char version = static_cast<char>(reader.u8());
  const char state = static_cast<char>(reader.u8());
  record.revoked = state == revoked;
  record.generation = reader.u32();
  reader.u16();  // the scope tag
  record.key_id = reader.u8();
  record.ttl_written = reader.u32();
  record.granted_at = reader.u32();
  record.client = reader.take(reader.u8());
  record.subject = reader.take(reader.u8());
  record.scope = reader.take(reader.u16());
  return reader.ok() && version == layout && (state == live || state == revoked) &&
         skip_fields(reader);
}

std::string family_key(std::string_view prefix, const FamilyId& family) {
  std::string key(prefix);
  key.append(":{");
  append_base64url(key, family.tag());
  key.append("}:");
  key.append(family_hash(family));
  return key;
}

std::string marker_key(std::string_view prefix) {
  return std::string(prefix).append(":marker");
}

std::string probe_key(std::string_view prefix) {
  return std::string(prefix).append(":probe");
}

}  // namespace oauth2::redis
