#include "load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

#include "cpu_time.h"

namespace oauth2::bench {
namespace {

constexpr uint64_t second = 1000000000;
constexpr uint64_t patience = 10 * second;

// The value of the member "refresh_token"; empty without it.
std::string_view refresh_token_of(std::string_view body) {
  constexpr std::string_view name = "\"refresh_token\":\"";
  const size_t at = body.find(name);
  if (at == std::string_view::npos) {
    return {};
  }
  body.remove_prefix(at + name.size());
  return body.substr(0, body.find('"'));
}

uint64_t nanoseconds(double seconds) {
  return static_cast<uint64_t>(seconds * static_cast<double>(second));
}

// In nanoseconds, from any time on.
uint64_t now() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

}  // namespace

Load::Load(const Options& options)
    : options_(options),
      template_(options),
      families_(options.tokens.empty() ? Families(std::max<uint64_t>(options.requests, 1))
                                       : Families::read(options.tokens)),
      events_(epoll_create1(EPOLL_CLOEXEC)) {
  const uint64_t families = founds() || !options.tokens.empty() ? families_.count() : UINT64_MAX;
  const uint64_t count = std::min<uint64_t>(options.connections, families);
  for (uint64_t i = 0; i < count; ++i) {
    lanes_.push_back(std::make_unique<Lane>(options.port));
    Lane& lane = *lanes_.back();
    lane.family = i;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &lane;
    if (epoll_ctl(events_, EPOLL_CTL_ADD, lane.connection.descriptor(), &event) == -1) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl()");
    }
    prepare(lane);
  }
  founded_ = lanes_.size();
}

Load::~Load() {
  close(events_);
}

std::vector<uint64_t> Load::cpu_times() const {
  std::vector<uint64_t> times;
  for (const pid_t pid : options_.pids) {
    times.push_back(cpu_time(pid));
  }
  times.push_back(cpu_time(getpid()));
  return times;
}

bool Load::is_over(uint64_t time) const {
  return options_.requests > 0 ? sent_ >= options_.requests : ends_ != 0 && time >= ends_;
}

void Load::measure(uint64_t time) {
  cpu_before_ = cpu_times();
  measured_from_ = time;
  if (options_.requests == 0) {
    ends_ = time + nanoseconds(options_.seconds);
  }
}

void Load::finish(uint64_t time) {
  const std::vector<uint64_t> cpu_after = cpu_times();
  result_.seconds = static_cast<double>(time - measured_from_) / static_cast<double>(second);
  for (size_t i = 0; i < options_.pids.size(); ++i) {
    result_.cpu.push_back(cpu_after[i] - cpu_before_[i]);
  }
  result_.own_cpu = cpu_after.back() - cpu_before_.back();
}

// Outside of the time that counts: a request is made while the server works on another one.
void Load::prepare(Lane& lane) {
  template_.make(lane.family, families_.token(lane.family % families_.count()), lane.request);
  idle_.push_back(&lane);
}

// That of the request which comes next.
void Load::choose_family(Lane& lane) {
  if (founds()) {
    lane.family = founded_++;
    return;
  }
  lane.family += lanes_.size();
  if (!options_.tokens.empty() && lane.family >= families_.count()) {
    lane.family %= lanes_.size();
  }
}

void Load::send(Lane& lane, uint64_t due) {
  lane.due = due;
  lane.waits = true;
  lane.connection.send(lane.request);
  ++sent_;
  ++waiting_;
}

// In an open loop, a request that finds no idle connection is late, and its time runs.
void Load::send_due(uint64_t time) {
  while (!idle_.empty() && !is_over(time) &&
         (!is_open_loop() || static_cast<uint64_t>(next_due_) <= time)) {
    Lane& lane = *idle_.front();
    idle_.pop_front();
    send(lane, is_open_loop() ? static_cast<uint64_t>(next_due_) : time);
    if (is_open_loop()) {
      next_due_ += static_cast<double>(second) / options_.rate;
    }
  }
}

void Load::answered(Lane& lane, const Answer& answer) {
  const uint64_t time = now();
  lane.waits = false;
  --waiting_;
  const bool expected = answer.status == options_.expected_status;
  if (measured_from_ != 0 && (ends_ == 0 || time < ends_)) {
    ++(expected ? result_.answers : result_.errors);
    result_.latencies.add(time - lane.due);
  }
  const std::string_view token = expected ? refresh_token_of(answer.body) : std::string_view();
  if (!token.empty()) {
    families_.set_token(lane.family % families_.count(), token);
  }
  choose_family(lane);
  if (!founds() || lane.family < options_.requests) {
    prepare(lane);
  }
}

void Load::take_events(uint64_t wait_until) {
  epoll_event events[256];
  const uint64_t time = now();
  const uint64_t wait = wait_until > time ? wait_until - time : 0;
  const timespec timeout = {static_cast<time_t>(wait / second), static_cast<long>(wait % second)};
  const int count = epoll_pwait2(events_, events, 256, &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    Lane& lane = *static_cast<Lane*>(events[i].data.ptr);
    Answer answer;
    if (lane.connection.receive(answer)) {
      if (!lane.waits) {
        throw std::runtime_error("the server answered a request that was not sent");
      }
      answered(lane, answer);
      if (!is_open_loop()) {
        send_due(now());
      }
    }
  }
  if (count == 0 && waiting_ > 0 && wait >= patience) {
    throw std::runtime_error("the server does not answer");
  }
}

Result Load::run() {
  begun_ = now();
  next_due_ = static_cast<double>(begun_);
  const uint64_t measured_from =
      begun_ + (options_.requests == 0 ? nanoseconds(options_.warm_up) : 0);
  for (uint64_t time = begun_; !is_over(time) || waiting_ > 0; time = now()) {
    if (measured_from_ == 0 && time >= measured_from) {
      measure(time);
    }
    if (result_.seconds == 0 && measured_from_ != 0 && is_over(time) && ends_ != 0) {
      finish(time);
    }
    send_due(time);
    const bool next_is_known = is_open_loop() && !idle_.empty() && !is_over(time);
    take_events(next_is_known ? static_cast<uint64_t>(next_due_) : time + patience);
  }
  if (result_.seconds == 0) {
    finish(now());
  }
  if (!options_.save_tokens.empty()) {
    families_.write(options_.save_tokens);
  }
  return result_;
}

}  // namespace oauth2::bench
