#include "options.h"

#include <functional>
#include <map>
#include <stdexcept>

namespace oauth2::bench {
namespace {

double to_number(const std::string& text) {
  size_t end = 0;
  const double number = std::stod(text, &end);
  if (end != text.size() || !(number >= 0)) {
    throw std::invalid_argument(text);
  }
  return number;
}

template <class T>
T to_count(const std::string& text) {
  size_t end = 0;
  const unsigned long long number = std::stoull(text, &end);
  if (end != text.size() || number > static_cast<T>(-1)) {
    throw std::invalid_argument(text);
  }
  return static_cast<T>(number);
}

void check(const Options& options) {
  if (options.port == 0) {
    throw std::invalid_argument("--port is missing");
  }
  if (options.connections == 0 || options.clients == 0) {
    throw std::invalid_argument("--connections and --clients are at least 1");
  }
  if ((options.seconds == 0) == (options.requests == 0)) {
    throw std::invalid_argument("it takes one of --seconds and --requests");
  }
  const bool has_token = options.body.find("{token}") != std::string::npos;
  if (has_token == options.tokens.empty()) {
    throw std::invalid_argument("--tokens goes with {token} in the body");
  }
}

}  // namespace

const char* usage() {
  return R"(Usage: oauth2_load --port N (--seconds S | --requests N) [option ...]

  --path PATH  --method METHOD  --header 'Name: value' ...  --body TEXT
  --credentials ID:SECRET   for HTTP Basic
  --connections N           kept alive (32)
  --rate R                  requests a second in all, due at even times whatever the server does,
                            and timed from then; without it, each connection sends its next request
                            when it has the answer to the last one
  --warm-up S               that are not measured (0.5)
  --expect STATUS           of each answer (200); others are counted as errors
  --tokens FILE             the newest refresh token of each family, one a line. Each connection has
                            families of its own, presents them in turn as {token}, and goes on with
                            the refresh_token of the answer
  --save-tokens FILE        the newest ones in the end; with --requests and no --tokens, of the N
                            families that the answers founded
  --clients N               see {client} (1)
  --pid PID ...             whose CPU time is taken

{token}, {subject} (36 characters, another one for each family) and, in the credentials, {client}
(9 digits, below N) are filled in. The result is one line of JSON; times are in microseconds.
)";
}

Options parse_options(int count, char** words) {
  Options options;
  const std::map<std::string, std::function<void(const std::string&)>> takers = {
      {"--port", [&](const std::string& word) { options.port = to_count<uint16_t>(word); }},
      {"--method", [&](const std::string& word) { options.method = word; }},
      {"--path", [&](const std::string& word) { options.path = word; }},
      {"--header", [&](const std::string& word) { options.headers.push_back(word); }},
      {"--credentials", [&](const std::string& word) { options.credentials = word; }},
      {"--body", [&](const std::string& word) { options.body = word; }},
      {"--connections",
       [&](const std::string& word) { options.connections = to_count<unsigned>(word); }},
      {"--clients", [&](const std::string& word) { options.clients = to_count<uint64_t>(word); }},
      {"--rate", [&](const std::string& word) { options.rate = to_number(word); }},
      {"--seconds", [&](const std::string& word) { options.seconds = to_number(word); }},
      {"--warm-up", [&](const std::string& word) { options.warm_up = to_number(word); }},
      {"--requests", [&](const std::string& word) { options.requests = to_count<uint64_t>(word); }},
      {"--expect",
       [&](const std::string& word) { options.expected_status = to_count<uint16_t>(word); }},
      {"--tokens", [&](const std::string& word) { options.tokens = word; }},
      {"--save-tokens", [&](const std::string& word) { options.save_tokens = word; }},
      {"--pid",
       [&](const std::string& word) {
         options.pids.push_back(static_cast<pid_t>(to_count<uint32_t>(word)));
       }},
  };
  for (int i = 1; i < count; i += 2) {
    const auto taker = takers.find(words[i]);
    if (taker == takers.end() || i + 1 == count) {
      throw std::invalid_argument(std::string(words[i]) + ": unknown, or has no value");
    }
    try {
      taker->second(words[i + 1]);
    } catch (const std::logic_error&) {
      throw std::invalid_argument(std::string(words[i]) + ": \"" + words[i + 1] +
                                  "\" is no number");
    }
  }
  check(options);
  return options;
}

}  // namespace oauth2::bench
