// Pages of an index. The whole input is one, behind its 'P'.

#include <charconv>

#include "fuzz.h"
#include "redis/family_page.h"
#include "redis/record.h"

namespace oauth2::fuzz {
namespace {

std::string page_of(const StoreAnswer& answer) {
  std::string page =
      answer.next_start.has_value() ? std::to_string(*answer.next_start) : std::string();
  page.push_back(':');
  for (const ListedFamily& family : answer.families) {
    const std::string record = redis::encode_record(family.record);
    page.append(family.hash).append(std::to_string(family.remaining_ms)).append(":");
    page.append(std::to_string(record.size())).append(":").append(record);
  }
  return page;
}

}  // namespace

void run(Input& input) {
  const std::string text(input.rest());
  StoreAnswer answer;
  if (!redis::read_page(text, answer)) {
    return;
  }
  for (const ListedFamily& family : answer.families) {
    OAUTH2_HOLDS(family.hash.size() == family_hash_size);
    for (const std::string_view part :
         {family.hash, family.record.client, family.record.subject, family.record.scope}) {
      OAUTH2_HOLDS(lies_within(part, text));
    }
    OAUTH2_HOLDS(family.rotation_age_ms <= uint64_t{family.record.ttl_written} * 1000);
  }
  const std::string page = page_of(answer);
  StoreAnswer again;
  OAUTH2_HOLDS(redis::read_page(page, again));
  OAUTH2_HOLDS(again.next_start == answer.next_start);
  OAUTH2_HOLDS(page_of(again) == page);
}

}  // namespace oauth2::fuzz
