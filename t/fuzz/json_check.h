#ifndef OAUTH2_T_FUZZ_JSON_CHECK_H
#define OAUTH2_T_FUZZ_JSON_CHECK_H

#include <string_view>

namespace oauth2::fuzz {

/// Whether `text` is one JSON object (RFC 8259), and UTF-8 in its strings.
bool is_json_object(std::string_view text);

}  // namespace oauth2::fuzz

#endif
