#ifndef OAUTH2_STORE_H
#define OAUTH2_STORE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "oauth2/family.h"
#include "oauth2/loss_breaker.h"

namespace oauth2 {

/// How far ahead of its record an authentic token may be: a failover can lose that many rotations
/// of a family.
constexpr uint32_t max_healed_distance = 64;

/// A live family of a user, as TokenStore::list() finds it.
struct ListedFamily {
  std::string_view hash;  ///< family_hash()
  FamilyRecord record;
  uint64_t remaining_ms = 0;     ///< of the record's TTL
  uint64_t rotation_age_ms = 0;  ///< since the last rotation, or since the grant
};

/// What the store says to one operation. The views in it are good until
/// StoreWaiter::store_answered() returns.
struct StoreAnswer {
  enum class Status {
    unavailable,     ///< nothing is certain: down, slow, read-only, out of memory, overloaded ...
    missing,         ///< there is no record of the family
    unknown_layout,  ///< there is one, of a newer release; it was left alone
    found,           ///< there was one before the operation: `record`
    written,         ///< as found, and the operation wrote
  };

  /// Whether the store says what is.
  bool is_certain() const {
    return status != Status::unavailable && status != Status::unknown_layout;
  }

  Status status = Status::unavailable;
  FamilyRecord record;           ///< as it was before the operation
  uint64_t remaining_ms = 0;     ///< of the record's TTL, where nothing was written
  uint64_t rotation_age_ms = 0;  ///< since the last rotation, by the store's clock; ditto
  /// Of a missing record, by read() and revoke(): the Unix time in seconds of the grant that was
  /// the first one after the store was empty; nothing if it is empty.
  std::optional<uint32_t> whole_since;
  /// Ditto: the Unix time in seconds at which an operator has said that what was granted before and
  /// is missing is lost for good; 0 if nobody has.
  uint32_t final_before = 0;
  /// Set where the operation was sent a second time: how long ago the first one left. It may have
  /// been executed, so what is found may be this operation's own work.
  std::optional<uint64_t> first_sent_ms_ago;
  /// By list(): a page of families, and where the next page starts; nothing after the last one.
  std::vector<ListedFamily> families;
  std::optional<uint32_t> next_start;
};

/// Somebody who waits for the store.
class StoreWaiter {
 public:
  virtual ~StoreWaiter() = default;

  /// The answer; called exactly once for an operation that was begun, even before the call that
  /// began it returns where the store takes no more, and not at all if still_wanted() said no.
  virtual void store_answered(const StoreAnswer& answer) = 0;

  /// Asked before an operation is first sent. False drops it: nothing reaches the store.
  virtual bool still_wanted() const = 0;
};

/// The rotation of a family from one generation to the next.
struct Rotation {
  uint32_t presented = 0;   ///< the generation of the token that the client sent
  uint32_t generation = 0;  ///< the newest one afterwards; as presented where renewal is off
  uint8_t key_id = 0;       ///< the key that mints `generation`
  uint32_t granted_at = 0;  ///< as the token says
  uint32_t ttl = 0;         ///< seconds, at least 1
  std::string_view scope;   ///< of the grant: a family of another one is not rotated
};

/// Where the families live, and perhaps an index of each user's families. An index is in step with
/// the records: the operations that found a family or end it write both at once. Every operation is
/// atomic for its family, waits at most until `deadline` (a time of Environment::monotonic_ms()),
/// keeps its waiter alive until it is over and takes copies of its arguments.
class TokenStore {
 public:
  virtual ~TokenStore() = default;

  /// Creates the record of a new family with record.ttl_written seconds to live. Answers `written`.
  /// A store with an index notes the family there and, if `max_families` is not 0, ends the oldest
  /// families of the same client and subject beyond that number, this one included. Generation 0 is
  /// an authorization code: it stands in no index and counts for no limit until redeem().
  virtual void create(const FamilyId& family, const FamilyRecord& record, uint32_t max_families,
                      uint64_t deadline, std::shared_ptr<StoreWaiter> waiter) = 0;

  /// Reads without changing anything, from a place that could also write. Answers `found`.
  virtual void read(const FamilyId& family, uint64_t deadline,
                    std::shared_ptr<StoreWaiter> waiter) = 0;

  /// Writes `rotation` if the record is live, its scope is rotation.scope and its generation is the
  /// presented one or at most max_healed_distance behind it: `written`, with the record as it was.
  /// Otherwise `found`. (A store may take scopes for the same that are not, once in thousands.)
  virtual void rotate(const FamilyId& family, const Rotation& rotation, uint64_t deadline,
                      std::shared_ptr<StoreWaiter> waiter) = 0;

  /// Exchanges an authorization code: writes `rotation` if the record is live, has this client and
  /// subject, its scope is rotation.scope and its generation is exactly the presented one, and
  /// admits the family to the index as create() does. Answers as rotate(). (The same holds of
  /// scopes.)
  virtual void redeem(const FamilyId& family, const Rotation& rotation, std::string_view client,
                      std::string_view subject, uint32_t max_families, uint64_t deadline,
                      std::shared_ptr<StoreWaiter> waiter) = 0;

  /// Notes a live family of `subject` in the index again, at the Unix time `now` and for one and a
  /// half times `ttl` seconds from now. Nobody waits for it: what is lost is made up for by the
  /// next one. Does nothing where there is no index.
  virtual void refresh_index(const FamilyId& family, std::string_view subject, uint32_t now,
                             uint32_t ttl, uint64_t deadline) = 0;

  /// A page of the live families of exactly `subject` that the index has, from position `start` on,
  /// the newest first: `found`. What is over leaves the index. A family that begins or ends between
  /// two pages may move another one over their border. With `to_end`, for somebody who ends them
  /// all, a page is as safe from a failover as what end() answers.
  virtual void list(std::string_view subject, uint32_t start, bool to_end, uint64_t deadline,
                    std::shared_ptr<StoreWaiter> waiter) = 0;

  /// Ends the family of `subject` with this family_hash(), as revoke() does, and takes it out of
  /// the index. Another subject's family is `missing`.
  virtual void end(std::string_view subject, std::string_view hash, uint64_t deadline,
                   std::shared_ptr<StoreWaiter> waiter) = 0;

  /// Turns the record into a tombstone with the rest of its TTL: `written`. A tombstone stays one:
  /// `found`.
  virtual void revoke(const FamilyId& family, uint64_t deadline,
                      std::shared_ptr<StoreWaiter> waiter) = 0;

  /// What notices that the store has lost many records at once. It lives as long as the store.
  virtual LossBreaker& breaker() = 0;

  /// How much longer than `window_ms` a lost reply may lie back: the time since the last outage
  /// began, if it is not over or ended less than a window ago; else 0.
  virtual uint64_t outage_allowance_ms(uint64_t window_ms) const = 0;

  /// Whether what rotate() answers is safe from a failover. What read() shows of a rotation is not:
  /// it is as soon as the same rotation, which finds it done, is answered.
  virtual bool waits_for_rotations() const = 0;

  /// How long one request may wait for the store in all, in milliseconds.
  virtual uint64_t request_budget_ms() const = 0;
};

}  // namespace oauth2

#endif
