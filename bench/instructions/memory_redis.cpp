#include "memory_redis.h"

#include <charconv>
#include <stdexcept>
#include <utility>

#include "redis/record.h"
#include "redis/scripts.h"

namespace oauth2::bench {
namespace {

// Of a script's call: EVALSHA sha1 numkeys key [marker] nonce argument ...
constexpr size_t sha1_word = 1;
constexpr size_t key_word = 3;

[[noreturn]] void reject(const char* what, std::string_view text) {
  throw std::runtime_error(std::string("the Redis in memory: ").append(what).append(text));
}

uint64_t to_number(std::string_view text) {
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) {
    reject("not a number: ", text);
  }
  return number;
}

std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  if (end == std::string_view::npos) {
    reject("an incomplete command: ", rest);
  }
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

uint64_t take_number(std::string_view& rest, char kind) {
  const std::string_view line = take_line(rest);
  if (line.empty() || line.front() != kind) {
    reject("not what a command has here: ", line);
  }
  return to_number(line.substr(1));
}

std::string_view take_word(std::string_view& rest) {
  const uint64_t size = take_number(rest, '$');
  if (rest.size() < size + 2 || rest.substr(size, 2) != "\r\n") {
    reject("an incomplete word: ", rest);
  }
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size + 2);
  return word;
}

std::string bulk(std::string_view text) {
  return std::string("$")
      .append(std::to_string(text.size()))
      .append("\r\n")
      .append(text)
      .append("\r\n");
}

std::string found(std::string_view nonce, uint64_t ttl_ms, std::string_view record) {
  return bulk(
      std::string(nonce).append("F").append(std::to_string(ttl_ms)).append(":").append(record));
}

std::string written(std::string_view nonce, std::string_view record) {
  return bulk(std::string(nonce).append("W").append(record));
}

/// A store that has something to say does not do what is measured here.
class FailingLog final : public redis::StoreLog {
 public:
  void log(redis::Severity, const std::string& text) override {
    throw std::runtime_error("the store reports: " + text);
  }
};

}  // namespace

void MemoryRedis::execute(std::string_view bytes, std::string& replies) {
  while (!bytes.empty()) {
    Words words(take_number(bytes, '*'));
    for (std::string_view& word : words) {
      word = take_word(bytes);
    }
    replies.append(answer(words));
  }
}

std::string MemoryRedis::answer(const Words& words) {
  if (words == Words{"PING"}) {
    return "+PONG\r\n";
  }
  if (words == Words{"INFO", "memory"}) {
    return bulk("# Memory\r\nmaxmemory_policy:noeviction\r\n");
  }
  if (words.size() > key_word && words.front() == "EVALSHA") {
    return call(words);
  }
  reject("an unknown command: ", words.empty() ? "" : words.front());
}

std::string MemoryRedis::call(const Words& words) {
  ++calls_;
  const std::string_view script = words[sha1_word];
  if (script == redis::rotate_script(false).sha1 && words.size() == 8) {
    return rotate(words);
  }
  if (script == redis::read_script().sha1 && words.size() == 6) {
    return read(words);
  }
  if (script == redis::create_script().sha1 && words.size() == 9) {
    return create(words);
  }
  reject("an unknown script: ", script);
}

std::string MemoryRedis::create(const Words& words) {
  const std::string_view nonce = words[5];
  const std::string_view record = words[6];
  families_[std::string(words[key_word])] = {std::string(record), to_number(words[7]) * 1000};
  return written(nonce, record);
}

std::string MemoryRedis::read(const Words& words) const {
  const auto family = families_.find(words[key_word]);
  if (family == families_.end()) {
    reject("there is no ", words[key_word]);
  }
  return found(words[5], family->second.ttl_ms, family->second.record);
}

std::string MemoryRedis::rotate(const Words& words) {
  const std::string_view nonce = words[4];
  const std::string_view presented = words[5];
  const std::string_view head = words[6];
  const auto family = families_.find(words[key_word]);
  if (family == families_.end()) {
    reject("there is no ", words[key_word]);
  }
  Entry& entry = family->second;
  if (entry.record.compare(0, redis::record_state_size, presented) != 0) {
    return found(nonce, entry.ttl_ms, entry.record);
  }
  std::string rotated(head);
  rotated.append(entry.record, redis::record_head_size);
  const std::string old = std::exchange(entry.record, std::move(rotated));
  entry.ttl_ms = to_number(words[7]) * 1000;
  return written(nonce, old);
}

class MemoryHost::MemoryTransport final : public redis::Transport {
 public:
  explicit MemoryTransport(MemoryHost& host) : host_(host) {}

  void open(const redis::Endpoint&) override {}
  void send(std::string_view bytes) override { host_.sent_.append(bytes); }
  void abandon() override { host_.sent_.clear(); }
  void flush_later() override { host_.flush_wanted_ = true; }
  void wake_at(uint64_t, bool) override {}
  uint64_t now_ms() const override { return bench::now_ms; }

 private:
  MemoryHost& host_;
};

std::unique_ptr<redis::Transport> MemoryHost::make_transport(redis::TransportUser& user) {
  user_ = &user;
  return std::make_unique<MemoryTransport>(*this);
}

std::unique_ptr<redis::StoreLog> MemoryHost::make_log(const std::string&) {
  return std::make_unique<FailingLog>();
}

void MemoryHost::connect() {
  user_->opened();
  execute();
  deliver();
}

void MemoryHost::flush() {
  if (std::exchange(flush_wanted_, false)) {
    user_->flush();
  }
}

void MemoryHost::execute() {
  redis_.execute(sent_, replies_);
  sent_.clear();
}

void MemoryHost::deliver() {
  if (!replies_.empty()) {
    user_->received(replies_);
    replies_.clear();
  }
}

}  // namespace oauth2::bench
