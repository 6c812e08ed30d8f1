// How the model goes through its histories, and what it tells of them.

#include <cstdio>

#include "rotation_model.h"

namespace oauth2 {
namespace {

const char* event_name(Event event) {
  constexpr const char* names[] = {
      "refresh",    "lose_answer", "lose_reply", "repeat",    "refresh_part", "tabs",
      "slow_tab",   "log_out",     "be_copied",  "steal",     "steal_old",    "race",
      "lose_write", "lose_writes", "ahead_4",    "ahead_120", "behind_120",   "outage",
      "renewal",    "pause_8",     "pause_33",   "pause_60",  "wipe",         "login"};
  return names[static_cast<int>(event)];
}

}  // namespace

int RotationModel::depth(int events) {
#ifdef __SANITIZE_ADDRESS__
  return events - 1;
#else
  return events;
#endif
}

void RotationModel::explore(const std::vector<Event>& events, int length) {
  explore_from(start(), events, length);
}

void RotationModel::explore_from(const World& world, const std::vector<Event>& events, int length) {
  visit(world, events, depth(length));
  std::printf("             %zu histories, %zu worlds\n", histories_, seen_.size());
}

void RotationModel::visit(const World& world, const std::vector<Event>& events, int length) {
  if (length == 0 || HasFailure()) {
    return;
  }
  int& looked = seen_[fingerprint(world)];
  if (looked >= length) {
    return;
  }
  looked = length;
  for (const Event event : events) {
    if (!is_possible(world, event)) {
      continue;
    }
    World next = world;
    history_.push_back(event);
    ++histories_;
    happen(next, event);
    if (HasFailure()) {
      ADD_FAILURE() << told();
      return;
    }
    visit(next, events, length - 1);
    if (HasFailure()) {
      return;
    }
    history_.pop_back();
  }
}

bool RotationModel::is_possible(const World& world, Event event) const {
  switch (event) {
    case Event::be_copied:
      return world.thief.empty();
    case Event::steal:
    case Event::race:
      return !world.thief.empty();
    case Event::steal_old:
      return world.thief != world.copied;
    case Event::lose_write:
    case Event::lose_writes:
      return !world.store.before_last_writes.empty();
    case Event::log_out:
      return !world.logged_out;
    default:
      return true;
  }
}

std::string RotationModel::told() const {
  std::string text = "after:";
  for (const Event event : history_) {
    text.append(" ").append(event_name(event));
  }
  return text;
}

// All that what happens next depends on. The rule knows durations only, unless there is a lifetime.
std::string RotationModel::fingerprint(const World& world) const {
  std::string print;
  const auto add = [&](uint64_t value) { print.append(std::to_string(value)).append(","); };
  const auto add_time = [&](uint64_t time_ms) { add(time_ms == 0 ? 0 : world.now_ms - time_ms); };
  const auto add_family = [&](const FakeTokenStore::Family& family) {
    add(family.generation << 1 | (family.revoked ? 1 : 0));
    add(family.expires_ms - world.now_ms);
    add(family.ttl_written);
  };
  for (const auto& [id, family] : world.store.families) {
    add_family(family);
  }
  for (const auto& [id, writes] : world.store.before_last_writes) {
    for (const auto& family : writes) {
      add_family(family.value_or(FakeTokenStore::Family()));
    }
  }
  add_time(world.store.outage_began_ms);
  add_time(world.store.outage_ended_ms);
  add(world.store.down_before_ms);
  add(world.store.marker.value_or(0));
  print.append(world.honest).append(world.copied).append(world.thief);
  for (size_t i = 0; i < max_generations; ++i) {
    print.push_back(static_cast<char>('0' + (world.tokens[i].empty() ? 0 : 1) +
                                      (world.successors[i].empty() ? 0 : 2) +
                                      (world.refreshed[i] ? 4 : 0)));
    add_time(world.rotated_ms[i]);
  }
  for (const uint64_t time_ms : {world.tried_first_ms, world.outage_ended_ms, world.told_expiry_ms,
                                 rules_.lifetime == 0 ? 0 : uint64_t{1}}) {
    add_time(time_ms);
  }
  add(world.down_since_ms);
  add(world.ahead_since_ms);
  for (const bool flag : {world.renewal, world.disturbed, world.lost_writes, world.used_by_thief,
                          world.late, world.logged_out, world.wiped, world.ended}) {
    print.push_back(flag ? '1' : '0');
  }
  for (const auto* times : {&world.honest_successes_ms, &world.thief_successes_ms}) {
    print.push_back('/');
    for (const uint64_t time_ms : *times) {
      add_time(time_ms);
    }
  }
  return print;
}

}  // namespace oauth2
