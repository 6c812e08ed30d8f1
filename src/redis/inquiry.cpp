#include "redis/inquiry.h"

#include <algorithm>
#include <utility>

#include "redis/command.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t shortest_share_ms = 100;
constexpr size_t max_answer_size = size_t{4} * 1024 * 1024;  // the slots of a scattered cluster
constexpr size_t max_elements = 16384;

}  // namespace

Inquiry::Inquiry(InquiryOptions options, Question& question, StoreHost& host)
    : options_(std::move(options)),
      question_(question),
      host_(host),
      transport_(host.make_transport(*this)) {}

Inquiry::~Inquiry() = default;

void Inquiry::start() {
  if (is_running() || stopped_) {
    return;
  }
  state_ = State::pausing;
  const uint64_t now = host_.now_ms();
  const uint64_t pause_ends = begun_ms_ == 0 ? now : begun_ms_ + options_.pause_ms;
  if (pause_ends <= now) {
    transport_->flush_later();
  } else {
    wake_at(pause_ends);
  }
}

void Inquiry::stop() {
  stopped_ = true;
  state_ = State::idle;
  transport_->abandon();
}

void Inquiry::flush() {
  if (state_ == State::pausing) {
    ask_first();
  }
}

void Inquiry::ask_first() {
  begun_ms_ = host_.now_ms();
  places_ = question_.places();
  next_place_ = 0;
  ask_next();
}

void Inquiry::ask_next() {
  const uint64_t share = std::max(shortest_share_ms, options_.timeout_ms / (places_.size() + 1));
  state_ = State::connecting;
  reader_ = std::make_unique<ReplyReader>(max_answer_size, max_elements);
  wake_at(host_.now_ms() + share);
  transport_->open(places_[next_place_++]);
}

void Inquiry::opened() {
  state_ = State::asking;
  std::string out;
  logging_in_ = !options_.password.empty();
  append_login(out, options_.username, options_.password);
  transport_->send(out + question_.command());
}

void Inquiry::received(std::string_view bytes) {
  if (!reader_->feed(bytes)) {
    give_up_on_place("sent a reply that is too long");
    return;
  }
  Reply reply;
  while (state_ == State::asking) {
    const ReplyReader::Result result = reader_->next(reply);
    if (result == ReplyReader::Result::need_more) {
      return;
    }
    if (result == ReplyReader::Result::broken) {
      give_up_on_place("sent something that is not a reply");
      return;
    }
    take(reply);
  }
}

void Inquiry::take(const Reply& reply) {
  if (reply.error != ReplyError::none) {
    const char* asked = logging_in_ ? "refused AUTH with " : "answered ";
    give_up_on_place(std::string(asked).append(reply.code()));
    return;
  }
  if (std::exchange(logging_in_, false)) {
    return;
  }
  const Endpoint asked = places_[next_place_ - 1];
  state_ = State::idle;
  transport_->abandon();
  const std::string problem = question_.take(asked, reply);
  if (!problem.empty()) {
    give_up_on_place(problem);
  }
}

void Inquiry::give_up_on_place(const std::string& why) {
  transport_->abandon();
  if (next_place_ < places_.size()) {
    ask_next();
    return;
  }
  state_ = State::idle;
  question_.nobody_knows(to_string(places_.back()) + " " + why);
}

void Inquiry::woken() {
  if (state_ == State::idle) {
    return;
  }
  if (state_ends_ms_ > host_.now_ms()) {
    wake_at(state_ends_ms_);
  } else if (state_ == State::pausing) {
    ask_first();
  } else {
    give_up_on_place("does not answer");
  }
}

// Whoever waits for the answer holds the worker itself.
void Inquiry::quitting(bool at_once) {
  if (at_once) {
    stop();
  }
}

void Inquiry::wake_at(uint64_t time_ms) {
  state_ends_ms_ = time_ms;
  transport_->wake_at(time_ms, false);
}

}  // namespace oauth2::redis
