// The URL of a Redis. The whole input is one.

#include "fuzz.h"
#include "redis/redis_url.h"

namespace oauth2::fuzz {
namespace {

using redis::RedisUrl;

std::string encoded(std::string_view text) {
  std::string out;
  for (const char character : text) {
    out.append("%").push_back("0123456789abcdef"[static_cast<unsigned char>(character) >> 4]);
    out.push_back("0123456789ABCDEF"[character & 15]);
  }
  return out;
}

// Another spelling of the same, with nothing left out.
std::string spelled(const RedisUrl& url) {
  if (!url.endpoint.unix_path.empty()) {
    return "unix:" + url.endpoint.unix_path;
  }
  // Only what stands in brackets has a colon, and what does may have brackets.
  const bool bracketed =
      url.endpoint.host.find(':') != std::string::npos || url.endpoint.host.front() == '[';
  std::string text = (url.tls ? "rediss://" : "redis://") + encoded(url.username) + ":" +
                     encoded(url.password) + "@";
  text.append(bracketed ? "[" + url.endpoint.host + "]" : url.endpoint.host);
  text.append(":").append(std::to_string(url.endpoint.port));
  if (url.database.has_value()) {
    text.append("/").append(std::to_string(*url.database));
  }
  return text;
}

}  // namespace

void run(Input& input) {
  const std::string text(input.rest());
  RedisUrl url;
  const char* wrong = redis::parse_redis_url(text, url);
  if (wrong != nullptr) {
    OAUTH2_HOLDS(*wrong != '\0');
    return;
  }
  OAUTH2_HOLDS(url.endpoint.unix_path.empty() != url.endpoint.host.empty());
  OAUTH2_HOLDS(url.endpoint.unix_path.empty() ||
               (url.endpoint.unix_path.front() == '/' && url.password.empty()));
  OAUTH2_HOLDS(url.endpoint.port != 0);

  RedisUrl again;
  OAUTH2_HOLDS(redis::parse_redis_url(spelled(url), again) == nullptr);
  OAUTH2_HOLDS(again.endpoint.unix_path == url.endpoint.unix_path &&
               again.endpoint.host == url.endpoint.host);
  OAUTH2_HOLDS(again.endpoint.port == url.endpoint.port && again.database == url.database);
  OAUTH2_HOLDS(again.tls == url.tls && again.username == url.username &&
               again.password == url.password);
}

}  // namespace oauth2::fuzz
