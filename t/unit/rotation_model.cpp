#include "rotation_model.h"

#include <algorithm>

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

constexpr uint64_t between_requests_ms = 100;
constexpr uint64_t outage_ms = 60000;

}  // namespace

World RotationModel::start() {
  app().settings.retry =
      RetryWindow{static_cast<uint32_t>(rules_.window_ms / 1000), rules_.until_used};
  app().settings.reuse = rules_.reuse;
  app().settings.refresh_token_validity = rules_.validity;
  app().settings.refresh_token_lifetime = rules_.lifetime;
  World world;
  world.honest = found_family(1, "read write", rules_.validity);
  world.store = store_.state();
  world.store.before_last_writes.clear();  // the creation was acknowledged
  world.now_ms = begun_ms_ = clock_.now_ms;
  world.told_expiry_ms = world.now_ms + uint64_t{rules_.validity} * 1000;
  world.tokens[1] = world.honest;
  return world;
}

void RotationModel::happen(World& world, Event event) {
  switch (event) {
    case Event::refresh:
      return honest_refresh(world, Fate::done, true);
    case Event::lose_answer:
      return honest_refresh(world, Fate::done, false);
    case Event::lose_reply:
      return honest_refresh(world, Fate::reply_lost, true);
    case Event::repeat:
      return honest_refresh(world, Fate::repeated, true);
    case Event::refresh_part:
      return honest_refresh(world, Fate::done, true, "&scope=read");
    case Event::tabs:
      return honest_tabs(world);
    case Event::slow_tab:
      return honest_slow_tab(world);
    case Event::log_out:
      return log_out(world);
    case Event::be_copied:
      world.thief = world.copied = world.honest;
      return;
    case Event::steal:
      return steal(world, world.thief);
    case Event::steal_old:
      return steal(world, world.copied);
    case Event::race:
      return race(world);
    case Event::lose_write:
      return lose_writes(world, 1);
    case Event::lose_writes:
      return lose_writes(world, 3);
    case Event::ahead_4:
      return set_clock(world, 4000);
    case Event::ahead_120:
      return set_clock(world, 120000);
    case Event::behind_120:
      return set_clock(world, -120000);
    case Event::outage:
      return outage(world);
    case Event::renewal:
      world.renewal = !world.renewal;
      world.honest_successes_ms.clear();
      world.thief_successes_ms.clear();
      return;
    case Event::pause_8:
      world.now_ms += 8000;
      return;
    case Event::pause_33:
      world.now_ms += 33000;
      return;
    case Event::pause_60:
      world.now_ms += 60000;
      return;
    case Event::wipe:
      return wipe(world);
    case Event::login:
      return log_in_somebody_else(world);
  }
}

void RotationModel::enter(const World& world) {
  clock_.now_ms = world.now_ms;
  app().settings.renewal = world.renewal;
  store_.restore(world.store);
}

void RotationModel::leave(World& world) {
  world.store = store_.state();
}

void RotationModel::note_end(World& world) {
  const std::optional<FakeTokenStore::Family> record = record_in(world);
  world.ended = world.ended || (record.has_value() && record->revoked);
}

// Requests come one after another. One that was in flight for longer had come before.
Result RotationModel::refresh_in(World& world, const std::string& token, Fate fate,
                                 const std::string& more, uint64_t in_flight_ms) {
  world.now_ms += between_requests_ms;
  enter(world);
  const Before before = {record_in(world), token, fate == Fate::done};
  store_.fates = {fate};
  Request made = request("grant_type=refresh_token&refresh_token=" + token + more);
  made.received_ms -= in_flight_ms;
  Result result = send(std::move(made));
  store_.fates.clear();
  leave(world);
  check_answer(world, before, result);
  note_end(world);
  return result;
}

// Both are here before the store has heard of any of them.
std::array<Result, 2> RotationModel::refresh_together(World& world, const std::string& one,
                                                      const std::string& other,
                                                      const std::string& more) {
  world.now_ms += between_requests_ms;
  enter(world);
  const std::string tokens[] = {one, other};
  const std::optional<FakeTokenStore::Family> record = record_in(world);
  std::array<FakeHost, 2> hosts;
  std::array<std::shared_ptr<EndpointExchange>, 2> exchanges;
  for (size_t i = 0; i < 2; ++i) {
    exchanges[i] = make_exchange(
        config_, store_, environment_,
        request("grant_type=refresh_token&refresh_token=" + tokens[i] + (i == 0 ? "" : more)));
    exchanges[i]->start(hosts[i]);
  }
  store_.run();
  leave(world);
  std::array<Result, 2> results;
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(hosts[i].responses, 1);
    results[i] = {exchanges[i]->response(), exchanges[i]->report(),
                  std::string(exchanges[i]->family())};
    check_answer(world, {record, tokens[i], false}, results[i]);
  }
  note_end(world);
  return results;
}

void RotationModel::begin_try(World& world) {
  if (world.tried_first_ms == 0) {
    world.tried_first_ms = world.now_ms + between_requests_ms;
    world.down_since_ms = 0;
    world.ahead_since_ms = 0;
  }
}

void RotationModel::take_answer(World& world, const Result& result, bool delivered) {
  if (result.response.status != 200) {
    return;
  }
  note_success(world, world.honest_successes_ms);
  if (delivered) {
    world.honest = result.refresh_token();
    world.told_expiry_ms =
        world.now_ms + std::stoull(result.member("refresh_token_expires_in")) * 1000;
    world.tried_first_ms = 0;
  }
}

void RotationModel::honest_refresh(World& world, Fate fate, bool delivered,
                                   const std::string& more) {
  begin_try(world);
  const bool had_ended = world.ended;
  const Result result = refresh_in(world, world.honest, fate, more);
  check_honest(world, had_ended, fate, result);
  take_answer(world, result, delivered);
}

// Both get the same, and the browser keeps it. Without a window, only one of them gets it.
void RotationModel::honest_tabs(World& world) {
  begin_try(world);
  const bool had_ended = world.ended;
  const std::array<Result, 2> results =
      refresh_together(world, world.honest, world.honest, "&scope=read");
  check_honest(world, had_ended, Fate::done, results[0]);
  if (rules_.window_ms > 0 || rules_.until_used) {
    check_honest(world, had_ended, Fate::done, results[1]);
    EXPECT_EQ(results[0].response.status, results[1].response.status);
    EXPECT_EQ(results[0].refresh_token(), results[1].refresh_token());
  } else if (results[0].response.status == 200) {
    EXPECT_FALSE(world.ended);
  }
  take_answer(world, results[0], true);
}

void RotationModel::honest_slow_tab(World& world) {
  const std::string token = world.honest;
  honest_refresh(world, Fate::done, true);
  honest_refresh(world, Fate::done, true);
  const bool went_on = world.honest != token && !world.ended;
  const Result result = refresh_in(world, token, Fate::done, "", 3 * between_requests_ms);
  if (went_on) {
    EXPECT_EQ(result.response.status, 200);
    EXPECT_EQ(result.refresh_token(), world.honest);
  }
}

void RotationModel::log_out(World& world) {
  world.now_ms += between_requests_ms;
  enter(world);
  config_.endpoint = Endpoint::revocation;
  const Result result = send("token=" + world.honest);
  config_.endpoint = Endpoint::token;
  leave(world);
  EXPECT_EQ(result.response.status, 200);
  const std::optional<FakeTokenStore::Family> record = record_in(world);
  EXPECT_TRUE(!record.has_value() || record->revoked);
  world.logged_out = true;
  world.ended = true;
}

void RotationModel::steal(World& world, const std::string& token) {
  world.used_by_thief = true;
  const Result result = refresh_in(world, token, Fate::done);
  if (result.response.status == 200) {
    world.thief = result.refresh_token();
    note_success(world, world.thief_successes_ms);
  }
}

void RotationModel::race(World& world) {
  world.used_by_thief = true;
  begin_try(world);
  const std::array<Result, 2> results = refresh_together(world, world.honest, world.thief, "");
  take_answer(world, results[0], true);
  if (results[1].response.status == 200) {
    world.thief = results[1].refresh_token();
    note_success(world, world.thief_successes_ms);
  }
}

// What was lost was never known: a token may be newer than all that the store has of it, and an end
// of the family that is not acknowledged by a replica may be lost as well.
void RotationModel::lose_writes(World& world, size_t count) {
  enter(world);
  store_.lose_writes(count);
  leave(world);
  const std::optional<FakeTokenStore::Family> record = record_in(world);
  world.ended = world.ended && record.has_value() && record->revoked;
  world.lost_writes = true;
  world.refreshed = {};
  world.rotated_ms = {};
  world.honest_successes_ms.clear();
  world.thief_successes_ms.clear();
}

void RotationModel::set_clock(World& world, int64_t ahead_ms) {
  enter(world);
  store_.shift_clock(ahead_ms);
  leave(world);
  const int64_t ahead_since_ms = static_cast<int64_t>(world.ahead_since_ms) + ahead_ms;
  world.ahead_since_ms = static_cast<uint64_t>(std::max<int64_t>(ahead_since_ms, 0));
  world.disturbed = true;
  world.honest_successes_ms.clear();
  world.thief_successes_ms.clear();
}

void RotationModel::outage(World& world) {
  enter(world);
  const uint64_t began_ms = world.now_ms;
  store_.begin_outage();
  leave(world);

  begin_try(world);
  const Result result = refresh_in(world, world.honest, Fate::done);
  EXPECT_EQ(result.response.status, 503);  // I8, I9: no evidence, no success

  world.now_ms = began_ms + outage_ms;
  enter(world);
  store_.end_outage();
  leave(world);
  world.disturbed = true;
  world.outage_ended_ms = world.now_ms;
  world.down_since_ms += outage_ms;
  world.honest_successes_ms.clear();
  world.thief_successes_ms.clear();
}

void RotationModel::wipe(World& world) {
  enter(world);
  store_.wipe();
  leave(world);
  world.wiped = true;
}

void RotationModel::log_in_somebody_else(World& world) {
  world.now_ms += between_requests_ms;
  enter(world);
  EXPECT_EQ(send("grant_type=password&username=bob&password=hello").response.status, 200);
  leave(world);
}

}  // namespace oauth2
