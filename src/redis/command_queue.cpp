#include "redis/command_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "redis/command.h"
#include "redis/transport.h"

namespace oauth2::redis {
namespace {

constexpr unsigned max_times_sent = 2;

uint64_t earliest_deadline_of(const Commands& commands) {
  uint64_t earliest = Transport::never;
  for (const std::unique_ptr<PendingCommand>& command : commands) {
    earliest = std::min(earliest, command->deadline);
  }
  return earliest;
}

}  // namespace

void fail_all(Commands commands, uint64_t now_ms) {
  for (std::unique_ptr<PendingCommand>& command : commands) {
    command->failed(now_ms);
  }
}

void CommandQueue::add(std::unique_ptr<PendingCommand> command) {
  unsent_.push_back(std::move(command));
}

void CommandQueue::send(std::string& out, uint64_t now_ms) {
  auto early = unsent_.begin();
  for (std::unique_ptr<PendingCommand>& command : unsent_) {
    if (command->not_before_ms > now_ms) {
      *early++ = std::move(command);
      continue;
    }
    if (command->first_sent_ms == 0) {
      if (!command->still_wanted()) {
        continue;
      }
      command->first_sent_ms = now_ms;
    }
    command->sent_ms = now_ms;
    ++command->times_sent;
    command->replies_to_skip = command->leading_commands;
    out.append(command->leading_bytes);
    if (command->asking) {
      append_command(out, {"ASKING"});
      ++command->replies_to_skip;
    }
    out.append(command->bytes);
    sent_.push_back(std::move(command));
  }
  unsent_.erase(early, unsent_.end());
}

std::unique_ptr<PendingCommand> CommandQueue::take_sent() {
  std::unique_ptr<PendingCommand> command = std::move(sent_.front());
  sent_.pop_front();
  return command;
}

void CommandQueue::put_back(std::unique_ptr<PendingCommand> command) {
  sent_.push_front(std::move(command));
}

Commands CommandQueue::take_lost(bool was_ready, uint64_t now_ms) {
  Commands lost = take_all_sent();
  if (!was_ready) {
    std::move(unsent_.begin(), unsent_.end(), std::back_inserter(lost));
    unsent_.clear();
  }
  Commands failed;
  while (!lost.empty()) {
    std::unique_ptr<PendingCommand> command = std::move(lost.back());
    lost.pop_back();
    const bool repeat = was_ready && command->holds_worker() &&
                        command->times_sent < max_times_sent && command->deadline > now_ms;
    (repeat ? unsent_ : failed).push_front(std::move(command));
  }
  return failed;
}

// Where a request has several commands, later ones may have the earlier deadline.
Commands CommandQueue::take_expired(uint64_t now_ms) {
  Commands expired;
  Commands waiting;
  for (std::unique_ptr<PendingCommand>& command : unsent_) {
    (command->deadline <= now_ms ? expired : waiting).push_back(std::move(command));
  }
  unsent_ = std::move(waiting);
  return expired;
}

Commands CommandQueue::take_unsent() {
  return std::exchange(unsent_, {});
}

Commands CommandQueue::take_all() {
  Commands all = take_all_sent();
  std::move(unsent_.begin(), unsent_.end(), std::back_inserter(all));
  unsent_.clear();
  return all;
}

Commands CommandQueue::take_all_sent() {
  return std::exchange(sent_, {});
}

size_t CommandQueue::missing_replies() const {
  size_t replies = 0;
  for (const std::unique_ptr<PendingCommand>& command : sent_) {
    replies += size_t{command->replies_to_skip} + 1;
  }
  return replies;
}

bool CommandQueue::awaits_write() const {
  return std::any_of(
      sent_.begin(), sent_.end(),
      [](const std::unique_ptr<PendingCommand>& command) { return command->shows_health(); });
}

bool CommandQueue::is_late(uint64_t timeout_ms, uint64_t now_ms) const {
  return !sent_.empty() &&
         (oldest_sent_ms() + timeout_ms <= now_ms || earliest_deadline_of(sent_) <= now_ms);
}

uint64_t CommandQueue::next_send_ms() const {
  uint64_t next = Transport::never;
  for (const std::unique_ptr<PendingCommand>& command : unsent_) {
    if (command->not_before_ms != 0) {
      next = std::min(next, command->not_before_ms);
    }
  }
  return next;
}

uint64_t CommandQueue::earliest_deadline() const {
  return std::min(earliest_deadline_of(unsent_), earliest_deadline_of(sent_));
}

bool CommandQueue::holds_worker() const {
  const auto holds = [](const std::unique_ptr<PendingCommand>& command) {
    return command->holds_worker();
  };
  return !unsent_.empty() || std::any_of(sent_.begin(), sent_.end(), holds);
}

}  // namespace oauth2::redis
