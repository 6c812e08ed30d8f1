#include "redis/node.h"

#include <iterator>
#include <utility>

namespace oauth2::redis {
namespace {

ConnectionOptions without_fence(ConnectionOptions options) {
  options.replicas = 0;
  return options;
}

}  // namespace

Node::Node(const StoreOptions& options, ConnectionOwner& owner, StoreHost& host,
           const std::string& name, StoreState& state, uint64_t seed)
    : plain_(without_fence(options.connection), owner, host, name,
             OutageClock(state, options.longest_window_ms, name), seed) {
  const std::string fenced_name = name + " (wait)";
  if (options.connection.replicas > 0) {
    fenced_.emplace(options.connection, owner, host, fenced_name,
                    OutageClock(state, options.longest_window_ms, fenced_name), ~seed);
  } else if (is_down(state)) {
    // Perhaps an earlier configuration waited for replicas that nobody looks for any more.
    OutageClock(state, options.longest_window_ms, fenced_name).recovered(host.now_ms());
  }
}

template <class Action>
void Node::for_each(Action action) {
  action(plain_);
  if (fenced_.has_value()) {
    action(*fenced_);
  }
}

void Node::start() {
  for_each([](Connection& connection) { connection.start(); });
}

void Node::submit(std::unique_ptr<PendingCommand> command) {
  Connection& connection = command->fenced && fenced_.has_value() ? *fenced_ : plain_;
  connection.submit(std::move(command));
}

void Node::moved(const Endpoint& endpoint) {
  for_each([&endpoint](Connection& connection) { connection.moved(endpoint); });
}

Commands Node::take_unsent() {
  Commands unsent;
  for_each([&unsent](Connection& connection) {
    Commands some = connection.take_unsent();
    std::move(some.begin(), some.end(), std::back_inserter(unsent));
  });
  return unsent;
}

void Node::leave() {
  for_each([](Connection& connection) { connection.leave(); });
}

void Node::keep() {
  for_each([](Connection& connection) { connection.keep(); });
}

bool Node::is_left() const {
  return plain_.is_left() && (!fenced_.has_value() || fenced_->is_left());
}

void Node::stop() {
  for_each([](Connection& connection) { connection.stop(); });
}

}  // namespace oauth2::redis
