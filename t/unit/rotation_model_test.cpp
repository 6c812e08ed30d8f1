// A bounded model check of the rotation: every short history of an honest client, a thief with a
// copy of a token, lost replies, outages and failovers, through the whole endpoint.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "endpoint_fixture.h"
#include "refresh_token.h"
#include "table.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

constexpr uint64_t window_ms = 30000;
constexpr uint64_t margin_ms = 5000;
constexpr size_t max_generations = 16;

/// What may happen next.
enum class Event {
  refresh,      ///< the honest client refreshes and gets the answer
  lose_answer,  ///< it refreshes, and the answer is lost on the way to it
  lose_reply,   ///< it refreshes, Redis does as told, and its reply is lost: 503
  repeat,       ///< it refreshes over a connection to Redis that breaks meanwhile
  be_copied,    ///< a thief copies the token that it holds
  steal,        ///< the thief refreshes
  failover,     ///< Redis loses its last write
  outage,       ///< Redis is down for a minute, in which the client tries once
  pause_8,      ///< seconds without anything
  pause_33,     ///< past the window, inside the margin
  pause_60,     ///< past both
  wipe,         ///< Redis loses all that it has
  login,        ///< somebody else logs in
};

const char* event_name(Event event) {
  constexpr const char* names[] = {"refresh",  "lose_answer", "lose_reply", "repeat",  "be_copied",
                                   "steal",    "failover",    "outage",     "pause_8", "pause_33",
                                   "pause_60", "wipe",        "login"};
  return names[static_cast<int>(event)];
}

/// One party's refreshes that were answered with tokens since the copy.
struct Successes {
  std::vector<uint64_t> times;
};

/// All that a history has led to.
struct World {
  uint64_t now_ms = 0;
  FakeTokenStore::State store;
  std::string honest;  ///< the newest token that the honest client holds
  std::string thief;   ///< the thief's; empty before the copy

  /// By generation: the token, its successor as handed out, and whether its refresh ended well.
  std::array<std::string, max_generations> tokens;
  std::array<std::string, max_generations> successors;
  std::array<bool, max_generations> refreshed{};

  uint64_t tried_first_ms = 0;  ///< when the honest token was first sent; 0: never
  uint64_t down_since_ms = 0;   ///< of the time since, how much the store was down
  uint64_t outage_ended_ms = 0;
  bool any_outage = false;
  bool any_theft = false;  ///< the thief has used his copy
  bool late = false;       ///< the honest client came back after its window
  bool lost_writes = false;
  bool convicted = false;  ///< the family was ended for a replay
  bool wiped = false;
  Successes honest_successes;
  Successes thief_successes;
};

class RotationModel : public EndpointTest {
 protected:
  /// Tries every history of `length` more events.
  void explore(const World& world, const std::vector<Event>& events, int length) {
    if (length == 0 || HasFailure()) {
      return;
    }
    for (const Event event : events) {
      if (!is_possible(world, event)) {
        continue;
      }
      World next = world;
      history_.push_back(event);
      ++histories_;
      happen(next, event);
      if (HasFailure()) {
        return;
      }
      explore(next, events, length - 1);
      history_.pop_back();
    }
  }

  World start() {
    World world;
    world.honest = found_family();
    world.store = store_.state();
    world.store.before_last_write.clear();  // the creation was acknowledged
    world.now_ms = clock_.now_ms;
    world.tokens[1] = world.honest;
    return world;
  }

  bool never_late_ = false;  // `until_used`
  int histories_ = 0;
  std::vector<Event> history_;

 private:
  static bool is_possible(const World& world, Event event) {
    switch (event) {
      case Event::be_copied:
        return world.thief.empty();
      case Event::steal:
        return !world.thief.empty();
      case Event::failover:
        return !world.store.before_last_write.empty();
      default:
        return true;
    }
  }

  std::string told() const {
    std::string text = "after:";
    for (const Event event : history_) {
      text.append(" ").append(event_name(event));
    }
    return text;
  }

  uint32_t generation_of(const std::string& token) {
    RefreshToken read;
    EXPECT_EQ(verify_refresh_token(*keys_, token, "app", read), TokenCheck::authentic);
    EXPECT_LT(read.generation, max_generations);
    return read.generation % max_generations;
  }

  void happen(World& world, Event event) {
    switch (event) {
      case Event::refresh:
        honest_refresh(world, Fate::done, true);
        break;
      case Event::lose_answer:
        honest_refresh(world, Fate::done, false);
        break;
      case Event::lose_reply:
        honest_refresh(world, Fate::reply_lost, true);
        break;
      case Event::repeat:
        honest_refresh(world, Fate::repeated, true);
        break;
      case Event::be_copied:
        world.thief = world.honest;
        break;
      case Event::steal:
        steal(world);
        break;
      case Event::failover:
        store_.restore(world.store);
        store_.lose_last_write();
        world.store = store_.state();
        world.lost_writes = true;
        break;
      case Event::outage:
        outage(world);
        break;
      case Event::pause_8:
        world.now_ms += 8000;
        break;
      case Event::pause_33:
        world.now_ms += 33000;
        break;
      case Event::pause_60:
        world.now_ms += 60000;
        break;
      case Event::wipe:
        store_.restore(world.store);
        store_.wipe();
        world.store = store_.state();
        world.wiped = true;
        break;
      case Event::login:
        log_in_somebody_else(world);
        break;
    }
  }

  Result refresh_in(World& world, const std::string& token, Fate fate) {
    world.now_ms += 100;  // requests come one after another
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    store_.fates = {fate};
    Result result = refresh(token);
    store_.fates.clear();
    world.store = store_.state();
    check_answer(world, token, result);
    return result;
  }

  // What must hold of every answer, whoever asked.
  void check_answer(World& world, const std::string& token, const Result& result) {
    const uint32_t generation = generation_of(token);
    const int status = result.response.status;
    if (status == 200) {
      const std::string successor = result.refresh_token();
      ASSERT_EQ(generation_of(successor), generation + 1) << told();

      // I3: all answers to one token carry the same successor.
      std::string& known = world.successors[generation];
      ASSERT_TRUE(known.empty() || known == successor) << told();
      known = successor;

      // I4: one token for each generation.
      std::string& only = world.tokens[generation + 1];
      ASSERT_TRUE(only.empty() || only == successor) << told();
      only = successor;

      // I10: a token whose successor was used is dead, and so is a family that was ended.
      ASSERT_TRUE(world.lost_writes || !world.refreshed[generation + 1]) << told();
      ASSERT_TRUE(world.lost_writes || !world.convicted) << told();
      world.refreshed[generation] = true;
    } else {
      ASSERT_TRUE(status == 400 || status == 503) << told();
      ASSERT_EQ(result.refresh_token(), "") << told();
    }
    world.convicted = world.convicted || result.report.outcome == Outcome::replayed;
  }

  void honest_refresh(World& world, Fate fate, bool delivered) {
    if (world.tried_first_ms == 0) {
      world.tried_first_ms = world.now_ms + 100;
      world.down_since_ms = 0;
    }
    const Result result = refresh_in(world, world.honest, fate);
    const uint64_t served_ms = world.now_ms - world.tried_first_ms - world.down_since_ms;
    const bool outage_is_long_over =
        world.down_since_ms > 0 && world.now_ms - world.outage_ended_ms >= window_ms;
    world.late = world.late || (!never_late_ && (served_ms > window_ms || outage_is_long_over));

    // I7: an honest client is not logged out, unless a thief was there or it came back too late.
    if (result.response.status == 400) {
      ASSERT_TRUE(world.any_theft || world.late) << told();
    }
    // P4: nothing is evidence once the store was emptied.
    if (world.wiped) {
      ASSERT_EQ(result.response.status, 503) << told();
      return;
    }
    // I6: nor does it wait for what is not broken.
    if (fate == Fate::done && result.response.status == 503) {
      ADD_FAILURE() << "503 " << told();
    }
    if (result.response.status == 200) {
      note_success(world, world.honest_successes);
      if (delivered) {
        world.honest = result.refresh_token();
        world.tried_first_ms = 0;
      }
    }
  }

  void log_in_somebody_else(World& world) {
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    ASSERT_EQ(send("grant_type=password&username=bob&password=hello").response.status, 200);
    world.store = store_.state();
  }

  void steal(World& world) {
    world.any_theft = true;
    const Result result = refresh_in(world, world.thief, Fate::done);
    if (result.response.status == 200) {
      world.thief = result.refresh_token();
      note_success(world, world.thief_successes);
    }
  }

  void outage(World& world) {
    const uint64_t began_ms = world.now_ms;
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    store_.begin_outage();
    world.store = store_.state();

    const Result result = refresh_in(world, world.honest, Fate::done);
    ASSERT_EQ(result.response.status, 503) << told();  // I8, I9: no evidence, no success

    world.now_ms = began_ms + 60000;
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    store_.end_outage();
    world.store = store_.state();
    world.any_outage = true;
    world.outage_ended_ms = world.now_ms;
    world.down_since_ms += 60000;
  }

  // I12: thief and victim cannot both complete two refreshes, all of them further apart than the
  // window and its margin, once the token was copied.
  void note_success(World& world, Successes& successes) {
    if (world.thief.empty()) {
      return;
    }
    successes.times.push_back(world.now_ms);
    if (world.lost_writes || world.any_outage) {
      return;
    }
    std::vector<std::pair<uint64_t, bool>> all;
    for (const uint64_t time : world.honest_successes.times) {
      all.emplace_back(time, true);
    }
    for (const uint64_t time : world.thief_successes.times) {
      all.emplace_back(time, false);
    }
    std::sort(all.begin(), all.end());
    int honest = 0;
    int thief = 0;
    ASSERT_FALSE(has_two_of_each(all, 0, 0, honest, thief)) << told();
  }

  // Whether, from all[first] on and later than `last` plus the distance, there are two of each.
  static bool has_two_of_each(const std::vector<std::pair<uint64_t, bool>>& all, size_t first,
                              uint64_t last, int honest, int thief) {
    if (honest >= 2 && thief >= 2) {
      return true;
    }
    for (size_t i = first; i < all.size(); ++i) {
      if (last == 0 || all[i].first > last + window_ms + margin_ms) {
        const int more_honest = honest + (all[i].second ? 1 : 0);
        const int more_thief = thief + (all[i].second ? 0 : 1);
        if (has_two_of_each(all, i + 1, all[i].first, more_honest, more_thief)) {
          return true;
        }
      }
    }
    return false;
  }
};

const std::vector<Event> all_events = {
    Event::refresh,   Event::lose_answer, Event::lose_reply, Event::repeat,
    Event::be_copied, Event::steal,       Event::failover,   Event::outage,
    Event::pause_8,   Event::pause_33,    Event::pause_60,
};

const std::vector<Event> honest_events = {
    Event::refresh,  Event::lose_answer, Event::lose_reply, Event::repeat,
    Event::failover, Event::outage,      Event::pause_8,    Event::pause_60,
};

TEST_F(RotationModel, EveryHistoryOfFiveEventsKeepsTheInvariants) {
  explore(start(), all_events, 5);
  EXPECT_GT(histories_, 50000);
}

TEST_F(RotationModel, EveryHistoryOfSixEventsKeepsAnHonestClientLoggedIn) {
  explore(start(),
          {Event::refresh, Event::lose_answer, Event::lose_reply, Event::failover, Event::outage,
           Event::pause_8},
          6);
  EXPECT_GT(histories_, 20000);
}

TEST_F(RotationModel, UntilUsedAnHonestClientMayComeBackAtAnyTime) {
  app().settings.retry = RetryWindow{30, true};
  never_late_ = true;
  explore(start(), honest_events, 5);
  EXPECT_GT(histories_, 10000);
}

// A wipe is no end of anything, whoever logs in afterwards. (Not within 5 s of the own grant: the
// marker is not read more exactly.)
TEST_F(RotationModel, AWipeLogsNobodyOut) {
  World world = start();
  world.now_ms += 8000;
  explore(world,
          {Event::refresh, Event::lose_answer, Event::repeat, Event::wipe, Event::login,
           Event::pause_8},
          6);
  EXPECT_GT(histories_, 20000);
}

// The thief copies the first token; then both refresh in any order, with any pauses.
TEST_F(RotationModel, AThiefAndHisVictimCannotBothGoOn) {
  World world = start();
  world.thief = world.honest;
  explore(world, {Event::refresh, Event::steal, Event::pause_8, Event::pause_60}, 8);
  EXPECT_GT(histories_, 50000);
}

}  // namespace
}  // namespace oauth2
