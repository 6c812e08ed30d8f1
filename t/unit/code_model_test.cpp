// A bounded model check of authorization codes: every short history of a client, somebody else with
// a copy of its code, lost replies, outages and failovers, through the whole token endpoint.

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base64.h"
#include "grants_fixture.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;
using Family = FakeTokenStore::Family;

constexpr uint64_t margin_ms = 5000;
constexpr uint64_t validity_ms = 60000;

enum class Event {
  redeem,
  lose_answer,  ///< on the way to the client
  lose_read,    ///< what Redis answers, before anything is written
  lose_reply,   ///< what Redis answers to the exchange, which it has done
  repeat,       ///< the connection to Redis breaks in the exchange, which is sent again
  race,         ///< two requests with the code at the same moment
  refresh,      ///< with the token that came of it
  lose_write,   ///< a failover, in which Redis loses its last write
  outage,       ///< Redis is down for 20 seconds, in which the client tries once
  pause_2,      ///< seconds without anything
  pause_8,
  pause_45,
};

const char* event_name(Event event) {
  constexpr const char* names[] = {"redeem", "lose_answer", "lose_read", "lose_reply",
                                   "repeat", "race",        "refresh",   "lose_write",
                                   "outage", "pause_2",     "pause_8",   "pause_45"};
  return names[static_cast<int>(event)];
}

struct World {
  uint64_t now_ms = 0;
  FakeTokenStore::State store;
  std::string token;          ///< the newest refresh token
  uint64_t first_ms = 0;      ///< when the code was exchanged
  uint64_t exchanged_ms = 0;  ///< the same, as far as the store still knows
};

class CodeModel : public GrantsTest {
 protected:
  World start() {
    code_ = code();
    family_ = {store_.state().families.begin()->first};
    World world;
    world.store = store_.state();
    world.store.before_last_writes.clear();
    world.now_ms = begun_ms_ = clock_.now_ms;
    return world;
  }

  void explore(const World& world, const std::vector<Event>& events, int length) {
    int& looked = seen_[fingerprint(world)];
    if (looked >= length) {
      return;
    }
    looked = length;
    for (const Event event : events) {
      if ((event == Event::refresh && world.token.empty()) ||
          (event == Event::lose_write && world.store.before_last_writes.empty())) {
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
      explore(next, events, length - 1);
      if (HasFailure()) {
        return;
      }
      history_.pop_back();
    }
  }

  void print_counts() const {
    std::printf("             %zu histories, %zu worlds\n", histories_, seen_.size());
  }

 private:
  std::string told() const {
    std::string text = "after:";
    for (const Event event : history_) {
      text.append(" ").append(event_name(event));
    }
    return text;
  }

  // Codes expire, so that the time itself is a part of it.
  std::string fingerprint(const World& world) const {
    std::string print;
    const auto add = [&](uint64_t value) { print.append(std::to_string(value)).append(","); };
    const auto add_family = [&](const std::optional<Family>& family) {
      add(family.has_value() ? family->generation + 1 : 0);
      add(family.has_value() && family->revoked ? 1 : 0);
      add(family.has_value() ? family->expires_ms : 0);
    };
    add_family(record_in(world));
    for (const auto& [id, writes] : world.store.before_last_writes) {
      std::for_each(writes.begin(), writes.end(), add_family);
    }
    for (const uint64_t time_ms :
         {world.now_ms, world.first_ms, world.exchanged_ms, world.store.outage_ended_ms}) {
      add(time_ms);
    }
    return print.append(world.token);
  }

  std::optional<Family> record_in(const World& world) const {
    const auto found = world.store.families.find(family_.bytes);
    const bool live =
        found != world.store.families.end() && found->second.expires_ms > world.now_ms;
    return live ? std::optional<Family>(found->second) : std::nullopt;
  }

  void happen(World& world, Event event) {
    switch (event) {
      case Event::redeem:
      case Event::lose_answer:
        return redeem_once(world, {}, event == Event::redeem);
      case Event::lose_read:
        return redeem_once(world, {Fate::reply_lost}, true);
      case Event::lose_reply:
        return redeem_once(world, {Fate::done, Fate::reply_lost}, true);
      case Event::repeat:
        return redeem_once(world, {Fate::done, Fate::repeated}, true);
      case Event::race:
        return race(world);
      case Event::refresh:
        return refresh_once(world);
      case Event::lose_write:
        return lose_write(world);
      case Event::outage:
        return outage(world);
      case Event::pause_2:
        world.now_ms += 2000;
        return;
      case Event::pause_8:
        world.now_ms += 8000;
        return;
      case Event::pause_45:
        world.now_ms += 45000;
        return;
    }
  }

  void enter(World& world) {
    world.now_ms += 100;
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    config_.endpoint = Endpoint::token;
  }

  Request exchange_request() {
    Request made = request(encode({{"grant_type", "authorization_code"},
                                   {"code", code_},
                                   {"redirect_uri", "https://web.example/cb"},
                                   {"code_verifier", sample_verifier}}));
    made.authorization = "Basic d2ViOnNlY3JldA";
    return made;
  }

  void redeem_once(World& world, const std::deque<Fate>& fates, bool delivered) {
    enter(world);
    const std::optional<Family> before = record_in(world);
    store_.fates = fates;
    const Result result = send(exchange_request());
    store_.fates.clear();
    world.store = store_.state();
    check(world, before, result, fates.empty() && !world.store.down);
    if (!fates.empty() && fates.back() == Fate::reply_lost) {
      EXPECT_NE(result.response.status, 200);
    }
    take(world, result, delivered);
  }

  void race(World& world) {
    enter(world);
    const std::optional<Family> before = record_in(world);
    std::array<FakeHost, 2> hosts;
    std::array<std::shared_ptr<EndpointExchange>, 2> exchanges;
    for (size_t i = 0; i < 2; ++i) {
      exchanges[i] = make_exchange(config_, store_, environment_, exchange_request());
      exchanges[i]->start(hosts[i]);
    }
    store_.run();
    world.store = store_.state();
    int successes = 0;
    for (const auto& exchange : exchanges) {
      const Result result = {exchange->response(), exchange->report(), ""};
      successes += result.response.status == 200 ? 1 : 0;
      take(world, result, true);
    }
    const bool usable = before.has_value() && !before->revoked && before->generation == 0;
    EXPECT_EQ(successes, usable ? 1 : 0);
    EXPECT_TRUE(!usable || !record_in(world)->revoked);  // no evidence yet
  }

  void take(World& world, const Result& result, bool delivered) {
    const std::optional<Family> after = record_in(world);
    if (after.has_value() && after->generation > 0 && world.exchanged_ms == 0) {
      world.first_ms = world.first_ms == 0 ? world.now_ms : world.first_ms;
      world.exchanged_ms = after->generation == 1 ? world.now_ms : world.first_ms;
    }
    if (result.response.status == 200 && delivered) {
      world.token = result.refresh_token();
    }
  }

  // RFC 6749 section 4.1.2: "The client MUST NOT use the authorization code more than once. If an
  // authorization code is used more than once, the authorization server MUST deny the request and
  // SHOULD revoke (when possible) all tokens previously issued based on that authorization code."
  void check(const World& world, const std::optional<Family>& before, const Result& result,
             bool undisturbed) {
    const std::optional<Family> after = record_in(world);
    const bool usable = before.has_value() && !before->revoked && before->generation == 0;
    if (result.response.status == 200) {
      EXPECT_TRUE(usable);
      check_tokens(world, result);
      return;
    }
    EXPECT_EQ(result.refresh_token(), "");
    EXPECT_EQ(result.member("access_token"), "");
    if (result.response.status == 503) {
      EXPECT_FALSE(undisturbed);
      return;
    }
    EXPECT_EQ(result.response.status, 400);
    EXPECT_EQ(result.error(), "invalid_grant");
    EXPECT_FALSE(usable);
    EXPECT_TRUE(before.has_value() || world.now_ms - begun_ms_ >= validity_ms);
    if (!before.has_value()) {
      return;
    }
    ASSERT_TRUE(after.has_value());
    const bool late = world.now_ms - world.exchanged_ms > margin_ms;
    const bool convicted = result.report.outcome == Outcome::replayed;
    EXPECT_EQ(after->revoked, before->revoked || convicted);
    EXPECT_EQ(after->generation, before->generation);
    EXPECT_EQ(after->expires_ms, before->expires_ms);
    // Once its tokens were used, when the code was is not known any more, unless that is young too.
    const bool used_since = before->generation > 1 && world.now_ms - begun_ms_ > margin_ms;
    EXPECT_TRUE(!convicted || late || used_since);
    EXPECT_TRUE(convicted || !late || before->revoked);
  }

  void check_tokens(const World& world, const Result& result) {
    const std::optional<Family> after = record_in(world);
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(after->generation, 1U);
    EXPECT_EQ(after->expires_ms - world.now_ms, uint64_t{86400} * 1000);
    EXPECT_LT(world.now_ms - begun_ms_, validity_ms);
    EXPECT_TRUE(only_.empty() || only_ == result.refresh_token());
    only_ = result.refresh_token();
  }

  // A generation that a failover lost is healed; an end that it lost is none.
  void refresh_once(World& world) {
    enter(world);
    const std::optional<Family> before = record_in(world);
    const Result result = ask(Endpoint::token, "web",
                              {{"grant_type", "refresh_token"}, {"refresh_token", world.token}});
    world.store = store_.state();
    const bool live = before.has_value() && !before->revoked;
    EXPECT_EQ(result.response.status, live ? 200 : 400);
    take(world, result, true);
    if (before.has_value()) {
      EXPECT_EQ(record_in(world)->revoked, before->revoked);
    }
  }

  void lose_write(World& world) {
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    store_.lose_last_write();
    world.store = store_.state();
    const std::optional<Family> record = record_in(world);
    if (record.has_value() && record->generation == 0) {
      world.exchanged_ms = 0;
    }
  }

  void outage(World& world) {
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    store_.begin_outage();
    world.store = store_.state();
    redeem_once(world, {}, true);
    world.now_ms += 20000;
    clock_.now_ms = world.now_ms;
    store_.restore(world.store);
    store_.end_outage();
    world.store = store_.state();
  }

  std::string code_;
  std::string only_;  // the first refresh token, whenever it was handed out
  uint64_t begun_ms_ = 0;
  std::vector<Event> history_;
  std::unordered_map<std::string, int> seen_;
  size_t histories_ = 0;
};

TEST_F(CodeModel, ACodeIsGoodForOneExchange) {
#ifdef __SANITIZE_ADDRESS__
  constexpr int depth = 4;
#else
  constexpr int depth = 5;
#endif
  explore(start(),
          {Event::redeem, Event::lose_answer, Event::lose_read, Event::lose_reply, Event::repeat,
           Event::race, Event::refresh, Event::lose_write, Event::outage, Event::pause_2,
           Event::pause_8, Event::pause_45},
          depth);
  print_counts();
}

}  // namespace
}  // namespace oauth2
