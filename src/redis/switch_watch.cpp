#include "redis/switch_watch.h"

#include <utility>

#include "redis/backoff.h"
#include "redis/command.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t ping_interval_ms = 1000;
constexpr uint64_t first_backoff_ms = 50;
constexpr uint64_t max_backoff_ms = 1000;
constexpr size_t max_elements = 3;
constexpr std::string_view channel = "+switch-master";

bool has_words(const Reply& reply, size_t count, std::string_view first) {
  return reply.elements.size() == count && reply.elements.front().text == first;
}

}  // namespace

SwitchWatch::SwitchWatch(SentinelOptions options, std::vector<Endpoint> sentinels,
                         uint64_t timeout_ms, SwitchListener& listener, StoreHost& host,
                         StoreLog& log, uint64_t random_seed)
    : options_(std::move(options)),
      sentinels_(std::move(sentinels)),
      timeout_ms_(timeout_ms),
      listener_(listener),
      host_(host),
      log_(log),
      random_(random_seed | 1),
      transport_(host.make_transport(*this)),
      current_(random_seed % sentinels_.size()) {}

SwitchWatch::~SwitchWatch() = default;

void SwitchWatch::stop() {
  state_ = State::stopped;
  transport_->abandon();
}

void SwitchWatch::connect() {
  state_ = State::connecting;
  reader_ = std::make_unique<ReplyReader>(ReplyReader::usual_max_size, max_elements);
  wake_at(host_.now_ms() + timeout_ms_);
  transport_->open(sentinels_[current_]);
}

void SwitchWatch::opened() {
  std::string out;
  state_ = options_.password.empty() ? State::subscribing : State::logging_in;
  append_login(out, options_.username, options_.password);
  append_command(out, {"SUBSCRIBE", channel});
  transport_->send(out);
}

void SwitchWatch::received(std::string_view bytes) {
  if (!reader_->feed(bytes)) {
    go_on("sent a reply that is too long");
    return;
  }
  for (Reply reply;;) {
    const ReplyReader::Result result = reader_->next(reply);
    if (result == ReplyReader::Result::need_more) {
      return;
    }
    if (result == ReplyReader::Result::broken) {
      go_on("sent something that is not a reply");
      return;
    }
    if (!take(reply)) {
      return;
    }
  }
}

// False if that was the end of the connection.
bool SwitchWatch::take(const Reply& reply) {
  if (reply.error != ReplyError::none) {
    const char* asked = state_ == State::logging_in    ? "refused AUTH with "
                        : state_ == State::subscribing ? "refused SUBSCRIBE with "
                                                       : "answered ";
    go_on(std::string(asked).append(reply.code()));
    return false;
  }
  if (state_ == State::logging_in) {
    state_ = State::subscribing;
    return true;
  }
  if (state_ == State::subscribing && has_words(reply, 3, "subscribe")) {
    state_ = State::listening;
    awaits_pong_ = false;
    wake_at(host_.now_ms() + ping_interval_ms);
    listener_.may_have_moved(sentinels_[current_]);
    return true;
  }
  return take_message(reply);
}

bool SwitchWatch::take_message(const Reply& reply) {
  if (state_ == State::listening && has_words(reply, 2, "pong") && awaits_pong_) {
    awaits_pong_ = false;
    failures_ = 0;
    wake_at(host_.now_ms() + ping_interval_ms);
    return true;
  }
  if (state_ == State::listening && has_words(reply, 3, "message")) {
    const std::string& text = reply.elements.back().text;
    if (text.substr(0, text.find(' ')) == options_.primary) {
      listener_.may_have_moved(sentinels_[current_]);
    }
    return true;
  }
  go_on("sent a reply that nobody waits for");
  return false;
}

// One that broke before it answered a ping counts as a failure, so that nobody is stormed.
void SwitchWatch::go_on(const std::string& why) {
  transport_->abandon();
  ++failures_;
  if (failures_ == sentinels_.size()) {
    log_.log(Severity::warn, "has no Sentinel to hear of failovers: " +
                                 to_string(sentinels_[current_]) + " " + why);
  }
  current_ = (current_ + 1) % sentinels_.size();
  state_ = State::pausing;
  wake_at(host_.now_ms() + backoff_ms(first_backoff_ms, max_backoff_ms, failures_ - 1, random_));
}

void SwitchWatch::woken() {
  if (state_ == State::stopped) {
    return;
  }
  if (state_ends_ms_ > host_.now_ms()) {
    wake_at(state_ends_ms_);
  } else if (state_ == State::pausing) {
    connect();
  } else if (state_ == State::listening && !awaits_pong_) {
    ping();
  } else {
    go_on("does not answer");
  }
}

void SwitchWatch::ping() {
  awaits_pong_ = true;
  wake_at(host_.now_ms() + timeout_ms_);
  std::string out;
  append_command(out, {"PING"});
  transport_->send(out);
}

void SwitchWatch::quitting(bool) {
  stop();
}

void SwitchWatch::wake_at(uint64_t time_ms) {
  state_ends_ms_ = time_ms;
  transport_->wake_at(time_ms, false);
}

}  // namespace oauth2::redis
