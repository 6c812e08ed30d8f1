#include "redis/command.h"

#include <charconv>

namespace oauth2::redis {

namespace {

constexpr size_t max_length_line = 24;  // "$", the digits of any size_t, CR LF
constexpr std::string_view line_end = "\r\n";

char* put(char* to, std::string_view text) {
  return to + text.copy(to, text.size());
}

char* put_length(char* to, char kind, size_t length) {
  *to++ = kind;
  return put(std::to_chars(to, to + max_length_line, length).ptr, line_end);
}

}  // namespace

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  size_t max_size = max_length_line;
  for (const std::string_view word : words) {
    max_size += max_length_line + word.size() + line_end.size();
  }
  const size_t start = out.size();
  out.resize(start + max_size);
  char* to = put_length(out.data() + start, '*', words.size());
  for (const std::string_view word : words) {
    to = put_length(to, '$', word.size());
    to = put(put(to, word), line_end);
  }
  out.resize(static_cast<size_t>(to - out.data()));
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
