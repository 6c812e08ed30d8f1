#ifndef OAUTH2_BENCH_LOAD_LOAD_H
#define OAUTH2_BENCH_LOAD_LOAD_H

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "families.h"
#include "histogram.h"
#include "options.h"
#include "request.h"

namespace oauth2::bench {

/// What was measured.
struct Result {
  uint64_t answers = 0;  ///< as expected
  uint64_t errors = 0;   ///< answers of another status
  double seconds = 0;
  Histogram latencies;
  std::vector<uint64_t> cpu;  ///< nanoseconds, of each of Options::pids
  uint64_t own_cpu = 0;       ///< of the generator
};

/// The load of one run, from one thread.
class Load {
 public:
  /// Connects, and reads the tokens. `options` outlives it. Throws what Connection and Families do.
  explicit Load(const Options& options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Runs it. Throws std::runtime_error if the server breaks a connection, or answers nothing for
  /// ten seconds.
  Result run();

 private:
  /// One connection with its families: the first, and each one that is as many further as there are
  /// connections.
  struct Lane {
    explicit Lane(uint16_t port) : connection(port) {}

    Connection connection;
    uint64_t family = 0;  // of the request that is under way, or comes next
    uint64_t due = 0;     // when that request is or was to be sent
    bool waits = false;   // for an answer
    std::string request;  // that comes next
  };

  bool is_open_loop() const { return options_.rate > 0; }
  bool is_over(uint64_t time) const;
  void measure(uint64_t time);
  void finish(uint64_t time);
  void send(Lane& lane, uint64_t due);
  bool founds() const { return options_.requests > 0 && options_.tokens.empty(); }
  void prepare(Lane& lane);
  void choose_family(Lane& lane);
  void send_due(uint64_t time);
  void answered(Lane& lane, const Answer& answer);
  void take_events(uint64_t wait_until);
  std::vector<uint64_t> cpu_times() const;

  const Options& options_;
  const RequestTemplate template_;
  Families families_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<Lane*> idle_;
  int events_;
  uint64_t begun_ = 0;
  uint64_t measured_from_ = 0;  // 0: not yet
  uint64_t ends_ = 0;           // 0: not known yet
  uint64_t sent_ = 0;
  uint64_t founded_ = 0;  // families whose first requests were made
  unsigned waiting_ = 0;
  double next_due_ = 0;
  std::vector<uint64_t> cpu_before_;
  Result result_;
};

}  // namespace oauth2::bench

#endif
