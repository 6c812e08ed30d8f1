#ifndef OAUTH2_T_UNIT_FAKE_TOKEN_STORE_H
#define OAUTH2_T_UNIT_FAKE_TOKEN_STORE_H

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oauth2/store.h"

namespace oauth2 {

/// The time of a test: it stands still until it is moved.
struct FakeClock {
  uint64_t now_ms = 1000000;
};

/// A TokenStore in memory, held to the contract of store.h by the suite that the real one passes.
/// Operations wait until run(), as they would for the network.
class FakeTokenStore final : public TokenStore {
 public:
  /// What becomes of one operation.
  enum class Fate {
    done,        ///< executed and answered
    refused,     ///< not executed; the answer is `unavailable`
    reply_lost,  ///< executed, but the answer is `unavailable`
    repeated,    ///< executed, the reply lost, and sent again: executed twice
  };

  /// The record of one family.
  struct Family {
    bool unknown_layout = false;
    bool revoked = false;
    uint32_t generation = 0;
    uint8_t key_id = 0;
    uint32_t ttl_written = 0;
    uint32_t granted_at = 0;
    uint32_t indexed_at = 0;
    std::string client;
    std::string subject;
    std::string scope;
    uint64_t expires_ms = 0;
  };

  /// `clock` outlives the store.
  explicit FakeTokenStore(const FakeClock& clock) : clock_(clock) {}

  void create(const FamilyId& family, const FamilyRecord& record, uint32_t max_families,
              uint64_t deadline, std::shared_ptr<StoreWaiter> waiter) override;
  void read(const FamilyId& family, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter) override;
  void rotate(const FamilyId& family, const Rotation& rotation, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  void redeem(const FamilyId& family, const Rotation& rotation, std::string_view client,
              std::string_view subject, uint32_t max_families, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  void refresh_index(const FamilyId& family, std::string_view subject, uint32_t now, uint32_t ttl,
                     uint64_t deadline) override;
  void list(std::string_view subject, uint32_t start, bool to_end, uint64_t deadline,
            std::shared_ptr<StoreWaiter> waiter) override;
  void end(std::string_view subject, std::string_view hash, uint64_t deadline,
           std::shared_ptr<StoreWaiter> waiter) override;
  void revoke(const FamilyId& family, uint64_t deadline,
              std::shared_ptr<StoreWaiter> waiter) override;
  LossBreaker& breaker() override { return breaker_; }
  uint64_t outage_allowance_ms(uint64_t window_ms) const override;
  bool waits_for_rotations() const override { return waits; }
  uint64_t request_budget_ms() const override { return 3000; }

  /// Executes and answers the operation that waits longest, if there is one.
  bool run_one();

  /// Executes and answers all that wait, and what they lead to.
  void run() {
    while (run_one()) {
    }
  }

  /// The fates of the next operations, in order; those after them are done.
  std::deque<Fate> fates;

  /// The store is down from now on, or up again. The down time of outages less than half a minute
  /// apart adds up.
  void begin_outage();
  void end_outage();

  /// All that the store knows, for a test that goes back in time.
  struct State {
    std::map<Bytes<16>, Family> families;
    std::map<Bytes<16>, std::deque<std::optional<Family>>> before_last_writes;  // newest last
    bool down = false;
    uint64_t outage_began_ms = 0;
    uint64_t outage_ended_ms = 0;
    uint64_t down_before_ms = 0;  // in the outages shortly before the last one
    std::optional<uint32_t> marker;
    uint32_t final_before = 0;    // also of the marker
    std::vector<FamilyId> index;  // of all subjects, the newest last
  };
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

  /// Whether there is an index of each subject's families, and how many a page of it has.
  bool keeps_index = false;
  size_t page_size = 3;

  /// Whether it says that rotations wait for replicas.
  bool waits = false;

  /// The record of `family` as it is, or null.
  Family* find(const FamilyId& family);

  /// A failover to a replica that had not seen the last writes to any family, so many of each; the
  /// store keeps kept_writes. What the replica has is not lost any more.
  void lose_writes(size_t count);
  void lose_last_write() { lose_writes(1); }
  static constexpr size_t kept_writes = 3;

  /// A failover to a node whose clock is so much ahead of the last one's, or behind it.
  void shift_clock(int64_t ahead_ms);

  /// All data is gone, and nothing else has changed.
  void wipe();

  /// All families are gone, but not the marker.
  void lose_families();

  /// An operator says at the Unix time `now` that what is missing is lost for good.
  void accept_loss(uint32_t now);

  /// What is counted of missing records, and as many other families missing as open the breaker.
  LossState losses{};
  void open_breaker();

  size_t waiting() const { return queue_.size(); }

  /// What reached the store so far.
  int creates = 0;
  int reads = 0;
  int rotations = 0;
  int revocations = 0;
  int redemptions = 0;
  int index_refreshes = 0;
  int pages = 0;
  int pages_to_end = 0;
  int ends = 0;
  int executed() const {
    return creates + reads + rotations + revocations + redemptions + index_refreshes + pages + ends;
  }

  uint64_t last_deadline = 0;
  uint32_t last_rotation_ttl = 0;

 private:
  using Work = std::function<StoreAnswer()>;
  struct Operation {
    Work work;
    std::shared_ptr<StoreWaiter> waiter;
  };

  void begin(uint64_t deadline, std::shared_ptr<StoreWaiter> waiter, Work work);
  StoreAnswer rotate_record(const FamilyId& family, Family& record, const Rotation& rotation);
  StoreAnswer make_tombstone(const FamilyId& family, const Family& record);
  void admit(const FamilyId& family, Family& record, uint32_t now, uint32_t max_families);
  void drop(const FamilyId& family);
  StoreAnswer missing();
  StoreAnswer answer(StoreAnswer::Status status, const Family& family);
  void write(const FamilyId& family, const Family& record);

  const FakeClock& clock_;
  LossBreaker breaker_{losses};
  std::deque<Operation> queue_;
  State state_;
  static FamilyRecord view_of(const Family& family);

  Family shown_;                       // what the views of the last answer point into
  std::deque<Family> shown_families_;  // and those of the last page
  std::deque<std::string> shown_hashes_;
};

}  // namespace oauth2

#endif
