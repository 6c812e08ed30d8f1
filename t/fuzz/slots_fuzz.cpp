// What the nodes of a cluster say about slots: a reply to CLUSTER SLOTS and, behind it, an error.

#include "fuzz.h"
#include "redis/key_slot.h"
#include "redis/slot_ranges.h"

namespace oauth2::fuzz {
namespace {

using redis::Endpoint;
using redis::Reply;
using redis::ReplyReader;

void check_endpoint(const Endpoint& endpoint) {
  OAUTH2_HOLDS(!endpoint.host.empty() && endpoint.host != "?");
  OAUTH2_HOLDS(endpoint.port != 0 && endpoint.unix_path.empty());
}

}  // namespace

void run(Input& input) {
  const Endpoint asked = {"", "10.0.0.9", 7009};
  const std::string bytes(input.rest().substr(0, 60000));
  ReplyReader reader(65536, 64);
  if (!reader.feed(bytes)) {
    return;
  }
  for (Reply reply; reader.next(reply) == ReplyReader::Result::reply;) {
    OAUTH2_HOLDS(reply.elements.size() <= 64);
    for (const redis::SlotRange& range : read_slot_ranges(reply, asked)) {
      OAUTH2_HOLDS(range.first <= range.last && range.last < redis::slot_count);
      check_endpoint(range.primary);
      for (const Endpoint& replica : range.replicas) {
        check_endpoint(replica);
      }
    }
    const auto target = redirect_target(reply.text, asked);
    if (target.has_value()) {
      check_endpoint(*target);
      OAUTH2_HOLDS(reply.text.find(std::to_string(target->port)) != std::string::npos);
    }
  }
}

}  // namespace oauth2::fuzz
