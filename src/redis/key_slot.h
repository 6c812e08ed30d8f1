#ifndef OAUTH2_SRC_REDIS_KEY_SLOT_H
#define OAUTH2_SRC_REDIS_KEY_SLOT_H

#include <cstdint>
#include <string_view>

namespace oauth2::redis {

/// How many hash slots a Redis Cluster has.
constexpr uint16_t slot_count = 16384;

/// The hash slot of `key` in a Redis Cluster (Redis Cluster specification, "Key distribution
/// model" and "Hash tags"): the CRC16 of what stands between its first "{" and the next "}", or of
/// the whole key where nothing does, modulo slot_count.
uint16_t key_slot(std::string_view key);

}  // namespace oauth2::redis

#endif
