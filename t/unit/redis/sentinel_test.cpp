#include "redis/sentinel.h"

#include <gtest/gtest.h>

#include "redis/command.h"
#include "redis/connection_fixture.h"
#include "redis/scripted_network.h"
#include "table.h"

namespace oauth2::redis {
namespace {

enum : size_t { inquiry, watch, connection };  // the transports

std::string bulk_array(std::initializer_list<std::string_view> words) {
  std::string reply;
  append_command(reply, words);
  return reply;
}

std::string address(std::string_view host, std::string_view port = "6379") {
  return bulk_array({host, port});
}

const std::string unknown = "*-1\r\n";
const std::string question = bulk_array({"SENTINEL", "get-master-addr-by-name", "mymaster"});
const std::string primary_role = "*3\r\n$6\r\nmaster\r\n:7\r\n*0\r\n";
const std::string replica_role = "*5\r\n$5\r\nslave\r\n$1\r\na\r\n:1\r\n$4\r\nsync\r\n:7\r\n";

class Sentinels : public testing::Test {
 protected:
  Sentinels() {
    options_.mode = StoreMode::sentinel;
    options_.servers = {{"", "s1", 26379}, {"", "s2", 26379}, {"", "s3", 26379}};
    options_.sentinel.primary = "mymaster";
  }

  void start() {
    nodes_ = std::make_unique<Sentinel>(options_, network_, state_, 4712);
    nodes_->start();
    network_.turn();
  }

  /// Whom the inquiry asks.
  std::string asked() { return network_.link(inquiry).transport.peer.host; }

  /// The sentinel that is asked answers.
  void tell(const std::string& reply) {
    network_.link(inquiry).user->opened();
    EXPECT_EQ(network_.link(inquiry).transport.take_sent(), question);
    network_.link(inquiry).user->received(reply);
    network_.turn();
  }

  /// Where the connection leads.
  std::string place() { return to_string(network_.link(connection).transport.peer); }
  int opens(size_t index) { return network_.link(index).transport.opens; }

  void greet(const std::string& role) {
    network_.link(connection).user->opened();
    const std::string sent = network_.link(connection).transport.take_sent();
    EXPECT_EQ(sent.substr(0, 14), "*1\r\n$4\r\nROLE\r\n");
    network_.link(connection).user->received(role);
    if (role == primary_role) {
      network_.link(connection).user->received(greeting_replies);
    }
    network_.turn();
  }

  void start_ready() {
    start();
    tell(address("10.0.0.1"));
    greet(primary_role);
  }

  /// The watched sentinel says so.
  void publish(const std::string& text) {
    network_.link(watch).user->opened();
    network_.link(watch).user->received(bulk_array({"subscribe", "+switch-master", "1"}));
    answer_the_watch_question();
    network_.link(watch).user->received(bulk_array({"message", "+switch-master", text}));
    network_.turn();
  }

  // It asks once when it begins to listen.
  void answer_the_watch_question() {
    network_.pass(100);
    tell(address("10.0.0.1"));
    network_.pass(100);
  }

  std::shared_ptr<CommandRecord> submit() {
    auto record = std::make_shared<CommandRecord>();
    nodes_->submit(
        std::make_unique<RecordedCommand>("<command>", network_.now_ms() + 3000, record));
    network_.turn();
    return record;
  }

  StoreOptions options_;
  StoreState state_{};
  ScriptedNetwork network_;
  std::unique_ptr<Sentinel> nodes_;
};

TEST_F(Sentinels, SayWhereToConnect) {
  start();
  EXPECT_EQ(asked(), "s1");
  EXPECT_EQ(opens(connection), 0);
  const auto record = submit();
  tell(address("10.0.0.1", "7000"));
  EXPECT_EQ(place(), "10.0.0.1:7000");
  greet(primary_role);
  EXPECT_EQ(network_.link(connection).transport.take_sent(), "<command>");
  network_.link(connection).user->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_EQ(network_.log.count("primary mymaster is at 10.0.0.1:7000"), 1);
}

TEST_F(Sentinels, AreAskedInTurnAndTheOneThatAnsweredFirstNextTime) {
  start();
  tell(unknown);
  EXPECT_EQ(asked(), "s2");
  network_.link(inquiry).user->closed("connect() failed");
  EXPECT_EQ(asked(), "s3");
  tell(address("10.0.0.1"));
  greet(primary_role);
  network_.pass(100);
  network_.link(connection).user->closed("closed the connection");
  network_.turn();
  EXPECT_EQ(asked(), "s3");
  EXPECT_EQ(opens(connection), 1);
  tell(address("10.0.0.2"));
  EXPECT_EQ(place(), "10.0.0.2:6379");
}

TEST_F(Sentinels, ThatDoNotKnowMakeAnOutage) {
  start();
  const auto record = submit();
  tell(unknown);
  tell(unknown);
  tell(unknown);
  EXPECT_EQ(record->failed, 1);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(network_.log.count("is not known to any Sentinel: s3:26379 does not know this primary"),
            1);
  network_.pass(200);
  tell(address("10.0.0.1"));
  greet(primary_role);
  network_.link(connection).user->received("+OK\r\n");  // to the probe
  EXPECT_FALSE(is_down(state_));
}

struct AddressRow {
  const char* name;
  std::string reply;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(AddressRow)

class NoAddress : public Sentinels, public testing::WithParamInterface<AddressRow> {};

TEST_P(NoAddress, IsBelieved) {
  start();
  tell(GetParam().reply);
  EXPECT_EQ(opens(connection), 0);
  EXPECT_EQ(asked(), "s2");
}

INSTANTIATE_TEST_SUITE_P(
    Table, NoAddress,
    testing::Values(AddressRow{"an empty array", "*0\r\n"}, AddressRow{"a status", "+OK\r\n"},
                    AddressRow{"no host", address("")}, AddressRow{"no port", address("a", "")},
                    AddressRow{"port 0", address("a", "0")},
                    AddressRow{"a port too large", address("a", "65536")},
                    AddressRow{"a port and more", address("a", "6379x")},
                    AddressRow{"a host with a line break", address("a\nb")},
                    AddressRow{"a host that is too long", address(std::string(254, 'a'))},
                    AddressRow{"one word", bulk_array({"a"})},
                    AddressRow{"three words", bulk_array({"a", "6379", "b"})}),
    row_name<AddressRow>);

TEST_F(Sentinels, AreAskedAgainWhereTheNodeIsAReplica) {
  start();
  const auto record = submit();
  tell(address("10.0.0.1"));
  greet(replica_role);
  EXPECT_EQ(record->failed, 1);
  EXPECT_EQ(network_.log.count("is not the primary (ROLE says slave)"), 1);
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(network_.log.lines.back().first, Severity::error);
  const int questions = opens(inquiry);
  network_.pass(200);
  EXPECT_EQ(opens(inquiry), questions + 1);
  EXPECT_EQ(network_.link(connection).transport.take_sent(), "");
}

TEST_F(Sentinels, AreDoubtedWhereAttemptsFailAndAnotherOneKnowsBetter) {
  start();
  for (int i = 0; i < 2; ++i) {
    tell(address("10.0.0.1"));
    greet(replica_role);
    network_.pass(300);
  }
  EXPECT_EQ(asked(), "s1");
  tell(address("10.0.0.1"));
  EXPECT_EQ(asked(), "s2");
  tell(address("10.0.0.2"));
  EXPECT_EQ(place(), "10.0.0.2:6379");
}

TEST_F(Sentinels, AreBelievedWhereNoOtherKnowsBetter) {
  start();
  for (int i = 0; i < 2; ++i) {
    tell(address("10.0.0.1"));
    network_.link(connection).user->closed("connect() failed");
    network_.pass(300);
  }
  const int opened = opens(connection);
  tell(address("10.0.0.1"));
  tell(unknown);
  EXPECT_EQ(opens(connection), opened);
  tell(address("10.0.0.1"));
  EXPECT_EQ(opens(connection), opened + 1);
  EXPECT_EQ(place(), "10.0.0.1:6379");
}

TEST_F(Sentinels, ThatPublishAMoveAreAskedThemselvesAndThenTheConnectionIsDropped) {
  start_ready();
  const auto record = submit();
  EXPECT_EQ(network_.link(connection).transport.take_sent(), "<command>");
  publish("mymaster 10.0.0.1 6379 10.9.9.9 1");
  EXPECT_EQ(asked(), network_.link(watch).transport.peer.host);
  EXPECT_EQ(opens(connection), 1);
  tell(address("10.0.0.2"));
  EXPECT_EQ(place(), "10.0.0.2:6379");
  EXPECT_TRUE(is_down(state_));
  EXPECT_EQ(network_.log.count("has moved to 10.0.0.2:6379"), 1);
  greet(primary_role);
  EXPECT_EQ(network_.link(connection).transport.take_sent(), "<command>");
  network_.link(connection).user->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_FALSE(is_down(state_));
}

TEST_F(Sentinels, DoNotDisturbWhatStaysWhereItIs) {
  start_ready();
  publish("mymaster 10.0.0.1 6379 10.0.0.2 6379");
  const int questions = opens(inquiry);
  tell(address("10.0.0.1"));
  network_.turn();
  EXPECT_EQ(opens(connection), 1);
  EXPECT_EQ(network_.link(connection).transport.abandons, 0);
  EXPECT_EQ(opens(inquiry), questions);
}

TEST_F(Sentinels, AreNotAskedBecauseOfAnotherPrimary) {
  start_ready();
  publish("mymaster2 10.0.0.1 6379 10.0.0.2 6379");
  const int questions = opens(inquiry);
  network_.pass(500);
  EXPECT_EQ(opens(inquiry), questions);
}

TEST_F(Sentinels, AreAskedOnceMoreWhereAHintComesWhileOneIsAsked) {
  start_ready();
  publish("mymaster 10.0.0.1 6379 10.0.0.2 6379");
  network_.link(watch).user->received(
      bulk_array({"message", "+switch-master", "mymaster 10.0.0.1 6379 10.0.0.2 6379"}));
  tell(address("10.0.0.1"));
  const int questions = opens(inquiry);
  network_.pass(100);
  EXPECT_EQ(opens(inquiry), questions + 1);
  tell(address("10.0.0.2"));
  EXPECT_EQ(place(), "10.0.0.2:6379");
}

TEST_F(Sentinels, ThatAreAllGoneDoNotTouchAConnectionThatWorks) {
  start_ready();
  publish("mymaster 10.0.0.1 6379 10.0.0.2 6379");
  for (int i = 0; i < 3; ++i) {
    network_.link(inquiry).user->closed("connect() failed");
  }
  const auto record = submit();
  network_.link(connection).user->received("+OK\r\n");
  EXPECT_EQ(record->replied, 1);
  EXPECT_FALSE(is_down(state_));
}

TEST_F(Sentinels, AreLeftAloneOnceTheStoreStops) {
  start_ready();
  nodes_->stop();
  const int questions = opens(inquiry);
  const int watches = opens(watch);
  network_.pass(60000);
  EXPECT_EQ(opens(inquiry), questions);
  EXPECT_EQ(opens(watch), watches);
  EXPECT_EQ(submit()->failed, 1);
}

}  // namespace
}  // namespace oauth2::redis
