#include "redis/sentinel.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "redis/command.h"
#include "redis/record.h"

namespace oauth2::redis {
namespace {

constexpr uint64_t question_pause_ms = 100;
constexpr size_t max_host_size = 253;
constexpr unsigned attempts_until_doubt = 2;  // a first break is no reason

StoreOptions primary_options(StoreOptions options) {
  options.connection.expects_primary = true;
  return options;
}

InquiryOptions inquiry_options(const StoreOptions& options) {
  return {options.sentinel.username, options.sentinel.password,
          options.connection.connect_timeout_ms, question_pause_ms};
}

bool is_visible(char character) {
  return character > 0x20 && character < 0x7f;
}

// False if `reply` is not an address as "SENTINEL get-master-addr-by-name" gives it.
bool read_address(const Reply& reply, Endpoint& address) {
  if (reply.elements.size() != 2) {
    return false;
  }
  address.host = reply.elements[0].text;
  const std::string& port = reply.elements[1].text;
  const char* const end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, address.port);
  return !address.host.empty() && address.host.size() <= max_host_size &&
         std::all_of(address.host.begin(), address.host.end(), is_visible) &&
         error == std::errc() && stop == end && address.port != 0;
}

}  // namespace

Sentinel::Sentinel(const StoreOptions& options, StoreHost& host, StoreState& state, uint64_t seed)
    : options_(options.sentinel),
      prefix_(options.prefix),
      name_("primary " + options.sentinel.primary),
      log_(host.make_log(name_)),
      sentinels_(options.servers),
      inquiry_(inquiry_options(options), *this, host),
      watch_(options.sentinel, options.servers, options.connection.connect_timeout_ms, *this, host,
             *log_, seed),
      node_(primary_options(options), *this, host, name_, state, seed) {}

void Sentinel::start() {
  node_.start();
  watch_.start();
}

void Sentinel::stop() {
  inquiry_.stop();
  watch_.stop();
  node_.stop();
}

std::string Sentinel::probe_key() const {
  return redis::probe_key(prefix_);
}

void Sentinel::locate(Connection& connection) {
  if (is_news_) {
    connection.located(*place_);
    return;
  }
  if (std::find(asking_.begin(), asking_.end(), &connection) == asking_.end()) {
    asking_.push_back(&connection);
  }
  inquiry_.start();
}

std::string Sentinel::command() const {
  std::string command;
  append_command(command, {"SENTINEL", "get-master-addr-by-name", options_.primary});
  return command;
}

std::string Sentinel::take(const Endpoint& asked, const Reply& reply) {
  Endpoint place;
  if (reply.elements.empty() && reply.text.empty()) {
    return "does not know this primary";
  }
  if (!read_address(reply, place)) {
    return "sent something that is not an address";
  }
  const bool doubtful = is_doubtful(place);
  if (!doubtful || !doubted_.has_value()) {
    put_first(asked);
  }
  if (doubtful) {
    doubted_ = place;
    return "knows no other address";
  }
  believe(place);
  return "";
}

// A sentinel that was cut off from the others tells an old address: where attempts fail there, the
// others are heard as well.
bool Sentinel::is_doubtful(const Endpoint& place) const {
  return place_ == place && std::any_of(asking_.begin(), asking_.end(), [](const auto* connection) {
           return connection->failed_attempts() >= attempts_until_doubt;
         });
}

void Sentinel::nobody_knows(const std::string& why) {
  if (doubted_.has_value()) {
    believe(*doubted_);
    return;
  }
  for (Connection* connection : std::exchange(asking_, {})) {
    connection->not_located("is not known to any Sentinel: " + why);
  }
  end_question();
}

void Sentinel::believe(const Endpoint& place) {
  if (place_ != place) {
    log_->log(Severity::notice, "is at " + to_string(place));
  }
  place_ = place;
  is_news_ = true;
  const std::vector<Connection*> asking = std::exchange(asking_, {});
  node_.moved(place);
  is_news_ = false;
  for (Connection* connection : asking) {
    connection->located(place);
  }
  end_question();
}

void Sentinel::end_question() {
  doubted_.reset();
  if (std::exchange(ask_again_, false)) {
    inquiry_.start();
  }
}

// It is asked itself: the others may not have heard of it yet.
void Sentinel::may_have_moved(const Endpoint& sentinel) {
  ask_again_ = inquiry_.is_running();
  put_first(sentinel);
  inquiry_.start();
}

void Sentinel::put_first(const Endpoint& sentinel) {
  const auto found = std::find(sentinels_.begin(), sentinels_.end(), sentinel);
  std::rotate(sentinels_.begin(), found, found + 1);
}

}  // namespace oauth2::redis
