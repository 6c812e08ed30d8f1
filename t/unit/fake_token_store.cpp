#include "fake_token_store.h"

#include <utility>

namespace oauth2 {
namespace {

constexpr uint64_t longest_window_ms = 30000;

}  // namespace

void FakeTokenStore::create(const FamilyId& family, const FamilyRecord& record, uint64_t deadline,
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
  begin(deadline, std::move(waiter), [this, family, made]() mutable {
    ++creates;
    state_.marker = state_.marker.value_or(made.granted_at);
    made.expires_ms = clock_.now_ms + uint64_t{made.ttl_written} * 1000;
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
    rotated.generation = rotation.generation;
    rotated.key_id = rotation.key_id;
    rotated.granted_at = rotation.granted_at;
    rotated.ttl_written = rotation.ttl;
    rotated.expires_ms = clock_.now_ms + uint64_t{rotation.ttl} * 1000;
    const StoreAnswer before = answer(StoreAnswer::Status::written, *record);
    write(family, rotated);
    return before;
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
    Family tombstone = *record;
    tombstone.revoked = true;
    const StoreAnswer before = answer(StoreAnswer::Status::written, *record);
    write(family, tombstone);
    return before;
  });
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

void FakeTokenStore::lose_last_write() {
  for (const auto& [family, before] : state_.before_last_write) {
    if (before.has_value()) {
      state_.families[family] = *before;
    } else {
      state_.families.erase(family);
    }
  }
  state_.before_last_write.clear();
}

void FakeTokenStore::wipe() {
  state_.families.clear();
  state_.before_last_write.clear();
  state_.marker.reset();
}

StoreAnswer FakeTokenStore::missing() {
  StoreAnswer result = answer(StoreAnswer::Status::missing, Family());
  result.whole_since = state_.marker;
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
  result.record.revoked = shown_.revoked;
  result.record.generation = shown_.generation;
  result.record.key_id = shown_.key_id;
  result.record.ttl_written = shown_.ttl_written;
  result.record.granted_at = shown_.granted_at;
  result.record.client = shown_.client;
  result.record.subject = shown_.subject;
  result.record.scope = shown_.scope;
  if (status == StoreAnswer::Status::found) {
    result.remaining_ms = shown_.expires_ms - clock_.now_ms;
    const uint64_t written_ms = uint64_t{shown_.ttl_written} * 1000;
    result.rotation_age_ms =
        written_ms > result.remaining_ms ? written_ms - result.remaining_ms : 0;
  }
  return result;
}

void FakeTokenStore::write(const FamilyId& family, const Family& record) {
  const auto found = state_.families.find(family.bytes);
  state_.before_last_write[family.bytes] =
      found != state_.families.end() ? std::optional<Family>(found->second) : std::nullopt;
  state_.families[family.bytes] = record;
}

}  // namespace oauth2
