#ifndef OAUTH2_SRC_REDIS_INQUIRY_H
#define OAUTH2_SRC_REDIS_INQUIRY_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/reply.h"
#include "redis/store_host.h"

namespace oauth2::redis {

/// What one Redis or Sentinel after the other is asked until one of them knows.
class Question {
 public:
  virtual ~Question() = default;

  /// Whom to ask, in this order; one at least.
  virtual std::vector<Endpoint> places() const = 0;

  /// The command. It is answered with one reply.
  virtual std::string command() const = 0;

  /// Takes what `asked` replied, which is no error. Returns nothing, or why that is no answer,
  /// which goes to the log.
  virtual std::string take(const Endpoint& asked, const Reply& reply) = 0;

  /// None of the places had an answer; `why` says what became of the last one.
  virtual void nobody_knows(const std::string& why) = 0;
};

/// How an inquiry is made.
struct InquiryOptions {
  std::string username;        ///< empty: the default user
  std::string password;        ///< empty: no AUTH
  uint64_t timeout_ms = 1000;  ///< for all places together; each gets its share, 100 ms at least
  uint64_t pause_ms = 0;       ///< from the start of one to that of the next
};

/// Asks one question, on connections that are closed again after the reply. One inquiry at a time:
/// however many want to know, nobody is stormed.
class Inquiry final : private TransportUser {
 public:
  /// `question` and `host` outlive it.
  Inquiry(InquiryOptions options, Question& question, StoreHost& host);
  ~Inquiry() override;
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  /// Begins to ask as soon as the pause allows, unless that is under way. Question::take() or
  /// nobody_knows() follows, not before this returns.
  void start();

  /// Ends it without an answer.
  void stop();

  bool is_running() const { return state_ != State::idle; }

 private:
  enum class State { idle, pausing, connecting, asking };

  void opened() override;
  void received(std::string_view bytes) override;
  void closed(const std::string& reason) override { give_up_on_place(reason); }
  void quitting(bool at_once) override;
  void flush() override;
  void woken() override;

  void ask_first();
  void ask_next();
  void take(const Reply& reply);
  void give_up_on_place(const std::string& why);
  void wake_at(uint64_t time_ms);

  const InquiryOptions options_;
  Question& question_;
  StoreHost& host_;
  const std::unique_ptr<Transport> transport_;
  std::unique_ptr<ReplyReader> reader_;
  State state_ = State::idle;
  std::vector<Endpoint> places_;
  size_t next_place_ = 0;
  bool logging_in_ = false;     // the reply to AUTH is still to come
  uint64_t begun_ms_ = 0;       // of the last inquiry; 0: never
  uint64_t state_ends_ms_ = 0;  // of pausing: begin; otherwise: give up on the place
  bool stopped_ = false;
};

}  // namespace oauth2::redis

#endif
