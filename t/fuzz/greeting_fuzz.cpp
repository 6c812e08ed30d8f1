// The answers to a greeting. The first byte says which questions it has, the rest is what Redis
// sends.

#include "fuzz.h"
#include "redis/greeting.h"

namespace oauth2::fuzz {

using redis::Greeting;
using redis::Reply;
using redis::ReplyError;
using redis::ReplyReader;

void run(Input& input) {
  const uint8_t options_byte = input.byte();
  redis::ConnectionOptions options;
  options.username = (options_byte & 1) != 0 ? "worker" : "";
  options.password = (options_byte & 2) != 0 ? "hush-hush" : "";
  options.database = (options_byte & 4) != 0 ? 7 : 0;
  const size_t questions = 2 + (options.password.empty() ? 0 : 1) + (options.database != 0 ? 1 : 0);

  std::string sent;
  Greeting greeting(options, sent);
  OAUTH2_HOLDS(!sent.empty());
  ReplyReader reader;
  const std::string bytes(input.rest().substr(0, 60000));
  if (!reader.feed(bytes)) {
    return;
  }
  Greeting::Result result = Greeting::Result::more;
  size_t taken = 0;
  size_t errors = 0;
  for (Reply reply;
       result == Greeting::Result::more && reader.next(reply) == ReplyReader::Result::reply;) {
    errors += reply.error != ReplyError::none ? 1 : 0;
    result = greeting.take(reply);
    ++taken;
  }
  OAUTH2_HOLDS(taken <= questions);
  OAUTH2_HOLDS((result == Greeting::Result::ready) ==
               (taken == questions && result != Greeting::Result::refused));
  OAUTH2_HOLDS(result != Greeting::Result::ready || errors <= 1);  // one may not be told the memory
  OAUTH2_HOLDS((result == Greeting::Result::refused) == !greeting.problem().empty());
  OAUTH2_HOLDS(result != Greeting::Result::refused || errors > 0);
  OAUTH2_HOLDS(greeting.eviction_policy().find_first_of("\r\n") == std::string::npos);
}

}  // namespace oauth2::fuzz
