#include "redis_peer.h"

#include <algorithm>

#include "fuzz.h"

namespace oauth2::fuzz {
namespace {

constexpr uint64_t longest_pause_ms = 5000;
constexpr int most_timers = 4000;  // an hour of tries to connect, one a second

// A RESP array of bulk strings, as append_command() writes it.
size_t size_of_command(const std::string& bytes) {
  size_t at = bytes.find("\r\n") + 2;
  for (uint32_t words = number(bytes.substr(1)); words > 0; --words) {
    const uint32_t size = number(bytes.substr(at + 1, 10));
    at = bytes.find("\r\n", at) + 2 + size + 2;
    OAUTH2_HOLDS(at <= bytes.size());
  }
  return at;
}

}  // namespace

void RedisPeer::begin() {
  look_at_what_was_sent();
}

bool RedisPeer::happen(const std::string& line) {
  const std::string argument = line.substr(std::min<size_t>(line.size(), 2));
  switch (line.empty() ? '\0' : line.front()) {
    case 'o':
      if (std::exchange(opening_, false)) {
        open_ = true;
        host.user().opened();
      }
      break;
    case 'x':
      if (opening_ || open_) {
        opening_ = open_ = false;
        host.user().closed("closed");
      }
      break;
    case 'f':
      transport.flush_wanted = false;
      host.user().flush();
      break;
    case 't':
      let_time_pass(std::min<uint64_t>(number(argument), longest_pause_ms));
      break;
    case 'a':
      if (open_ && !questions_.empty()) {
        const std::string reply = answer(questions_.front());
        questions_.pop_front();
        const size_t cut = number(argument);
        receive(std::string_view(reply).substr(0, cut));
        receive(std::string_view(reply).substr(std::min(cut, reply.size())));
      }
      break;
    case 'r':
      receive(argument);
      break;
    case 'R':
      receive(argument + "\r\n");
      break;
    case 'q':
    case 'Q':
      host.user().quitting(line.front() == 'Q');
      break;
    default:
      return false;
  }
  look_at_what_was_sent();
  return true;
}

void RedisPeer::look_at_what_was_sent() {
  if (std::exchange(abandons_, transport.abandons) != transport.abandons) {
    opening_ = open_ = false;
    questions_.clear();
  }
  if (std::exchange(opens_, transport.opens) != transport.opens) {
    opening_ = true;
  }
  for (std::string bytes = transport.take_sent(); !bytes.empty();) {
    const size_t size = bytes.front() == '*' ? size_of_command(bytes) : bytes.find('>') + 1;
    questions_.push_back(bytes.substr(0, size));
    bytes.erase(0, size);
    sent(questions_.back());
  }
}

std::string RedisPeer::answer(const std::string& question) {
  if (question.find("INFO") != std::string::npos) {
    return "$27\r\nmaxmemory_policy:noeviction\r\n";
  }
  if (question.find("PING") != std::string::npos) {
    return "+PONG\r\n";
  }
  if (question.find("AUTH") != std::string::npos) {
    return "+OK\r\n";
  }
  return question.find("\r\nSET\r\n") != std::string::npos ? "$-1\r\n" : answer_to(question);
}

// Nothing comes from a socket that was closed, nor an empty read.
void RedisPeer::receive(std::string_view bytes) {
  if (open_ && !bytes.empty() && transport.abandons == abandons_) {
    host.user().received(bytes);
  }
}

void RedisPeer::let_time_pass(uint64_t ms) {
  const uint64_t end = transport.now + ms;
  transport.now = std::min(end, std::max(transport.now, transport.wake.value_or(end)));
  if (transport.wake.has_value() && *transport.wake <= transport.now) {
    wake();
  }
}

void RedisPeer::wake() {
  transport.wake.reset();
  host.user().woken();
  OAUTH2_HOLDS(!transport.wake.has_value() || *transport.wake > transport.now);  // nothing spins
}

void RedisPeer::let_timers_run() {
  for (int i = 0; i < most_timers && transport.wake.has_value() && transport.holds_worker; ++i) {
    transport.now = std::max(transport.now, *transport.wake);
    wake();
    host.user().flush();
    look_at_what_was_sent();
  }
}

}  // namespace oauth2::fuzz
