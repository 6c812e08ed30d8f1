#ifndef OAUTH2_SRC_REDIS_COMMAND_H
#define OAUTH2_SRC_REDIS_COMMAND_H

#include <initializer_list>
#include <string>
#include <string_view>

namespace oauth2::redis {

/// Appends a command and its arguments to `out` as the RESP array of bulk strings that Redis reads.
void append_command(std::string& out, std::initializer_list<std::string_view> words);

/// Appends AUTH, unless the password is empty. The default user has an empty name.
void append_login(std::string& out, std::string_view username, std::string_view password);

}  // namespace oauth2::redis

#endif
