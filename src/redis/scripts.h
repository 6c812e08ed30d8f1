#ifndef OAUTH2_SRC_REDIS_SCRIPTS_H
#define OAUTH2_SRC_REDIS_SCRIPTS_H

#include <string>

namespace oauth2::redis {

/// A Lua script and the name under which Redis keeps it. KEYS[1] is the family's key and ARGV[1] a
/// nonce of nonce_size bytes, with which the reply, one string, begins. After it:
///
///     'M' marker                 there is no record (the marker, if it exists and was asked for)
///     'F' PTTL ':' record        a record, and nothing was written
///     'W' record                 the record as it was before the write
///
/// The first command of each is write-flagged, so that a replica or a master without enough
/// replicas refuses; nothing that could fail follows a write.
struct Script {
  explicit Script(std::string text);

  std::string source;
  std::string sha1;
};

/// A script and its variant for a store that waits for replicas: WAIT vouches for what its own
/// connection has written, so the variant writes a record that it answers with 'F' once more,
/// bytes and TTL as they are. A record of an unknown layout it leaves alone, as the other does.
class FencedScript {
 public:
  explicit FencedScript(std::string text);

  const Script& get(bool fenced) const { return fenced ? fenced_ : plain_; }

 private:
  const Script plain_;
  const Script fenced_;
};

constexpr size_t nonce_size = 8;

/// Writes always. KEYS[2] = the marker; ARGV[2] = the record, ARGV[3] = its TTL in seconds, ARGV[4]
/// = granted-at.
const Script& create_script();

/// Reads the record. KEYS[2] = the marker.
const Script& read_script();

/// ARGV[2] = the state of a live record at the presented generation and of the expected scope,
/// ARGV[3] = the new head, ARGV[4] = the new TTL in seconds. Writes if the record is of that scope
/// and its generation is the presented one or at most 64 (max_healed_distance) behind it.
const Script& rotate_script(bool fenced);

/// Makes a live record a tombstone with the rest of its TTL. KEYS[2] = the marker.
const Script& revoke_script(bool fenced);

}  // namespace oauth2::redis

#endif
