#ifndef OAUTH2_SRC_REDIS_FAMILY_PAGE_H
#define OAUTH2_SRC_REDIS_FAMILY_PAGE_H

#include <string_view>

#include "oauth2/store.h"

namespace oauth2::redis {

/// Reads the number of milliseconds before the first ':' of `text`, which then begins behind it; a
/// key without TTL, -1, has none left. False if `text` is not of that form.
bool take_ttl(std::string_view& text, uint64_t& ttl_ms);

/// Reads what list_script() answers behind its 'P' into families and next_start of `answer`, which
/// then view `text`. False if it is not of that form; a family whose record cannot be read is left
/// out.
bool read_page(std::string_view text, StoreAnswer& answer);

/// How long ago a record was rotated that has `remaining_ms` of its TTL left.
uint64_t rotation_age_ms(const FamilyRecord& record, uint64_t remaining_ms);

}  // namespace oauth2::redis

#endif
