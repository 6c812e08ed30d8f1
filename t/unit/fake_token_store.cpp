#include "fake_token_store.h"

#include <algorithm>
#include <utility>

namespace oauth2 {
namespace {

constexpr uint64_t longest_window_ms = 30000;

class Nobody final : public StoreWaiter {
 public:
  void store_answered(const StoreAnswer&) override {}
  bool still_wanted() const override { return true; }
};

}  // namespace

void FakeTokenStore::create(const FamilyId& family, const FamilyRecord& record,
                            uint32_t max_families, uint64_t deadline,
                            std::shared_ptr<StoreWaiter> waiter) {
  Family made;
  made.revoked = record.revoked;
  made.generation = record.generation;
  made.key_id = record.key_id;
  made.ttl_written = record.ttl_written;
  made.granted_at = record.granted_at;
  made.client = record.client;
  made.subject = record.subject;
  made.scope = record.scope;
  begin(deadline, std::move(waiter), [this, family, made, max_families]() mutable {
    ++creates;
    state_.marker = state_.marker.value_or(made.granted_at);
    made.expires_ms = clock_.now_ms + uint64_t{made.ttl_written} * 1000;
    if (made.generation != 0) {
      admit(family, made, made.granted_at, max_families);
    }
    write(family, made);
    return answer(StoreAnswer::Status::written, made);
  });
}

void FakeTokenStore::read(const FamilyId& family, uint64_t deadline,
                          std::shared_ptr<StoreWaiter> waiter) {
  begin(deadline, std::move(waiter), [this, family] {
    ++reads;
    const Family* record = find(family);
    return record != nullptr ? answer(StoreAnswer::Status::found, *record) : missing();
  });
}

void FakeTokenStore::rotate(const FamilyId& family, const Rotation& rotation, uint64_t deadline,
                            std::shared_ptr<StoreWaiter> waiter) {
  const std::string scope(rotation.scope);
  last_rotation_ttl = rotation.ttl;
  begin(deadline, std::move(waiter), [this, family, rotation, scope] {
    ++rotations;
    const Family* record = find(family);
    if (record == nullptr) {
      return answer(StoreAnswer::Status::missing, Family());
    }
    const bool reachable = rotation.presented >= record->generation &&
                           rotation.presented - record->generation <= max_healed_distance;
    if (record->unknown_layout || record->revoked || record->scope != scope || !reachable) {
      return answer(StoreAnswer::Status::found, *record);
    }
    Family rotated = *record;
    return rotate_record(family, rotated, rotation);
  });
}

void FakeTokenStore::redeem(const FamilyId& family, const Rotation& rotation,
                            std::string_view client, std::string_view subject,
                            uint32_t max_families, uint64_t deadline,
                            std::shared_ptr<StoreWaiter> waiter) {
  const auto matches = [rotation, scope = std::string(rotation.scope), client = std::string(client),
                        subject = std::string(subject)](const Family& record) {
    return !record.unknown_layout && !record.revoked && record.scope == scope &&
           record.client == client && record.subject == subject &&
           record.generation == rotation.presented;
  };
  begin(deadline, std::move(waiter), [this, family, rotation, matches, max_families] {
    ++redemptions;
    const Family* record = find(family);
    if (record == nullptr) {
      return answer(StoreAnswer::Status::missing, Family());
    }
    if (!matches(*record)) {
      return answer(StoreAnswer::Status::found, *record);
    }
    Family redeemed = *record;
    admit(family, redeemed, rotation.granted_at, max_families);
    return rotate_record(family, redeemed, rotation);
  });
}

// The record as it was, and `record` with the rotation in its place.
StoreAnswer FakeTokenStore::rotate_record(const FamilyId& family, Family& record,
                                          const Rotation& rotation) {
  const StoreAnswer before = answer(StoreAnswer::Status::written, *find(family));
  record.generation = rotation.generation;
  record.key_id = rotation.key_id;
  record.granted_at = rotation.granted_at;
  record.ttl_written = rotation.ttl;
  record.expires_ms = clock_.now_ms + uint64_t{rotation.ttl} * 1000;
  write(family, record);
  return before;
}

void FakeTokenStore::admit(const FamilyId& family, Family& record, uint32_t now,
                           uint32_t max_families) {
  if (!keeps_index) {
    return;
  }
  record.indexed_at = now;
  drop(family);
  const std::vector<FamilyId> newest_first(state_.index.rbegin(), state_.index.rend());
  uint32_t count = 1;
  for (const FamilyId& other : newest_first) {
    const Family* found = find(other);
    const bool alike = found != nullptr && !found->unknown_layout && !found->revoked &&
                       found->client == record.client && found->subject == record.subject;
    if (max_families != 0 && alike && ++count > max_families) {
      make_tombstone(other, *found);
      drop(other);
    }
  }
  state_.index.push_back(family);
}

void FakeTokenStore::drop(const FamilyId& family) {
  const auto is_it = [&](const FamilyId& other) { return other.bytes == family.bytes; };
  state_.index.erase(std::remove_if(state_.index.begin(), state_.index.end(), is_it),
                     state_.index.end());
}

void FakeTokenStore::refresh_index(const FamilyId& family, std::string_view subject, uint32_t now,
                                   uint32_t, uint64_t deadline) {
  if (!keeps_index) {
    return;
  }
  begin(deadline, std::make_shared<Nobody>(), [this, family, now, subject = std::string(subject)] {
    ++index_refreshes;
    const Family* record = find(family);
    if (record == nullptr || record->unknown_layout || record->revoked ||
        record->subject != subject) {
      return missing();
    }
    Family noted = *record;
    noted.indexed_at = now;
    const StoreAnswer before = answer(StoreAnswer::Status::written, *record);
    write(family, noted);
    const bool known =
        std::any_of(state_.index.begin(), state_.index.end(),
                    [&](const FamilyId& other) { return other.bytes == family.bytes; });
    if (!known) {
      state_.index.insert(state_.index.begin(), family);
    }
    return before;
  });
}

void FakeTokenStore::list(std::string_view subject, uint32_t start, bool to_end, uint64_t deadline,
                          std::shared_ptr<StoreWaiter> waiter) {
  begin(deadline, std::move(waiter), [this, start, to_end, subject = std::string(subject)] {
    ++pages;
    pages_to_end += to_end ? 1 : 0;
    shown_families_.clear();
    shown_hashes_.clear();
    const std::vector<FamilyId> newest_first(state_.index.rbegin(), state_.index.rend());
    StoreAnswer page;
    page.status = StoreAnswer::Status::found;
    uint32_t position = 0;
    for (const FamilyId& family : newest_first) {
      const Family* record = find(family);
      if (record == nullptr || record->revoked) {
        drop(family);
        continue;
      }
      if (record->unknown_layout || record->subject != subject || position++ < start) {
        continue;
      }
      if (page.families.size() == page_size) {
        page.next_start = position - 1;
        break;
      }
      shown_hashes_.push_back(family_hash(family));
      shown_families_.push_back(*record);
      const StoreAnswer times = answer(StoreAnswer::Status::found, *record);
      page.families.push_back({shown_hashes_.back(), view_of(shown_families_.back()),
                               times.remaining_ms, times.rotation_age_ms});
    }
    return page;
  });
}

void FakeTokenStore::end(std::string_view subject, std::string_view hash, uint64_t deadline,
                         std::shared_ptr<StoreWaiter> waiter) {
  begin(deadline, std::move(waiter),
        [this, subject = std::string(subject), hash = std::string(hash)] {
          ++ends;
          const std::map<Bytes<16>, Family> families = state_.families;
          for (const auto& [id, record] : families) {
            const FamilyId family{id};
            if (family_hash(family) != hash || find(family) == nullptr) {
              continue;
            }
            if (record.unknown_layout) {
              return answer(StoreAnswer::Status::found, record);
            }
            if (record.subject != subject) {
              break;
            }
            drop(family);
            return record.revoked ? answer(StoreAnswer::Status::found, record)
                                  : make_tombstone(family, record);
          }
          return answer(StoreAnswer::Status::missing, Family());
        });
}

void FakeTokenStore::revoke(const FamilyId& family, uint64_t deadline,
                            std::shared_ptr<StoreWaiter> waiter) {
  begin(deadline, std::move(waiter), [this, family] {
    ++revocations;
    const Family* record = find(family);
    if (record == nullptr) {
      return missing();
    }
    if (record->unknown_layout || record->revoked) {
      return answer(StoreAnswer::Status::found, *record);
    }
    drop(family);
    return make_tombstone(family, *record);
  });
}

StoreAnswer FakeTokenStore::make_tombstone(const FamilyId& family, const Family& record) {
  Family tombstone = record;
  tombstone.revoked = true;
  const StoreAnswer before = answer(StoreAnswer::Status::written, record);
  write(family, tombstone);
  return before;
}

uint64_t FakeTokenStore::outage_allowance_ms(uint64_t window_ms) const {
  const bool recent = state_.down || (state_.outage_began_ms != 0 &&
                                      clock_.now_ms - state_.outage_ended_ms < window_ms);
  return recent ? clock_.now_ms - state_.outage_began_ms + state_.down_before_ms : 0;
}

bool FakeTokenStore::run_one() {
  if (queue_.empty()) {
    return false;
  }
  Operation operation = std::move(queue_.front());
  queue_.pop_front();
  if (!operation.waiter->still_wanted()) {
    return true;
  }
  Fate fate = Fate::done;
  if (!fates.empty()) {
    fate = fates.front();
    fates.pop_front();
  }
  if (state_.down) {
    fate = Fate::refused;
  }
  StoreAnswer result;
  if (fate != Fate::refused) {
    result = operation.work();
  }
  if (fate == Fate::repeated) {
    result = operation.work();
    result.first_sent_ms_ago = 0;
  }
  if (fate == Fate::reply_lost) {
    result = StoreAnswer();
  }
  operation.waiter->store_answered(result);
  return true;
}

void FakeTokenStore::begin_outage() {
  const bool close =
      state_.outage_began_ms != 0 && clock_.now_ms - state_.outage_ended_ms < longest_window_ms;
  const uint64_t last_ms = state_.outage_ended_ms - state_.outage_began_ms;
  state_.down_before_ms = close ? state_.down_before_ms + last_ms : 0;
  state_.outage_began_ms = clock_.now_ms;
  state_.down = true;
}

void FakeTokenStore::end_outage() {
  state_.down = false;
  state_.outage_ended_ms = clock_.now_ms;
}

FakeTokenStore::Family* FakeTokenStore::find(const FamilyId& family) {
  const auto found = state_.families.find(family.bytes);
  if (found == state_.families.end()) {
    return nullptr;
  }
  if (found->second.expires_ms <= clock_.now_ms) {
    state_.families.erase(found);
    return nullptr;
  }
  return &found->second;
}

void FakeTokenStore::lose_writes(size_t count) {
  for (const auto& [family, before] : state_.before_last_writes) {
    const std::optional<Family>& seen = before[before.size() - std::min(count, before.size())];
    if (seen.has_value()) {
      state_.families[family] = *seen;
    } else {
      state_.families.erase(family);
    }
  }
  state_.before_last_writes.clear();
}

void FakeTokenStore::shift_clock(int64_t ahead_ms) {
  const auto shift = [&](Family& family) { family.expires_ms -= static_cast<uint64_t>(ahead_ms); };
  for (auto& [id, family] : state_.families) {
    shift(family);
  }
  for (auto& [id, writes] : state_.before_last_writes) {
    for (std::optional<Family>& family : writes) {
      if (family.has_value()) {
        shift(*family);
      }
    }
  }
}

void FakeTokenStore::lose_families() {
  state_.families.clear();
  state_.index.clear();
  state_.before_last_writes.clear();
}

void FakeTokenStore::wipe() {
  lose_families();
  state_.marker.reset();
  state_.final_before = 0;
}

void FakeTokenStore::open_breaker() {
  for (uint32_t number = 0; number < loss_minimum; ++number) {
    Bytes<10> random{};
    random[0] = static_cast<unsigned char>(number);
    breaker_.note_missing(new_family("somebody", random), clock_.now_ms);
  }
}

void FakeTokenStore::accept_loss(uint32_t now) {
  state_.marker = 0;
  state_.final_before = now;
}

StoreAnswer FakeTokenStore::missing() {
  StoreAnswer result = answer(StoreAnswer::Status::missing, Family());
  result.whole_since = state_.marker;
  result.final_before = state_.final_before;
  return result;
}

void FakeTokenStore::begin(uint64_t deadline, std::shared_ptr<StoreWaiter> waiter, Work work) {
  last_deadline = deadline;
  queue_.push_back({std::move(work), std::move(waiter)});
}

StoreAnswer FakeTokenStore::answer(StoreAnswer::Status status, const Family& family) {
  StoreAnswer result;
  result.status = status;
  if (status == StoreAnswer::Status::missing) {
    return result;
  }
  if (family.unknown_layout) {
    result.status = StoreAnswer::Status::unknown_layout;
    return result;
  }
  shown_ = family;
  result.record = view_of(shown_);
  if (status == StoreAnswer::Status::found) {
    result.remaining_ms = shown_.expires_ms - clock_.now_ms;
    const uint64_t written_ms = uint64_t{shown_.ttl_written} * 1000;
    result.rotation_age_ms =
        written_ms > result.remaining_ms ? written_ms - result.remaining_ms : 0;
  }
  return result;
}

FamilyRecord FakeTokenStore::view_of(const Family& family) {
  FamilyRecord record;
  record.revoked = family.revoked;
  record.generation = family.generation;
  record.key_id = family.key_id;
  record.ttl_written = family.ttl_written;
  record.granted_at = family.granted_at;
  record.indexed_at = family.indexed_at;
  record.client = family.client;
  record.subject = family.subject;
  record.scope = family.scope;
  return record;
}

void FakeTokenStore::write(const FamilyId& family, const Family& record) {
  const auto found = state_.families.find(family.bytes);
  std::deque<std::optional<Family>>& before = state_.before_last_writes[family.bytes];
  before.push_back(found != state_.families.end() ? std::optional<Family>(found->second)
                                                  : std::nullopt);
  if (before.size() > kept_writes) {
    before.pop_front();
  }
  state_.families[family.bytes] = record;
}

}  // namespace oauth2
