// What must hold of every answer, in every history of the model. The numbers are those of the list
// of invariants that the live checkers use as well:
//
//     I3   all answers to one token carry the same successor
//     I4   one token for each generation
//     I6   nobody waits for what is not broken
//     I7   an honest client is not logged out, unless a thief was there, or it came too late
//     I8   invalid_grant needs evidence: a newer generation, an end, an expiry; in a store that was
//          emptied there is none
//     I9   no success without the store
//     I10  a token whose successor was used is dead, and so is a family that was ended
//     I12  thief and victim cannot both go on: once one of them has refreshed with nothing of the
//          other around it, in a window and its margin, so does the other one not any more, unless
//          they have refreshed together again; nor twice after a fault
//     I13  nothing outlives the record of its family, nor a record the validity and the lifetime
//     I14  a generation never goes back, a tombstone stays, and an answer that rotates nothing
//          changes nothing: neither TTL nor window slides
//     I23  a clock that is set within the margin ends no honest family

#include <algorithm>

#include "access_token.h"
#include "refresh_token.h"
#include "rotation_model.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;
using Family = FakeTokenStore::Family;

constexpr uint64_t margin_ms = 5000;
constexpr uint64_t rounding_ms = 15;

bool is_live_at(const Family& record, uint64_t now_ms) {
  return record.expires_ms > now_ms;
}

bool is_evidence(const std::optional<Family>& record, uint32_t presented) {
  return !record.has_value() || record->revoked || record->generation > presented;
}

bool is_near(uint64_t time_ms, const std::vector<uint64_t>& others, uint64_t distance_ms) {
  return std::any_of(others.begin(), others.end(), [&](uint64_t other_ms) {
    return std::max(time_ms, other_ms) - std::min(time_ms, other_ms) <= distance_ms;
  });
}

/// How often each party refreshed with nothing of the other near, since both last did it together.
struct Alone {
  int honest = 0;
  int thief = 0;
};

Alone count_alone(const World& world, uint64_t distance_ms) {
  std::vector<std::pair<uint64_t, bool>> all;
  for (const uint64_t time_ms : world.honest_successes_ms) {
    all.emplace_back(time_ms, true);
  }
  for (const uint64_t time_ms : world.thief_successes_ms) {
    all.emplace_back(time_ms, false);
  }
  std::sort(all.begin(), all.end());
  Alone alone;
  for (const auto& [time_ms, honest] : all) {
    const auto& others = honest ? world.thief_successes_ms : world.honest_successes_ms;
    if (is_near(time_ms, others, distance_ms)) {
      alone = Alone();
    } else {
      ++(honest ? alone.honest : alone.thief);
    }
  }
  return alone;
}

}  // namespace

uint32_t RotationModel::generation_of(const std::string& token) {
  RefreshToken read;
  EXPECT_EQ(verify_refresh_token(*keys_, token, "app", read), TokenCheck::authentic);
  EXPECT_LT(read.generation + 1, max_generations);
  return read.generation % (max_generations - 1);
}

std::optional<Family> RotationModel::record_in(const World& world) const {
  const auto found = world.store.families.find(family_.bytes);
  const bool live = found != world.store.families.end() && is_live_at(found->second, world.now_ms);
  return live ? std::optional<Family>(found->second) : std::nullopt;
}

void RotationModel::check_answer(World& world, const Before& before, const Result& result) {
  if (world.wiped) {
    EXPECT_EQ(result.response.status, 503) << "I8";
    return;
  }
  const uint32_t presented = generation_of(before.token);
  const std::optional<Family> after = record_in(world);
  if (before.record.has_value() && after.has_value() &&
      after->generation > before.record->generation) {
    uint64_t& rotated_ms = world.rotated_ms[after->generation - 1];
    rotated_ms = rotated_ms == 0 ? world.now_ms : rotated_ms;
  }
  if (result.response.status == 200) {
    check_tokens(world, presented, result);
    check_window(world, before, presented);
    const bool overtaken = result.report.outcome == Outcome::overtaken;
    EXPECT_TRUE(overtaken || !world.refreshed[presented + 1]) << "I10";
    EXPECT_FALSE(world.ended) << "I10";
    EXPECT_FALSE(world.store.down) << "I9";
    world.refreshed[presented] |= generation_of(result.refresh_token()) > presented;
  } else {
    check_refusal(world, before, presented, result);
  }
  check_record(world, before, result);
}

void RotationModel::check_tokens(World& world, uint32_t presented, const Result& result) {
  const std::string token = result.refresh_token();
  const uint32_t handed_out = generation_of(token);
  const std::optional<Family> record = record_in(world);
  ASSERT_TRUE(record.has_value());
  switch (result.report.outcome) {
    case Outcome::rotated:
    case Outcome::healed:
      EXPECT_EQ(handed_out, world.renewal ? presented + 1 : presented);
      break;
    case Outcome::renewal_off:
      EXPECT_EQ(handed_out, presented);
      break;
    case Outcome::retried:
      EXPECT_EQ(handed_out, presented + 1);
      break;
    case Outcome::overtaken:
      EXPECT_GT(handed_out, presented);
      break;
    default:
      ADD_FAILURE() << outcome_name(result.report.outcome);
  }
  EXPECT_LE(handed_out, record->generation);
  if (result.report.outcome != Outcome::overtaken && handed_out == presented + 1) {
    std::string& successor = world.successors[presented];
    EXPECT_TRUE(successor.empty() || successor == token) << "I3";
    successor = token;
  }
  std::string& only = world.tokens[handed_out];
  EXPECT_TRUE(only.empty() || only == token) << "I4";
  only = token;

  AccessClaims claims;
  std::string plaintext;
  ASSERT_TRUE(open_access_token(*keys_, result.member("access_token"), claims, plaintext));
  EXPECT_EQ(claims.family.bytes, family_.bytes);
  EXPECT_EQ(claims.client, "app");
  const uint64_t left_ms = record->expires_ms - world.now_ms;
  EXPECT_LE(claims.expires_at, environment_.unix_time() + left_ms / 1000) << "I13";
}

// A retry counts from the rotation, however often it comes.
void RotationModel::check_window(const World& world, const Before& before, uint32_t presented) {
  const bool is_retry =
      before.plain && before.record.has_value() && before.record->generation == presented + 1;
  const uint64_t rotated_ms = world.rotated_ms[presented];
  if (is_retry && rotated_ms != 0 && !rules_.until_used && !world.disturbed) {
    EXPECT_LE(world.now_ms - rotated_ms, rules_.window_ms + rounding_ms) << "I14";
  }
}

void RotationModel::check_refusal(const World& world, const Before& before, uint32_t presented,
                                  const Result& result) {
  EXPECT_EQ(result.refresh_token(), "");
  EXPECT_EQ(result.member("access_token"), "");
  if (result.response.status == 503) {
    EXPECT_TRUE(!before.plain || world.store.down) << "I6";
    return;
  }
  EXPECT_EQ(result.response.status, 400);
  EXPECT_EQ(result.error(), "invalid_grant");
  const bool over = is_past_lifetime(world);
  EXPECT_TRUE(over || is_evidence(before.record, presented) ||
              (!before.plain && is_evidence(record_in(world), presented)))
      << "I8";
  if (result.report.outcome != Outcome::replayed || !before.plain) {
    return;
  }
  ASSERT_TRUE(before.record.has_value());
  const uint64_t rotated_ms = world.rotated_ms[presented];
  if (before.record->generation == presented + 1 && rotated_ms != 0 && !world.disturbed) {
    EXPECT_FALSE(rules_.until_used);
    EXPECT_GT(world.now_ms - rotated_ms, rules_.window_ms + margin_ms);
  }
}

void RotationModel::check_record(const World& world, const Before& before, const Result& result) {
  const std::optional<Family> after = record_in(world);
  if (!before.record.has_value() || !is_live_at(*before.record, world.now_ms)) {
    return;
  }
  ASSERT_TRUE(after.has_value());
  EXPECT_GE(after->generation, before.record->generation) << "I14";
  EXPECT_TRUE(after->revoked || !before.record->revoked) << "I14";
  EXPECT_TRUE(!after->revoked || rules_.reuse == Reuse::revoke || world.logged_out);
  if (!before.plain) {
    return;
  }
  const bool ahead = generation_of(before.token) > before.record->generation;
  switch (result.report.outcome) {
    case Outcome::rotated:
    case Outcome::healed:
      EXPECT_EQ(result.report.outcome == Outcome::healed, ahead);
      if (world.renewal) {
        EXPECT_EQ(after->ttl_written, expected_ttl(world)) << "I13";
        EXPECT_EQ(after->expires_ms - world.now_ms, uint64_t{after->ttl_written} * 1000);
      } else {
        EXPECT_LE(after->expires_ms, before.record->expires_ms) << "I14";
      }
      break;
    case Outcome::replayed:
      EXPECT_EQ(after->revoked, rules_.reuse == Reuse::revoke || before.record->revoked);
      EXPECT_EQ(after->generation, before.record->generation) << "I14";
      EXPECT_EQ(after->expires_ms, before.record->expires_ms) << "I14";
      break;
    default:
      EXPECT_EQ(after->revoked, before.record->revoked) << "I14";
      EXPECT_EQ(after->generation, before.record->generation) << "I14";
      EXPECT_EQ(after->expires_ms, before.record->expires_ms) << "I14";
      EXPECT_EQ(after->ttl_written, before.record->ttl_written) << "I14";
  }
}

uint64_t RotationModel::lifetime_end_ms() const {
  return rules_.lifetime == 0 ? UINT64_MAX : begun_ms_ + uint64_t{rules_.lifetime} * 1000;
}

bool RotationModel::is_past_lifetime(const World& world) const {
  return world.now_ms + 1000 > lifetime_end_ms();
}

uint32_t RotationModel::expected_ttl(const World& world) const {
  const uint64_t left_s = lifetime_end_ms() / 1000 - world.now_ms / 1000;
  return static_cast<uint32_t>(std::min<uint64_t>(rules_.validity, left_s));
}

void RotationModel::check_honest(const World& world, bool had_ended, Fate fate,
                                 const Result& result) {
  if (world.wiped) {
    return;
  }
  const uint64_t served_ms = world.now_ms - world.tried_first_ms - world.down_since_ms;
  const uint64_t aged_ms = served_ms + world.ahead_since_ms;
  const bool outage_is_long_over =
      world.down_since_ms > 0 && world.now_ms - world.outage_ended_ms >= rules_.window_ms;
  const bool late = !rules_.until_used && (aged_ms > rules_.window_ms || outage_is_long_over);
  const bool over = world.now_ms + 1000 > world.told_expiry_ms || is_past_lifetime(world) ||
                    (!record_in(world).has_value() && (world.lost_writes || world.disturbed));
  const bool excused = world.used_by_thief || world.logged_out || had_ended || late || over;
  if (fate == Fate::reply_lost) {
    EXPECT_TRUE(result.response.status == 503 || over) << "I9";
    return;
  }
  EXPECT_NE(result.response.status, 503) << "I6";
  EXPECT_TRUE(result.response.status == 200 || excused) << "I7";
  if (result.report.outcome == Outcome::replayed && !world.used_by_thief) {
    EXPECT_TRUE(aged_ms > rules_.window_ms + margin_ms || world.down_since_ms > 0) << "I23";
  }
}

void RotationModel::note_success(World& world, std::vector<uint64_t>& successes) {
  if (world.thief.empty() || rules_.until_used || !world.renewal) {
    return;
  }
  successes.push_back(world.now_ms);
  const Alone alone = count_alone(world, rules_.window_ms + margin_ms);
  const int most = world.disturbed || world.lost_writes ? 1 : 0;
  EXPECT_FALSE(alone.honest > most && alone.thief > most) << "I12";
}

}  // namespace oauth2
