#ifndef OAUTH2_SRC_REDIS_SLOT_RANGES_H
#define OAUTH2_SRC_REDIS_SLOT_RANGES_H

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "redis/endpoint.h"
#include "redis/reply.h"

namespace oauth2::redis {

/// Consecutive hash slots of a Redis Cluster, and who serves them.
struct SlotRange {
  uint16_t first = 0;
  uint16_t last = 0;
  Endpoint primary;
  std::vector<Endpoint> replicas;
};

/// Reads what the node at `asked` replied to CLUSTER SLOTS; empty if it is no such reply, or names
/// no slot. A node that does not know its own address is `asked`.
std::vector<SlotRange> read_slot_ranges(const Reply& reply, const Endpoint& asked);

/// The endpoint in "MOVED 3999 127.0.0.1:6381" or "ASK ..." of the node at `asked`, which stands
/// for an empty host; null if there is none.
std::optional<Endpoint> redirect_target(std::string_view error, const Endpoint& asked);

}  // namespace oauth2::redis

#endif
