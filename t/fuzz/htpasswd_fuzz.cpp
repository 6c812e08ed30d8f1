// A line of an htpasswd file. The first line is one.

#include "fuzz.h"
#include "htpasswd.h"

namespace oauth2::fuzz {

void run(Input& input) {
  const std::string line = input.line();
  HtpasswdUser user;
  if (!read_htpasswd_line(line, user)) {
    OAUTH2_HOLDS(user.name.empty() && user.password.empty());
    OAUTH2_HOLDS(line.find(':') == std::string::npos || line[0] == '#' || line[0] == '\r');
    return;
  }
  OAUTH2_HOLDS(lies_within(user.name, line) && lies_within(user.password, line));
  OAUTH2_HOLDS(user.name.find(':') == std::string_view::npos);
  OAUTH2_HOLDS(user.password.find_first_of(":\r") == std::string_view::npos);

  const std::string start = std::string(user.name).append(":").append(user.password);
  OAUTH2_HOLDS(line.compare(0, start.size(), start) == 0);
  OAUTH2_HOLDS(start.size() == line.size() || line[start.size()] == ':' ||
               line[start.size()] == '\r');
}

}  // namespace oauth2::fuzz
