// A bounded model check of the rotation: every short history of an honest client, a thief with a
// copy of a token, lost replies, outages, failovers and clocks, through the whole token endpoint.

#include "rotation_model.h"

#include <gtest/gtest.h>

namespace oauth2 {
namespace {

// Of a client that is alone with a store that fails in all ways.
const std::vector<Event> honest_events = {
    Event::refresh,      Event::lose_answer, Event::lose_reply, Event::repeat,
    Event::refresh_part, Event::tabs,        Event::slow_tab,   Event::lose_write,
    Event::outage,       Event::pause_8,     Event::pause_33,   Event::pause_60,
};

const std::vector<Event> theft_events = {
    Event::refresh, Event::lose_answer, Event::be_copied, Event::steal,    Event::steal_old,
    Event::race,    Event::log_out,     Event::pause_8,   Event::pause_33, Event::pause_60,
};

TEST_F(RotationModel, KeepsAnHonestClientLoggedIn) {
  explore(honest_events, 5);
}

TEST_F(RotationModel, NoticesAThief) {
  explore(theft_events, 6);
}

// The thief copies the first token; then both refresh in any order, with any pauses.
TEST_F(RotationModel, AThiefAndHisVictimCannotBothGoOn) {
  World world = start();
  world.thief = world.copied = world.honest;
  explore_from(world, {Event::refresh, Event::steal, Event::pause_8, Event::pause_60}, 8);
}

// What was lost may be the new generation, its TTL, or the end of the family.
TEST_F(RotationModel, HealsWhatAFailoverLost) {
  explore({Event::refresh, Event::lose_answer, Event::lose_reply, Event::be_copied, Event::steal,
           Event::log_out, Event::lose_write, Event::lose_writes, Event::pause_60},
          6);
}

TEST_F(RotationModel, OutlivesAClockThatIsSet) {
  explore({Event::refresh, Event::lose_answer, Event::be_copied, Event::steal, Event::steal_old,
           Event::lose_write, Event::ahead_4, Event::ahead_120, Event::behind_120, Event::pause_8,
           Event::pause_33},
          6);
}

// Whoever logs in afterwards, and so writes the marker of a store that is whole again. (Within 5 s
// of the own grant it tells nothing.)
TEST_F(RotationModel, AWipeLogsNobodyOut) {
  World world = start();
  world.now_ms += 8000;
  explore_from(world,
               {Event::refresh, Event::lose_answer, Event::repeat, Event::wipe, Event::login,
                Event::pause_8},
               6);
}

TEST_F(RotationModel, UntilUsedAnHonestClientMayComeBackAtAnyTime) {
  rules_.until_used = true;
  explore(honest_events, 5);
}

TEST_F(RotationModel, WithoutAWindowARetryIsLate) {
  rules_.window_ms = 0;
  explore({Event::refresh, Event::lose_answer, Event::lose_reply, Event::repeat, Event::tabs,
           Event::slow_tab, Event::be_copied, Event::steal, Event::outage, Event::pause_8},
          5);
}

TEST_F(RotationModel, AReplayThatIsOnlyDeniedEndsNothing) {
  rules_.reuse = Reuse::deny;
  explore(theft_events, 6);
}

TEST_F(RotationModel, RenewalMayBeSwitchedAtAnyTime) {
  explore({Event::refresh, Event::lose_answer, Event::lose_reply, Event::repeat, Event::tabs,
           Event::renewal, Event::be_copied, Event::steal, Event::lose_write, Event::pause_60},
          5);
}

TEST_F(RotationModel, TokensExpire) {
  rules_.validity = 70;
  explore({Event::refresh, Event::lose_answer, Event::repeat, Event::be_copied, Event::steal,
           Event::renewal, Event::lose_write, Event::pause_33, Event::pause_60},
          5);
}

TEST_F(RotationModel, FamiliesEnd) {
  rules_.validity = 70;
  rules_.lifetime = 130;
  explore({Event::refresh, Event::lose_answer, Event::lose_reply, Event::be_copied, Event::steal,
           Event::pause_8, Event::pause_33, Event::pause_60},
          6);
}

}  // namespace
}  // namespace oauth2
