#include "redis/family_page.h"

#include <charconv>

#include "redis/record.h"

namespace oauth2::redis {
namespace {

// Splits "number:rest".
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const char* const end = text.data() + colon;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  text.remove_prefix(colon + 1);
  return error == std::errc() && stop == end;
}

}  // namespace

bool take_ttl(std::string_view& text, uint64_t& ttl_ms) {
  int64_t ttl = 0;
  if (!take_number(text, ttl)) {
    return false;
  }
  ttl_ms = ttl > 0 ? static_cast<uint64_t>(ttl) : 0;
  return true;
}

bool read_page(std::string_view text, StoreAnswer& answer) {
  if (!text.empty() && text.front() == ':') {
    text.remove_prefix(1);
  } else if (!take_number(text, answer.next_start.emplace())) {
    return false;
  }
  while (!text.empty()) {
    ListedFamily family;
    family.hash = text.substr(0, family_hash_size);
    text.remove_prefix(family.hash.size());
    size_t size = 0;
    if (!take_ttl(text, family.remaining_ms) || !take_number(text, size) || size > text.size()) {
      return false;
    }
    if (decode_record(text.substr(0, size), family.record)) {
      family.rotation_age_ms = rotation_age_ms(family.record, family.remaining_ms);
      answer.families.push_back(family);
    }
    text.remove_prefix(size);
  }
  return true;
}

uint64_t rotation_age_ms(const FamilyRecord& record, uint64_t remaining_ms) {
  const uint64_t written_ms = uint64_t{record.ttl_written} * 1000;
  return written_ms > remaining_ms ? written_ms - remaining_ms : 0;
}

}  // namespace oauth2::redis
