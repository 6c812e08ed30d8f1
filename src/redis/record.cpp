#include "redis/record.h"

#include <array>
#include <limits>

#include "base64.h"
#include "crypto.h"
#include "redis/key_slot.h"

namespace oauth2::redis {
namespace {

constexpr char layout = 1;
constexpr char live = 'L';
constexpr char revoked = 'R';

constexpr uint8_t indexed_at_tag = 1;
constexpr size_t subject_hash_bytes = 16;

bool read_fields(ByteReader& reader, FamilyRecord& record) {
  record.indexed_at = 0;
  while (reader.ok() && !reader.rest().empty()) {
    const uint8_t tag = reader.u8();
    const std::string_view content = reader.take(reader.u16());
    if (tag == indexed_at_tag && content.size() == sizeof(record.indexed_at)) {
      record.indexed_at = ByteReader(content).u32();
    }
  }
  return reader.ok();
}

using SlotNumbers = std::array<uint32_t, slot_count>;

// The smallest number of each slot. The last one that is found is 109757.
SlotNumbers number_slots() {
  constexpr uint32_t none = std::numeric_limits<uint32_t>::max();
  SlotNumbers numbers;
  numbers.fill(none);
  uint32_t left = slot_count;
  for (uint32_t number = 0; left != 0; ++number) {
    uint32_t& place = numbers[key_slot(std::to_string(number))];
    if (place == none) {
      place = number;
      --left;
    }
  }
  return numbers;
}

std::string slot_tag(uint16_t slot) {
  static const SlotNumbers numbers = number_slots();
  return ":{" + std::to_string(numbers[slot]) + "}";
}

std::string slot_key(std::string_view prefix, std::string_view tag) {
  std::string key;
  key.reserve(prefix.size() + 2 * family_hash_size);  // of a family's key, which is no longer
  key.append(prefix).append(":{");
  append_base64url(key, tag);
  key.append("}:");
  return key;
}

std::string user_key(std::string_view prefix, std::string_view subject) {
  return slot_key(prefix, new_family(subject, {}).tag());
}

}  // namespace

uint16_t scope_tag(std::string_view scope) {
  uint32_t hash = 2166136261U;
  for (const char character : scope) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 16777619U;
  }
  return static_cast<uint16_t>(hash >> 16 ^ hash);
}

RecordHead record_head(uint32_t generation, uint16_t scope_tag, uint8_t key_id, uint32_t ttl,
                       uint32_t granted_at) {
  RecordHead head;
  ByteWriter writer(head.data());
  writer.u8(layout);
  writer.u8(live);
  writer.u32(generation);
  writer.u16(scope_tag);
  writer.u8(key_id);
  writer.u32(ttl);
  writer.u32(granted_at);
  return head;
}

std::string record_identity(std::string_view client, std::string_view subject) {
  std::string bytes;
  bytes.push_back(static_cast<char>(client.size()));
  bytes.append(client);
  bytes.push_back(static_cast<char>(subject.size()));
  bytes.append(subject);
  return bytes;
}

std::string encode_record(const FamilyRecord& record) {
  std::string bytes(view(record_head(record.generation, scope_tag(record.scope), record.key_id,
                                     record.ttl_written, record.granted_at)));
  if (record.revoked) {
    bytes[1] = revoked;
  }
  bytes.append(record_identity(record.client, record.subject));
  append_u16(bytes, static_cast<uint16_t>(record.scope.size()));
  bytes.append(record.scope);
  if (record.indexed_at != 0) {
    bytes.push_back(indexed_at_tag);
    append_u16(bytes, sizeof(record.indexed_at));
    append_u32(bytes, record.indexed_at);
  }
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
         record.scope.size() <= max_scope_size && read_fields(reader, record);
}

std::string family_key(std::string_view prefix, const FamilyId& family) {
  std::string key = slot_key(prefix, family.tag());
  append_family_hash(key, family);
  return key;
}

std::string family_key(std::string_view prefix, std::string_view subject, std::string_view hash) {
  return user_key(prefix, subject).append(hash);
}

std::string index_key(std::string_view prefix, std::string_view subject) {
  const Digest digest = sha256(subject);
  return user_key(prefix, subject)
      .append("sessions:")
      .append(base64url(view(digest).substr(0, subject_hash_bytes)));
}

std::string index_member(std::string_view hash, std::string_view client) {
  return std::string(hash).append(client);
}

std::string marker_key(std::string_view prefix) {
  return std::string(prefix).append(":marker");
}

std::string marker_key(std::string_view prefix, uint16_t slot) {
  return marker_key(prefix).append(slot_tag(slot));
}

std::string probe_key(std::string_view prefix) {
  return std::string(prefix).append(":probe");
}

std::string probe_key(std::string_view prefix, uint16_t slot) {
  return probe_key(prefix).append(slot_tag(slot));
}

}  // namespace oauth2::redis
