#ifndef OAUTH2_BENCH_LOAD_CONNECTION_H
#define OAUTH2_BENCH_LOAD_CONNECTION_H

#include <cstdint>
#include <string>
#include <string_view>

namespace oauth2::bench {

/// What a server answered to one request.
struct Answer {
  int status = 0;
  std::string_view body;
};

/// A connection to a server on 127.0.0.1 that is kept alive, with one request at a time.
class Connection {
 public:
  /// Connects. Throws std::system_error if that fails.
  explicit Connection(uint16_t port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const { return descriptor_; }

  /// Sends a whole request. Throws std::system_error.
  void send(std::string_view request);

  /// Reads what is there. True if it completes an answer, which is good until the next call. Throws
  /// std::runtime_error if the server closes, or sends what is no answer with a Content-Length.
  bool receive(Answer& answer);

 private:
  int descriptor_;
  std::string received_;
};

}  // namespace oauth2::bench

#endif
