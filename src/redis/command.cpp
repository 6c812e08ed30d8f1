#include "redis/command.h"

namespace oauth2::redis {

namespace {

constexpr size_t max_length_line = 24;  // "$", the digits of any size_t, CR LF

void append_length(std::string& out, char kind, size_t length) {
  out.push_back(kind);
  out.append(std::to_string(length)).append("\r\n");
}

}  // namespace

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  size_t size = max_length_line;
  for (const std::string_view word : words) {
    size += max_length_line + word.size();
  }
  out.reserve(out.size() + size);
  append_length(out, '*', words.size());
  for (const std::string_view word : words) {
    append_length(out, '$', word.size());
    out.append(word).append("\r\n");
  }
}

void append_login(std::string& out, std::string_view username, std::string_view password) {
  if (password.empty()) {
    return;
  }
  if (username.empty()) {
    append_command(out, {"AUTH", password});
  } else {
    append_command(out, {"AUTH", username, password});
  }
}

}  // namespace oauth2::redis
