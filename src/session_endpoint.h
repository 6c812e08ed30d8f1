#ifndef OAUTH2_SRC_SESSION_ENDPOINT_H
#define OAUTH2_SRC_SESSION_ENDPOINT_H

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "oauth2/endpoint.h"

namespace oauth2 {

class Exchange;

/// The most families that one answer lists; it says if there are more.
constexpr size_t max_listed_families = 1000;

/// What the steps of a request for a user's families leave for the next one.
struct SessionProgress {
  std::set<std::string> listed;  ///< by family_hash()
  std::string list;              ///< the JSON of those, with commas between them

  std::vector<std::string> to_end;  ///< of the page at hand, the next one last
  uint32_t start = 0;               ///< where that page begins
  uint64_t ended = 0;
};

/// The endpoint of an administrator who shows and ends a user's families. It authenticates nobody:
/// nginx guards the location.
void answer_session_request(Exchange& exchange);

/// How it answers an error.
Response session_error(const Exchange& exchange, Error error, std::string_view description);

}  // namespace oauth2

#endif
