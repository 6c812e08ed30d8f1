#include "redis/greeting.h"

#include <string_view>

#include "redis/command.h"

namespace oauth2::redis {
namespace {

std::string find_eviction_policy(std::string_view memory_info) {
  constexpr std::string_view field = "maxmemory_policy:";
  const size_t start = memory_info.find(field);
  if (start == std::string_view::npos) {
    return "";
  }
  const std::string_view rest = memory_info.substr(start + field.size());
  return std::string(rest.substr(0, rest.find_first_of("\r\n")));
}

const char* name_of(std::string_view role) {
  return role == "slave" ? "slave" : role == "sentinel" ? "sentinel" : "neither master nor slave";
}

}  // namespace

// The last question is whether Redis is ready: it answers -LOADING or -MASTERDOWN if it is not.
Greeting::Greeting(const ConnectionOptions& options, std::string& out) {
  if (!options.password.empty()) {
    questions_.push_back(Question::auth);
    append_login(out, options.username, options.password);
  }
  if (options.database != 0) {
    questions_.push_back(Question::select);
    append_command(out, {"SELECT", std::to_string(options.database)});
  }
  if (options.expects_primary) {
    questions_.push_back(Question::role);
    append_command(out, {"ROLE"});
  }
  questions_.push_back(Question::memory);
  append_command(out, {"INFO", "memory"});
  questions_.push_back(Question::ping);
  append_command(out, {"PING"});
}

Greeting::Result Greeting::take(const Reply& reply) {
  const Question question = questions_.front();
  questions_.pop_front();
  if (question == Question::memory) {
    eviction_policy_ = find_eviction_policy(reply.text);
  } else if (reply.error != ReplyError::none) {
    refuse(question, reply);
    return Result::refused;
  } else if (question == Question::role && !is_primary(reply)) {
    return Result::refused;
  }
  return questions_.empty() ? Result::ready : Result::more;
}

// Sentinel's guidelines for clients, step 3: it may have told an old address.
bool Greeting::is_primary(const Reply& role) {
  const std::string_view says = role.elements.empty() ? "" : role.elements.front().text;
  if (says == "master") {
    return true;
  }
  problem_ = std::string("is not the primary (ROLE says ").append(name_of(says)).append(")");
  return false;
}

void Greeting::refuse(Question question, const Reply& reply) {
  const char* asked = question == Question::auth     ? "AUTH"
                      : question == Question::select ? "SELECT"
                      : question == Question::role   ? "ROLE"
                                                     : "PING";
  problem_ = std::string("refused ").append(asked).append(" with ").append(reply.code());
  denied_ = question != Question::ping || reply.error == ReplyError::denied;
}

}  // namespace oauth2::redis
