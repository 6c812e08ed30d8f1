#ifndef OAUTH2_SRC_REDIS_INDEX_SCRIPTS_H
#define OAUTH2_SRC_REDIS_INDEX_SCRIPTS_H

#include "redis/scripts.h"

namespace oauth2::redis {

/// The scripts that read and write the index of a user's families. They keep the rules of Script;
/// the records that an index leads to are in its slot. An index lives for half as long again as a
/// family without a refresh, so that it outlives the records, though they are noted in it again
/// only when half of that time is over.

/// As create_script(), with admission to an index: KEYS[3] = the index; ARGV[5] = the family's
/// member in it, ARGV[6] = its TTL in seconds, ARGV[7] = how many families the client and the user
/// may have, 0 for any number. The oldest beyond it become tombstones, then the index changes, then
/// the record is written. Of the other members some are looked at, and dropped if they are over, so
/// that an index that nobody lists does not grow for ever.
const Script& create_indexed_script();

/// Exchanges an authorization code. ARGV[2] = the state of a live record at the presented
/// generation and of the expected scope, ARGV[3] = the new head, ARGV[4] = the new TTL in seconds,
/// ARGV[5] = record_identity(). Writes if the record is exactly of that state and identity.
const Script& redeem_script(bool fenced);

/// The same with admission to an index: KEYS[2] = the index, ARGV[6] = the family's member, ARGV[7]
/// = the TTL of the index in seconds, ARGV[8] = how many families, ARGV[9] = the Unix time as 4
/// bytes.
const Script& redeem_indexed_script(bool fenced);

/// Notes a live family in an index. KEYS[2] = the index, ARGV[2] = the subject with its length in
/// front, ARGV[3] = the Unix time as 4 bytes, ARGV[4] = the TTL of the index in seconds. Answers as
/// the others.
const Script& refresh_index_script();

/// Reads a page of an index, the newest first, and drops what is over. KEYS[1] = the index, KEYS[2]
/// = the marker, ARGV[2] = the subject with its length in front, ARGV[3] = the position to start
/// from. Answers
///
///     'P' next ':' families      next: the position of the next page, empty on the last one
///
/// each family being its hash, PTTL ':' size ':' and its record of that size, up to the scope. The
/// fenced variant writes the marker as it is, for there may be no family and no index.
const Script& list_script(bool fenced);

/// Makes a live record of one subject a tombstone with the rest of its TTL, and takes it out of an
/// index. KEYS[2] = the index, ARGV[2] = the subject with its length in front. Another subject's
/// record is answered as if there were none.
const Script& end_script(bool fenced);

}  // namespace oauth2::redis

#endif
