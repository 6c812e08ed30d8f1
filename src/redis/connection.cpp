#include "redis/connection.h"

#include <algorithm>
#include <utility>

#include "redis/backoff.h"
#include "redis/ping.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t first_backoff_ms = 50;
constexpr uint64_t max_backoff_ms = 1000;
constexpr uint64_t ping_interval_ms = 1000;
constexpr uint64_t settled_after_ms = 1000;    // if it breaks sooner, and was of no use, it failed
constexpr size_t max_elements_of_role = 1024;  // each replica of a primary is one
constexpr uint64_t never = Transport::never;

Severity severity_of(ReplyError error) {
  return error == ReplyError::refused ? Severity::error : Severity::alert;
}

}  // namespace

Connection::Connection(ConnectionOptions options, ConnectionOwner& owner, StoreHost& host,
                       const std::string& name, OutageClock outages, uint64_t random_seed)
    : options_(std::move(options)),
      owner_(owner),
      health_(outages, host.make_log(name)),
      transport_(host.make_transport(*this)),
      random_(random_seed | 1),
      fence_(options_.replicas, options_.wait_ms) {}

Connection::~Connection() = default;

void Connection::start() {
  connect();
  schedule();
}

void Connection::connect() {
  phase_ = State::connecting;
  phase_ends_ms_ = transport_->now_ms() + options_.connect_timeout_ms;
  reader_ = std::make_unique<ReplyReader>(ReplyReader::usual_max_size,
                                          options_.expects_primary ? max_elements_of_role : 0);
  peer_.reset();
  owner_.locate(*this);
}

bool Connection::is_being_located() const {
  return phase_ == State::connecting && !peer_.has_value();
}

void Connection::located(const Endpoint& endpoint) {
  if (is_being_located()) {
    peer_ = endpoint;
    transport_->open(endpoint);
  }
}

void Connection::not_located(const std::string& reason) {
  if (is_being_located()) {
    lose(Severity::error, reason);
  }
}

void Connection::moved(const Endpoint& endpoint) {
  const bool rests = phase_ == State::waiting && phase_ends_ms_ == never;
  if (phase_ == State::stopped || rests || is_being_located() || peer_ == endpoint) {
    return;
  }
  if (phase_ == State::ready) {
    lose(Severity::warn, "has moved to " + to_string(endpoint));
  } else {
    transport_->abandon();
    connect();
    schedule();
  }
}

void Connection::submit(std::unique_ptr<PendingCommand> command) {
  const bool full = commands_.size() >= options_.max_pending;
  if (phase_ == State::stopped || full) {
    const uint64_t now = transport_->now_ms();
    if (full) {
      health_.note_trouble(now, Severity::error, "has too many commands waiting (max_pending)");
    }
    command->failed(now);
    return;
  }
  earliest_deadline_ms_ =
      commands_.empty() ? command->deadline : std::min(earliest_deadline_ms_, command->deadline);
  if (command->not_before_ms != 0) {
    next_send_ms_ = std::min(next_send_ms_, command->not_before_ms);
  }
  commands_.add(std::move(command));
  if (phase_ == State::ready) {
    transport_->flush_later();
  } else if (phase_ == State::waiting && phase_ends_ms_ == never) {
    connect();
  }
  transport_->wake_at(next_wake(), commands_.holds_worker());
}

void Connection::flush() {
  if (phase_ != State::ready) {
    return;
  }
  if (fence_.is_up()) {
    schedule();
    return;
  }
  std::string out;
  const uint64_t now = transport_->now_ms();
  commands_.send(out, now);
  if (fence_.exists() && commands_.awaits_write()) {
    fence_.raise(out, commands_.missing_replies(), now);
  }
  if (!out.empty()) {
    transport_->send(out);
  }
  schedule();
}

void Connection::opened() {
  phase_ = State::greeting;
  std::string out;
  greeting_.emplace(options_, out);
  transport_->send(out);
  schedule();
}

void Connection::received(std::string_view bytes) {
  if (!reader_->feed(bytes)) {
    lose(Severity::alert, "sent a reply that is too long");
    return;
  }
  for (Reply reply;;) {
    const ReplyReader::Result result = reader_->next(reply);
    if (result == ReplyReader::Result::need_more) {
      break;
    }
    if (result == ReplyReader::Result::broken) {
      lose(Severity::alert, "sent something that is not a reply");
      return;
    }
    last_reply_ms_ = transport_->now_ms();
    const bool usable = phase_ == State::greeting ? take_greeting(reply) : take_reply(reply);
    if (!usable) {
      return;
    }
  }
  schedule();
}

// False if the connection was lost over it, here and below.
bool Connection::take_greeting(const Reply& reply) {
  switch (greeting_->take(reply)) {
    case Greeting::Result::more:
      break;
    case Greeting::Result::ready:
      health_.note_eviction_policy(greeting_->eviction_policy());
      become_ready();
      break;
    case Greeting::Result::refused:
      lose(greeting_->denied() ? Severity::alert : Severity::error, greeting_->problem());
      return false;
  }
  return true;
}

void Connection::become_ready() {
  phase_ = State::ready;
  ready_since_ms_ = transport_->now_ms();
  if (commands_.has_unsent()) {
    transport_->flush_later();
  } else if (health_.is_down()) {
    keep_alive();
  }
}

bool Connection::take_reply(const Reply& reply) {
  if (!commands_.has_sent()) {
    lose(Severity::alert, "sent a reply that nobody waits for");
    return false;
  }
  if (reply.error == ReplyError::wrong_node) {
    lose(Severity::error, std::string("answered ").append(reply.code()));
    return false;
  }
  return fence_.is_up() ? take_fenced_reply(reply) : deliver(reply, true);
}

bool Connection::take_fenced_reply(const Reply& reply) {
  const Fence::Result result = fence_.take(reply);
  switch (result) {
    case Fence::Result::held:
      return true;
    case Fence::Result::reached:
      break;
    case Fence::Result::missed:
      health_.note_trouble(fence_.up_since_ms(), Severity::error,
                           "has too few replicas that keep up (wait)");
      break;
    case Fence::Result::refused:
      health_.note_trouble(fence_.up_since_ms(), severity_of(reply.error),
                           std::string("answered ").append(reply.code()));
      break;
    case Fence::Result::broken:
      lose(Severity::alert, "sent a reply that belongs to another command");
      return false;
  }
  const bool confirmed = result == Fence::Result::reached;
  for (const Reply& held : fence_.lower()) {
    if (!deliver(held, confirmed)) {
      return false;
    }
  }
  if (!confirmed) {
    owner_.troubled(*this);
  }
  if (commands_.has_unsent()) {
    transport_->flush_later();
  }
  return true;
}

// What was executed and is not confirmed stands in Redis, but nobody may rely on it. An error says
// that nothing was.
bool Connection::deliver(const Reply& reply, bool confirmed) {
  std::unique_ptr<PendingCommand> command = commands_.take_sent();
  if (command->replies_to_skip > 0) {
    --command->replies_to_skip;
    if (reply.error == ReplyError::none) {
      commands_.put_back(std::move(command));
    } else {
      commands_.put_back(std::make_unique<Ignored>(*command));
      refuse(*command, reply);
    }
    return true;
  }
  return take_final_reply(std::move(command), reply, confirmed);
}

bool Connection::take_final_reply(std::unique_ptr<PendingCommand> command, const Reply& reply,
                                  bool confirmed) {
  const uint64_t now = transport_->now_ms();
  switch (reply.error) {
    case ReplyError::none:
      if (!confirmed) {
        command->failed(now);
        return true;
      }
      if (command->holds_worker() || ready_since_ms_ + settled_after_ms <= now) {
        failed_attempts_ = 0;
      }
      if (command->shows_health()) {
        health_.note_success(now);
      }
      break;
    case ReplyError::no_script:
      break;
    case ReplyError::moved:
    case ReplyError::ask:
    case ReplyError::try_again:
      redirect(std::move(command), reply);
      return true;
    case ReplyError::wrong_node:
    case ReplyError::refused:
    case ReplyError::denied:
    case ReplyError::other:
      refuse(*command, reply);
      return true;
  }
  switch (command->replied(reply, now)) {
    case PendingCommand::Next::done:
      break;
    case PendingCommand::Next::repeat:
      --command->times_sent;
      commands_.add(std::move(command));
      transport_->flush_later();
      break;
    case PendingCommand::Next::refuse:
      refuse(*command, reply);
      break;
    case PendingCommand::Next::abandon:
      lose(Severity::alert, "sent a reply that belongs to another command");
      return false;
  }
  return true;
}

// A probe for a slot that has moved is over: another one will be sent.
void Connection::redirect(std::unique_ptr<PendingCommand> command, const Reply& reply) {
  if (!command->holds_worker()) {
    return;
  }
  --command->times_sent;
  if (!owner_.redirect(command, reply)) {
    refuse(*command, reply);
  }
}

// An error that Redis would give to any command is an outage; another one is this command's.
void Connection::refuse(PendingCommand& command, const Reply& reply) {
  const uint64_t now = transport_->now_ms();
  const std::string what = std::string("answered ").append(reply.code());
  if (reply.error == ReplyError::other) {
    health_.note_mistake(what);
  } else {
    health_.note_trouble(now, severity_of(reply.error), what);
    owner_.troubled(*this);
  }
  command.failed(now);
}

// Whatever was sent without an answer may have been executed, from the last reply on; behind a
// fence, from the beginning of the batch on.
void Connection::lose(Severity severity, const std::string& what) {
  const uint64_t now = transport_->now_ms();
  const bool was_ready = phase_ == State::ready;
  const bool harmless = was_ready && !commands_.has_sent() && severity != Severity::alert;
  transport_->abandon();
  if (!harmless) {
    const uint64_t since = last_reply_ms_ != 0 ? last_reply_ms_ : now;
    health_.note_trouble(std::min(since, fence_.up_since_ms()), severity, what);
  }
  fence_.lower();
  Commands failed = commands_.take_lost(was_ready, now);
  if (closes_when_idle() && !commands_.has_unsent()) {
    rest();
  } else if (was_ready && failed_attempts_ == 0) {
    ++failed_attempts_;
    connect();
  } else {
    phase_ = State::waiting;
    phase_ends_ms_ = now + backoff_ms(first_backoff_ms, max_backoff_ms, failed_attempts_, random_);
    ++failed_attempts_;
  }
  fail_all(std::move(failed), now);
  owner_.troubled(*this);
  schedule();
}

Commands Connection::take_unsent() {
  Commands unsent = commands_.take_unsent();
  schedule();
  return unsent;
}

void Connection::leave() {
  left_ = true;
  health_.leave(transport_->now_ms());
  if (phase_ != State::stopped && !commands_.holds_worker()) {
    rest();
    schedule();
  }
}

void Connection::keep() {
  health_.come_back();
  if (std::exchange(left_, false) && phase_ == State::waiting && phase_ends_ms_ == never) {
    connect();
    schedule();
  }
}

void Connection::stop() {
  phase_ = State::stopped;
  transport_->abandon();
  fence_.lower();
  fail_all(commands_.take_all(), transport_->now_ms());
  schedule();
}

void Connection::woken() {
  const uint64_t now = transport_->now_ms();
  fail_all(commands_.take_expired(now), now);
  switch (phase_) {
    case State::waiting:
      if (phase_ends_ms_ <= now) {
        connect();
      }
      break;
    case State::connecting:
    case State::greeting:
      if (phase_ends_ms_ <= now) {
        lose(Severity::error, "does not answer (connect_timeout)");
        return;
      }
      break;
    case State::ready:
      if (commands_.is_late(options_.timeout_ms, now)) {
        lose(Severity::error, "does not answer (timeout)");
        return;
      }
      if (next_send_ms_ <= now) {
        flush();
        return;
      }
      if (commands_.empty() && last_reply_ms_ + ping_interval_ms <= now) {
        keep_alive();
      }
      break;
    case State::stopped:
      return;
  }
  schedule();
}

void Connection::keep_alive() {
  const uint64_t until = transport_->now_ms() + options_.timeout_ms;
  if (closes_when_idle()) {
    rest();
  } else if (health_.is_down()) {
    submit(std::make_unique<Probe>(owner_.probe_key(), until));
  } else {
    submit(std::make_unique<Ping>(until));
  }
}

void Connection::rest() {
  transport_->abandon();
  commands_.take_all_sent();
  fence_.lower();
  phase_ = State::waiting;
  phase_ends_ms_ = never;
}

void Connection::quitting(bool at_once) {
  quitting_ = true;
  if (at_once) {
    stop();
  } else if (phase_ != State::stopped && !commands_.holds_worker()) {
    rest();
  }
}

uint64_t Connection::next_wake() const {
  uint64_t wake = never;
  if (phase_ != State::ready) {
    wake = phase_ends_ms_;
  } else if (commands_.has_sent()) {
    wake = commands_.oldest_sent_ms() + options_.timeout_ms;
  } else if (!commands_.has_unsent()) {
    wake = last_reply_ms_ + ping_interval_ms;
  }
  const uint64_t next_send = phase_ == State::ready && !fence_.is_up() ? next_send_ms_ : never;
  return std::min({wake, next_send, earliest_deadline_ms_});
}

void Connection::schedule() {
  earliest_deadline_ms_ = commands_.earliest_deadline();
  next_send_ms_ = commands_.next_send_ms();
  transport_->wake_at(phase_ == State::stopped ? never : next_wake(), commands_.holds_worker());
}

}  // namespace oauth2::redis
