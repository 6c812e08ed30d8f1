#include "redis/command.h"

namespace oauth2::redis {

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  out.append("*").append(std::to_string(words.size())).append("\r\n");
  for (const std::string_view word : words) {
    out.append("$").append(std::to_string(word.size())).append("\r\n");
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
