#include "redis/scripted_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace oauth2::redis {

class NetworkTransport final : public Transport {
 public:
  NetworkTransport(ScriptedNetwork& network, ScriptedNetwork::Link& link)
      : network_(network), link_(link) {}
  ~NetworkTransport() override {
    link_.user = nullptr;
    link_.open = false;
  }
  NetworkTransport(const NetworkTransport&) = delete;
  NetworkTransport& operator=(const NetworkTransport&) = delete;

  void open(const Endpoint& peer) override {
    link_.transport.open(peer);
    link_.open = true;
  }
  void send(std::string_view bytes) override { link_.transport.send(bytes); }
  void abandon() override {
    link_.transport.abandon();
    link_.open = false;
  }
  void flush_later() override { link_.transport.flush_later(); }
  void wake_at(uint64_t time_ms, bool holds) override { link_.transport.wake_at(time_ms, holds); }
  uint64_t now_ms() const override { return network_.now_; }

 private:
  ScriptedNetwork& network_;
  ScriptedNetwork::Link& link_;
};

namespace {

class NamedLog final : public StoreLog {
 public:
  NamedLog(KeptLog& log, std::string name) : log_(log), name_(std::move(name)) {}

  void log(Severity severity, const std::string& text) override {
    log_.log(severity, name_ + " " + text);
  }

 private:
  KeptLog& log_;
  const std::string name_;
};

}  // namespace

std::unique_ptr<Transport> ScriptedNetwork::make_transport(TransportUser& user) {
  links_.push_back(std::make_unique<Link>());
  links_.back()->user = &user;
  return std::make_unique<NetworkTransport>(*this, *links_.back());
}

std::unique_ptr<StoreLog> ScriptedNetwork::make_log(const std::string& name) {
  return std::make_unique<NamedLog>(log, name);
}

ScriptedNetwork::Link* ScriptedNetwork::to(uint16_t port) {
  const auto found = std::find_if(links_.rbegin(), links_.rend(), [port](const auto& link) {
    return link->open && link->transport.peer.port == port;
  });
  return found != links_.rend() ? found->get() : nullptr;
}

void ScriptedNetwork::open(uint16_t port) {
  Link* link = to(port);
  ASSERT_NE(link, nullptr) << port;
  link->user->opened();
}

void ScriptedNetwork::receive(uint16_t port, const std::string& bytes) {
  Link* link = to(port);
  ASSERT_NE(link, nullptr) << port;
  link->user->received(bytes);
}

std::string ScriptedNetwork::sent(uint16_t port) {
  Link* link = to(port);
  return link != nullptr ? link->transport.take_sent() : "";
}

void ScriptedNetwork::turn() {
  for (size_t i = 0; i < links_.size(); ++i) {
    Link& link = *links_[i];
    if (std::exchange(link.transport.flush_wanted, false) && link.user != nullptr) {
      link.user->flush();
    }
  }
}

void ScriptedNetwork::pass(uint64_t ms) {
  const uint64_t end = now_ + ms;
  for (;;) {
    Link* next = nullptr;
    for (const auto& link : links_) {
      const bool due = link->user != nullptr && link->transport.wake.value_or(end + 1) <= end;
      if (due && (next == nullptr || link->transport.wake < next->transport.wake)) {
        next = link.get();
      }
    }
    if (next == nullptr) {
      break;
    }
    now_ = std::max(now_, *next->transport.wake);
    next->transport.wake.reset();
    next->user->woken();
    turn();
  }
  now_ = end;
}

}  // namespace oauth2::redis
