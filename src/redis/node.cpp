#include "redis/node.h"

#include <utility>

namespace oauth2::redis {
namespace {

ConnectionOptions without_fence(ConnectionOptions options) {
  options.replicas = 0;
  return options;
}

}  // namespace

Node::Node(const ConnectionOptions& options, ConnectionOwner& owner, StoreHost& host,
           const std::string& name, StoreState& state, uint64_t longest_window_ms, uint64_t seed)
    : plain_(without_fence(options), owner, host, name, OutageClock(state, longest_window_ms, name),
             seed) {
  const std::string fenced_name = name + " (wait)";
  if (options.replicas > 0) {
    fenced_.emplace(options, owner, host, fenced_name,
                    OutageClock(state, longest_window_ms, fenced_name), ~seed);
  } else if (is_down(state)) {
    // Perhaps an earlier configuration waited for replicas that nobody looks for any more.
    OutageClock(state, longest_window_ms, fenced_name).recovered(host.now_ms());
  }
}

void Node::start() {
  plain_.start();
  if (fenced_.has_value()) {
    fenced_->start();
  }
}

void Node::submit(std::unique_ptr<PendingCommand> command) {
  Connection& connection = command->fenced && fenced_.has_value() ? *fenced_ : plain_;
  connection.submit(std::move(command));
}

void Node::stop() {
  plain_.stop();
  if (fenced_.has_value()) {
    fenced_->stop();
  }
}

}  // namespace oauth2::redis
