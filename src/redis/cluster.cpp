#include "redis/cluster.h"

#include <algorithm>
#include <utility>

#include "redis/command.h"
#include "redis/key_slot.h"
#include "redis/record.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t question_pause_ms = 200;
constexpr uint64_t try_again_ms = 20;
constexpr unsigned max_redirects = 8;

InquiryOptions inquiry_options(const ConnectionOptions& connection) {
  return {connection.username, connection.password, connection.connect_timeout_ms,
          question_pause_ms};
}

std::string names_of(const std::vector<Endpoint>& servers) {
  std::string names;
  for (const Endpoint& server : servers) {
    names.append(names.empty() ? "" : " ").append(to_string(server));
  }
  return names;
}

}  // namespace

/// A node of the cluster, and this worker's connection to it.
class Cluster::Member final : private ConnectionOwner {
 public:
  Member(Cluster& cluster, Endpoint endpoint)
      : cluster_(cluster),
        endpoint_(std::move(endpoint)),
        node_(cluster.options_, *this, cluster.host_, to_string(endpoint_), cluster.state_,
              cluster.seed_++) {}

  const Endpoint& endpoint() const { return endpoint_; }
  Node& node() { return node_; }

  /// Tells one of its slots; without any, null.
  void set_slot(std::optional<uint16_t> slot) { slot_ = slot; }
  bool has_slots() const { return slot_.has_value(); }

 private:
  void locate(Connection& connection) override { connection.located(endpoint_); }
  void troubled(Connection&) override { cluster_.inquiry_.start(); }
  std::string probe_key() const override {
    return redis::probe_key(cluster_.options_.prefix, slot_.value_or(0));
  }
  bool redirect(std::unique_ptr<PendingCommand>& command, const Reply& reply) override {
    return cluster_.redirect(*this, command, reply);
  }

  Cluster& cluster_;
  const Endpoint endpoint_;
  std::optional<uint16_t> slot_;
  Node node_;
};

Cluster::Cluster(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed)
    : options_(options),
      host_(host),
      state_(state),
      seed_(seed),
      log_(host.make_log(names_of(options.servers))),
      slots_(slot_count),
      inquiry_(inquiry_options(options.connection), *this, host) {}

Cluster::~Cluster() = default;

// Until the slots are known, the first server is asked for all of them: it says MOVED.
void Cluster::start() {
  Member& first = member_at(options_.servers.front());
  first.set_slot(0);
  std::fill(slots_.begin(), slots_.end(), &first);
  inquiry_.start();
}

void Cluster::submit(std::unique_ptr<PendingCommand> command) {
  Node& node = slots_[command->slot]->node();
  node.submit(std::move(command));
}

void Cluster::stop() {
  inquiry_.stop();
  for (const auto& [name, member] : members_) {
    member->node().stop();
  }
}

Cluster::Member& Cluster::member_at(const Endpoint& endpoint) {
  std::unique_ptr<Member>& member = members_[to_string(endpoint)];
  if (member == nullptr) {
    member = std::make_unique<Member>(*this, endpoint);
    member->node().start();
  }
  return *member;
}

// A node that was cut off from the others may tell old news: another one is asked each time.
std::vector<Endpoint> Cluster::places() const {
  std::vector<Endpoint> places = options_.servers;
  const auto add = [&places](const Endpoint& endpoint) {
    if (std::find(places.begin(), places.end(), endpoint) == places.end()) {
      places.push_back(endpoint);
    }
  };
  for (const auto& [name, member] : members_) {
    add(member->endpoint());
  }
  std::for_each(replicas_.begin(), replicas_.end(), add);
  const auto first = static_cast<std::ptrdiff_t>(first_place_++ % places.size());
  std::rotate(places.begin(), places.begin() + first, places.end());
  return places;
}

std::string Cluster::command() const {
  std::string command;
  append_command(command, {"CLUSTER", "SLOTS"});
  return command;
}

std::string Cluster::take(const Endpoint& asked, const Reply& reply) {
  const std::vector<SlotRange> ranges = read_slot_ranges(reply, asked);
  if (ranges.empty()) {
    return "does not know who has which slots";
  }
  assign(ranges);
  leave_members_without_slots();
  route_again();
  return "";
}

void Cluster::nobody_knows(const std::string& why) {
  log_->log(Severity::error, "does not tell who has which slots: " + why);
}

// A slot that nobody serves stays where it was: that node says what is wrong.
void Cluster::assign(const std::vector<SlotRange>& ranges) {
  replicas_.clear();
  for (const SlotRange& range : ranges) {
    std::fill(slots_.begin() + range.first, slots_.begin() + range.last + 1,
              &member_at(range.primary));
    replicas_.insert(replicas_.end(), range.replicas.begin(), range.replicas.end());
  }
}

void Cluster::leave_members_without_slots() {
  for (const auto& [name, member] : members_) {
    member->set_slot(std::nullopt);
  }
  for (uint16_t slot = 0; slot < slot_count; ++slot) {
    slots_[slot]->set_slot(slot);
  }
  for (auto entry = members_.begin(); entry != members_.end();) {
    Member& member = *entry->second;
    if (member.has_slots()) {
      member.node().keep();
      ++entry;
    } else if (member.node().is_left()) {
      entry = members_.erase(entry);
    } else {
      member.node().leave();
      ++entry;
    }
  }
}

void Cluster::route_again() {
  Commands commands;
  for (const auto& [name, member] : members_) {
    for (std::unique_ptr<PendingCommand>& command : member->node().take_unsent()) {
      commands.push_back(std::move(command));
    }
  }
  for (std::unique_ptr<PendingCommand>& command : commands) {
    command->asking = false;
    submit(std::move(command));
  }
}

// "ASK" is about this command alone; "MOVED" is about its slot, and others may have moved too.
bool Cluster::redirect(Member& from, std::unique_ptr<PendingCommand>& command, const Reply& reply) {
  if (reply.error == ReplyError::try_again) {
    command->not_before_ms = host_.now_ms() + try_again_ms;
    from.node().submit(std::move(command));
    return true;
  }
  const std::optional<Endpoint> target = redirect_target(reply.text, from.endpoint());
  if (!target.has_value() || ++command->redirects > max_redirects) {
    return false;
  }
  Member& member = member_at(*target);
  command->asking = reply.error == ReplyError::ask;
  if (!command->asking) {
    slots_[command->slot] = &member;
    inquiry_.start();
  }
  member.node().submit(std::move(command));
  return true;
}

}  // namespace oauth2::redis
