#include "redis/inquiry.h"

#include <gtest/gtest.h>

#include "redis/scripted_transport.h"

namespace oauth2::redis {
namespace {

const std::string question_bytes = "*1\r\n$4\r\nROLE\r\n";

class Inquiries : public testing::Test, public Question {
 protected:
  void make(const InquiryOptions& options) {
    inquiry_ = std::make_unique<Inquiry>(options, *this, host_);
  }

  void begin() {
    inquiry_->start();
    turn();
  }

  void turn() {
    if (std::exchange(transport_.flush_wanted, false)) {
      host_.user().flush();
    }
  }

  void pass(uint64_t ms) {
    transport_.now += ms;
    if (transport_.wake.value_or(Transport::never) <= transport_.now) {
      transport_.wake.reset();
      host_.user().woken();
    }
    turn();
  }

  void open_and_reply(const std::string& reply) {
    host_.user().opened();
    transport_.take_sent();
    host_.user().received(reply);
  }

  std::vector<Endpoint> places() const override {
    return {{"", "10.0.0.1", 1}, {"", "10.0.0.2", 2}, {"", "10.0.0.3", 3}};
  }
  std::string command() const override { return question_bytes; }
  std::string take(const Endpoint& asked, const Reply& reply) override {
    EXPECT_FALSE(inquiry_->is_running());
    if (reply.text == "no") {
      return "does not know";
    }
    answers_.push_back(asked.host + " " + reply.text);
    return "";
  }
  void nobody_knows(const std::string& why) override { failures_.push_back(why); }

  ScriptedTransport transport_;
  KeptLog log_;
  ScriptedHost host_{transport_, log_};
  std::unique_ptr<Inquiry> inquiry_;
  std::vector<std::string> answers_;
  std::vector<std::string> failures_;
};

TEST_F(Inquiries, AskTheFirstPlaceAndCloseTheConnection) {
  make({});
  begin();
  EXPECT_EQ(transport_.peer.host, "10.0.0.1");
  host_.user().opened();
  EXPECT_EQ(transport_.take_sent(), question_bytes);
  host_.user().received("+yes\r\n");
  EXPECT_EQ(answers_, std::vector<std::string>{"10.0.0.1 yes"});
  EXPECT_EQ(transport_.abandons, 1);
  EXPECT_FALSE(inquiry_->is_running());
  pass(60000);
  EXPECT_EQ(transport_.opens, 1);
}

TEST_F(Inquiries, LogInWithUserAndPassword) {
  make({"app", "s3cret"});
  begin();
  host_.user().opened();
  EXPECT_EQ(transport_.take_sent(),
            "*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$6\r\ns3cret\r\n" + question_bytes);
  host_.user().received("+OK\r\n+yes\r\n");
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(Inquiries, LogInWithAPasswordAlone) {
  make({"", "s3cret"});
  begin();
  host_.user().opened();
  EXPECT_EQ(transport_.take_sent(), "*2\r\n$4\r\nAUTH\r\n$6\r\ns3cret\r\n" + question_bytes);
}

TEST_F(Inquiries, GoOnToTheNextPlaceWhateverGoesWrong) {
  make({"", "s3cret"});
  for (const char* reply : {"-WRONGPASS x\r\n", "+OK\r\n-LOADING x\r\n", "+OK\r\n+no\r\n", "?"}) {
    begin();
    const int opens = transport_.opens;
    open_and_reply(reply);
    EXPECT_EQ(transport_.opens, opens + 1) << reply;
    EXPECT_EQ(transport_.peer.host, "10.0.0.2");
    host_.user().closed("closed the connection");
    EXPECT_EQ(transport_.peer.host, "10.0.0.3");
    open_and_reply("+OK\r\n+yes\r\n");
    EXPECT_FALSE(inquiry_->is_running());
  }
  EXPECT_EQ(answers_, std::vector<std::string>(4, "10.0.0.3 yes"));
  EXPECT_TRUE(failures_.empty());
}

TEST_F(Inquiries, GiveEachPlaceItsShareOfTheTime) {
  make({"", "", 1000});
  begin();
  pass(249);
  EXPECT_EQ(transport_.peer.host, "10.0.0.1");
  pass(1);
  EXPECT_EQ(transport_.peer.host, "10.0.0.2");
  pass(100);
  host_.user().opened();
  pass(149);
  EXPECT_EQ(transport_.peer.host, "10.0.0.2");
  pass(1);
  EXPECT_EQ(transport_.peer.host, "10.0.0.3");
  pass(250);
  EXPECT_EQ(failures_, std::vector<std::string>{"10.0.0.3:3 does not answer"});
}

TEST_F(Inquiries, SayWhyNobodyKnows) {
  make({});
  begin();
  host_.user().closed("connect() failed");
  host_.user().closed("connect() failed");
  open_and_reply("-NOPERM this user\r\n");
  EXPECT_EQ(failures_, std::vector<std::string>{"10.0.0.3:3 answered NOPERM"});
  EXPECT_FALSE(inquiry_->is_running());
}

TEST_F(Inquiries, AreMadeOneAtATimeWithAPauseBetween) {
  make({"", "", 1000, 500});
  begin();
  inquiry_->start();
  turn();
  EXPECT_EQ(transport_.opens, 1);
  open_and_reply("+yes\r\n");
  inquiry_->start();
  inquiry_->start();
  turn();
  pass(499);
  EXPECT_EQ(transport_.opens, 1);
  pass(1);
  EXPECT_EQ(transport_.opens, 2);
}

TEST_F(Inquiries, EndAtOnceWhenStopped) {
  make({});
  begin();
  host_.user().quitting(true);
  EXPECT_FALSE(inquiry_->is_running());
  begin();
  EXPECT_EQ(transport_.opens, 1);
  EXPECT_TRUE(failures_.empty());
}

TEST_F(Inquiries, AreFinishedByAWorkerThatQuits) {
  make({});
  begin();
  host_.user().opened();
  host_.user().quitting(false);
  host_.user().received("+yes\r\n");
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(Inquiries, RefuseAnAnswerThatNeverEnds) {
  make({});
  begin();
  host_.user().opened();
  const std::string piece(1024 * 1024, 'x');
  host_.user().received("$2000000000\r\n");
  for (int i = 0; i < 8 && transport_.opens == 1; ++i) {
    host_.user().received(piece);
  }
  EXPECT_EQ(transport_.peer.host, "10.0.0.2");
}

}  // namespace
}  // namespace oauth2::redis
