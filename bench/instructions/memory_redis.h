#ifndef OAUTH2_BENCH_INSTRUCTIONS_MEMORY_REDIS_H
#define OAUTH2_BENCH_INSTRUCTIONS_MEMORY_REDIS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/store_host.h"

namespace oauth2::bench {

/// The time at which everything happens, on the clocks of StoreHost and Environment.
constexpr uint64_t now_ms = 1000000;

/// What a Redis with `maxmemory-policy noeviction` would answer to the commands of a store without
/// index that only founds families, reads them and rotates current ones. Time stands still in it.
/// Everything else that it is asked throws std::runtime_error.
class MemoryRedis final {
 public:
  /// Executes the commands of `bytes`, which are complete, and appends the replies to `replies`.
  void execute(std::string_view bytes, std::string& replies);

  /// How many scripts were called.
  size_t calls() const { return calls_; }

 private:
  struct Entry {
    std::string record;
    uint64_t ttl_ms = 0;
  };
  using Words = std::vector<std::string_view>;

  std::string answer(const Words& words);
  std::string call(const Words& words);
  std::string create(const Words& words);
  std::string read(const Words& words) const;
  std::string rotate(const Words& words);

  std::map<std::string, Entry, std::less<>> families_;
  size_t calls_ = 0;
};

/// The one connection to a MemoryRedis, and the event loop around it.
class MemoryHost final : public redis::StoreHost {
 public:
  explicit MemoryHost(MemoryRedis& redis) : redis_(redis) {}

  std::unique_ptr<redis::Transport> make_transport(redis::TransportUser& user) override;
  std::unique_ptr<redis::StoreLog> make_log(const std::string& name) override;
  uint64_t now_ms() const override { return bench::now_ms; }

  /// Lets the connection open.
  void connect();

  /// A turn of the loop in three parts: what waits is sent, Redis executes it, the replies come
  /// back.
  void flush();
  void execute();
  void deliver();

 private:
  class MemoryTransport;

  MemoryRedis& redis_;
  redis::TransportUser* user_ = nullptr;
  bool flush_wanted_ = false;
  std::string sent_;
  std::string replies_;
};

}  // namespace oauth2::bench

#endif
