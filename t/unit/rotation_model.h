#ifndef OAUTH2_T_UNIT_ROTATION_MODEL_H
#define OAUTH2_T_UNIT_ROTATION_MODEL_H

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "endpoint_fixture.h"

namespace oauth2 {

/// What may happen next.
enum class Event {
  refresh,       ///< the honest client refreshes and gets the answer
  lose_answer,   ///< it refreshes, and the answer is lost on the way to it
  lose_reply,    ///< it refreshes, Redis does as told, and its reply is lost: 503
  repeat,        ///< it refreshes over a connection to Redis that breaks meanwhile
  refresh_part,  ///< it refreshes for a part of the scope
  tabs,          ///< two tabs of it refresh at the same moment, with the same token
  slow_tab,      ///< one tab's request is served only after two refreshes of another tab
  log_out,       ///< it revokes its token
  be_copied,     ///< a thief copies the token that it holds
  steal,         ///< the thief refreshes
  steal_old,     ///< the thief refreshes with the token that he copied, however old it is
  race,          ///< both refresh at the same moment
  lose_write,    ///< a failover, in which Redis loses its last write
  lose_writes,   ///< another one, in which it loses the last three
  ahead_4,       ///< a failover to a node whose clock is so many seconds ahead
  ahead_120,
  behind_120,  ///< or behind
  outage,      ///< Redis is down for a minute, in which the client tries once
  renewal,     ///< the operator switches the renewal over
  pause_8,     ///< seconds without anything
  pause_33,    ///< past the window, inside the margin
  pause_60,    ///< past both
  wipe,        ///< the store loses all that it has
  login,       ///< somebody else logs in
};

/// What the model knows of the configuration.
struct ModelRules {
  uint64_t window_ms = 30000;
  bool until_used = false;
  Reuse reuse = Reuse::revoke;
  uint32_t validity = 86400;
  uint32_t lifetime = 0;
};

constexpr size_t max_generations = 24;

/// All that a history has led to. Times are those of FakeClock; 0 is never.
struct World {
  uint64_t now_ms = 0;
  FakeTokenStore::State store;
  bool renewal = true;
  std::string honest;  ///< the newest token that the honest client holds
  std::string copied;  ///< the token that the thief has copied
  std::string thief;   ///< the newest one that he holds; empty before the copy

  /// By generation: the token, its successor as handed out, whether its refresh ended well, and
  /// when it was first rotated.
  std::array<std::string, max_generations> tokens;
  std::array<std::string, max_generations> successors;
  std::array<bool, max_generations> refreshed{};
  std::array<uint64_t, max_generations> rotated_ms{};

  uint64_t tried_first_ms = 0;   ///< when the honest token was first sent
  uint64_t down_since_ms = 0;    ///< of the time since, how much the store was down
  uint64_t ahead_since_ms = 0;   ///< how far its clock was set ahead, from any moment since
  uint64_t outage_ended_ms = 0;  ///< the last one
  uint64_t told_expiry_ms = 0;   ///< until when the honest token is good, as the client was told
  bool disturbed = false;        ///< there was an outage, or a clock was set
  bool lost_writes = false;
  bool used_by_thief = false;
  bool late = false;  ///< the honest client came back after its window
  bool logged_out = false;
  bool wiped = false;
  bool ended = false;  ///< by a replay or a revocation, and the store still knows it
  std::vector<uint64_t> honest_successes_ms;  ///< since the copy and the last fault
  std::vector<uint64_t> thief_successes_ms;
};

/// One family, its client and a thief, through the whole token endpoint: every history of a length
/// is tried, but those that lead to a world which another one has led to already.
class RotationModel : public EndpointTest {
 protected:
  /// The worlds that a test may look into are fewer where a sanitizer makes each more expensive.
  static int depth(int events);

  /// Configures the endpoint as `rules_` say, founds the family and explores.
  void explore(const std::vector<Event>& events, int length);
  void explore_from(const World& world, const std::vector<Event>& events, int length);
  World start();

  ModelRules rules_;

 private:
  void visit(const World& world, const std::vector<Event>& events, int length);
  bool is_possible(const World& world, Event event) const;
  void happen(World& world, Event event);
  std::string told() const;
  std::string fingerprint(const World& world) const;

  // Events.
  void honest_refresh(World& world, FakeTokenStore::Fate fate, bool delivered,
                      const std::string& more = "");
  void honest_tabs(World& world);
  void honest_slow_tab(World& world);
  void log_out(World& world);
  void steal(World& world, const std::string& token);
  void race(World& world);
  void lose_writes(World& world, size_t count);
  void set_clock(World& world, int64_t ahead_ms);
  void outage(World& world);
  void wipe(World& world);
  void log_in_somebody_else(World& world);
  void enter(const World& world);
  void leave(World& world);
  void note_end(World& world);
  Result refresh_in(World& world, const std::string& token, FakeTokenStore::Fate fate,
                    const std::string& more = "", uint64_t in_flight_ms = 0);
  std::array<Result, 2> refresh_together(World& world, const std::string& one,
                                         const std::string& other, const std::string& more);
  void begin_try(World& world);
  void take_answer(World& world, const Result& result, bool delivered);

  // Invariants, in rotation_invariants.cpp.
  struct Before {
    std::optional<FakeTokenStore::Family> record;
    std::string token;
    bool plain = true;  // nothing happened to the operation on its way
  };
  uint32_t generation_of(const std::string& token);
  std::optional<FakeTokenStore::Family> record_in(const World& world) const;
  uint64_t lifetime_end_ms() const;
  bool is_past_lifetime(const World& world) const;
  uint32_t expected_ttl(const World& world) const;
  void check_answer(World& world, const Before& before, const Result& result);
  void check_tokens(World& world, uint32_t presented, const Result& result);
  void check_window(const World& world, const Before& before, uint32_t presented);
  void check_refusal(const World& world, const Before& before, uint32_t presented,
                     const Result& result);
  void check_record(const World& world, const Before& before, const Result& result);
  void check_honest(const World& world, bool had_ended, FakeTokenStore::Fate fate,
                    const Result& result);
  void note_success(World& world, std::vector<uint64_t>& successes);

  uint64_t begun_ms_ = 0;  // when the family was founded
  std::vector<Event> history_;
  std::unordered_map<std::string, int> seen_;  // how far each world was looked into
  size_t histories_ = 0;
};

}  // namespace oauth2

#endif
