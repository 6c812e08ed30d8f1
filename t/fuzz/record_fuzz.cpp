// The records of families. The whole input is one.

#include "fuzz.h"
#include "redis/record.h"

namespace oauth2::fuzz {

void run(Input& input) {
  const std::string bytes(input.rest());
  FamilyRecord record;
  if (!redis::decode_record(bytes, record)) {
    return;
  }
  for (const std::string_view part : {record.client, record.subject, record.scope}) {
    OAUTH2_HOLDS(lies_within(part, bytes));
  }
  OAUTH2_HOLDS(bytes.size() >= redis::record_head_size + 4);

  // What was read is what stands there, up to the scope tag and the fields behind the scope.
  const std::string again = redis::encode_record(record);
  const size_t size = redis::record_head_size + 4 + record.client.size() + record.subject.size() +
                      record.scope.size();
  OAUTH2_HOLDS(again.compare(0, 6, bytes, 0, 6) == 0);
  OAUTH2_HOLDS(again.compare(8, size - 8, bytes, 8, size - 8) == 0);

  FamilyRecord read;
  OAUTH2_HOLDS(redis::decode_record(again, read));
  OAUTH2_HOLDS(read.revoked == record.revoked && read.generation == record.generation);
  OAUTH2_HOLDS(read.indexed_at == record.indexed_at && read.scope == record.scope);
  OAUTH2_HOLDS(redis::encode_record(read) == again);

  // Nor does a part of it pass for a record.
  for (size_t cut = 0; cut < size; ++cut) {
    OAUTH2_HOLDS(!redis::decode_record(std::string(bytes, 0, cut), read));
  }
}

}  // namespace oauth2::fuzz
