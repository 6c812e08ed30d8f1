// oauth2_cost CASE COUNT: makes COUNT requests of one kind (rotate, retry, forged, require,
// introspect) to the code of rings 1 and 2, from the request as nginx has read it to the response,
// and exits with 1 if one of them is not answered as it should be. oauth2_cost --version: what it
// was made with and runs with.
//
// It always does exactly the same: keys, clock and the seed of its random numbers are fixed, and
// the Redis is a map in memory. So `count` can tell what a request costs to the instruction, and
// notice if it is more than it was.
//
// It is no benchmark. Instructions are not time: a cache miss costs as much as hundreds of them.
// There are no system calls in it, no nginx, no TLS, no network and no Redis, which take most of
// the time of a request; and no pipelining, as each request has a turn of the event loop to itself.

#include <gnu/libc-version.h>
#include <openssl/crypto.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>

#include "cases.h"

namespace {

const oauth2::bench::Case* find_case(const char* name) {
  for (const oauth2::bench::Case& known : oauth2::bench::cases) {
    if (known.name == name) {
      return &known;
    }
  }
  return nullptr;
}

bool read_count(const char* text, unsigned& count) {
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, count);
  return error == std::errc() && stop == end;
}

bool asks_for_version(int argument_count, char** arguments) {
  return argument_count == 2 && std::strcmp(arguments[1], "--version") == 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (asks_for_version(argument_count, arguments)) {
    std::printf("compiler %s, %s, glibc %s\n", __VERSION__, OpenSSL_version(OPENSSL_VERSION),
                gnu_get_libc_version());
    return 0;
  }
  unsigned count = 0;
  const oauth2::bench::Case* const chosen =
      argument_count == 3 && read_count(arguments[2], count) ? find_case(arguments[1]) : nullptr;
  if (chosen == nullptr) {
    (void)std::fputs("usage: oauth2_cost rotate|retry|forged|require|introspect COUNT\n", stderr);
    return 2;
  }
  try {
    oauth2::bench::Server server;
    chosen->run(server, count);
  } catch (const std::exception& failure) {
    (void)std::fprintf(stderr, "oauth2_cost: %s: %s\n", arguments[1], failure.what());
    return 1;
  }
  return 0;
}
