#include "redis/redis_url.h"

#include <charconv>

#include "hex.h"

namespace oauth2::redis {
namespace {

constexpr std::string_view redis_scheme = "redis://";
constexpr std::string_view tls_scheme = "rediss://";
constexpr std::string_view unix_scheme = "unix:";
constexpr size_t max_unix_path_size = 107;

bool percent_decode(std::string_view text, std::string& out) {
  out.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      return false;
    }
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return true;
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

const char* parse_user(std::string_view text, RedisUrl& url) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return "user without password";
  }
  if (!percent_decode(text.substr(0, colon), url.username) ||
      !percent_decode(text.substr(colon + 1), url.password)) {
    return "invalid percent encoding";
  }
  return nullptr;
}

const char* parse_host(std::string_view text, RedisUrl& url) {
  size_t host_end = text.find(':');
  if (!text.empty() && text.front() == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) {
      return "invalid host";
    }
    url.endpoint.host = text.substr(1, bracket - 1);
    host_end = bracket + 1 == text.size() ? std::string_view::npos : bracket + 1;
  } else {
    url.endpoint.host = text.substr(0, host_end);
  }
  if (url.endpoint.host.empty()) {
    return "no host";
  }
  if (host_end == std::string_view::npos) {
    return nullptr;
  }
  const bool valid = text[host_end] == ':' &&
                     parse_number(text.substr(host_end + 1), url.endpoint.port) &&
                     url.endpoint.port != 0;
  return valid ? nullptr : "invalid port";
}

}  // namespace

const char* parse_redis_url(std::string_view text, RedisUrl& url) {
  url = RedisUrl();
  if (text.substr(0, unix_scheme.size()) == unix_scheme) {
    url.endpoint.unix_path = text.substr(unix_scheme.size());
    if (url.endpoint.unix_path.empty() || url.endpoint.unix_path.front() != '/') {
      return "no absolute path of a unix socket";
    }
    return url.endpoint.unix_path.size() <= max_unix_path_size ? nullptr
                                                               : "too long path of a unix socket";
  }
  url.tls = text.substr(0, tls_scheme.size()) == tls_scheme;
  const std::string_view scheme = url.tls ? tls_scheme : redis_scheme;
  if (text.substr(0, scheme.size()) != scheme) {
    return "unknown scheme";
  }
  text.remove_prefix(scheme.size());
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view database = text.substr(slash + 1);
    text = text.substr(0, slash);
    if (!database.empty() && !parse_number(database, url.database.emplace())) {
      return "invalid database";
    }
  }
  const size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    const char* error = parse_user(text.substr(0, at), url);
    if (error != nullptr) {
      return error;
    }
    text.remove_prefix(at + 1);
  }
  return parse_host(text, url);
}

}  // namespace oauth2::redis
