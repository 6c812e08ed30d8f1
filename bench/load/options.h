#ifndef OAUTH2_BENCH_LOAD_OPTIONS_H
#define OAUTH2_BENCH_LOAD_OPTIONS_H

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace oauth2::bench {

/// What load is put on a server. See usage() for the words of the command line.
struct Options {
  uint16_t port = 0;  ///< on 127.0.0.1
  std::string method = "POST";
  std::string path = "/";
  std::vector<std::string> headers;
  std::string credentials;  ///< "id:secret" for HTTP Basic; empty for none
  std::string body;
  unsigned connections = 32;
  uint64_t clients = 1;   ///< how many there are of {client}
  double rate = 0;        ///< requests per second in all; 0: a closed loop
  double seconds = 0;     ///< how long is measured
  double warm_up = 0.5;   ///< seconds before that
  uint64_t requests = 0;  ///< how many are sent, in place of `seconds`
  int expected_status = 200;
  std::string tokens;       ///< the file of the refresh tokens to begin with, one a line
  std::string save_tokens;  ///< where the newest ones go in the end
  std::vector<pid_t> pids;  ///< whose CPU time is taken
};

/// The help text.
const char* usage();

/// Reads the command line. Throws std::invalid_argument with a text for the user.
Options parse_options(int count, char** words);

}  // namespace oauth2::bench

#endif
