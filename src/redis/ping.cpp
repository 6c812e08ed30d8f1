#include "redis/ping.h"

#include "redis/command.h"

namespace oauth2::redis {

Ping::Ping(uint64_t until) {
  append_command(bytes, {"PING"});
  deadline = until;
}

PendingCommand::Next Ping::replied(const Reply& reply, uint64_t) {
  return reply.text == "PONG" ? Next::done : Next::abandon;
}

Probe::Probe(const std::string& key, uint64_t until) {
  append_command(bytes, {"SET", key, "", "XX"});
  deadline = until;
}

Ignored::Ignored(const PendingCommand& command) {
  deadline = command.deadline;
  sent_ms = command.sent_ms;
  replies_to_skip = command.replies_to_skip;
}

}  // namespace oauth2::redis
