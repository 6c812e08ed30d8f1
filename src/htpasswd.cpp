#include "htpasswd.h"

namespace oauth2 {

bool read_htpasswd_line(std::string_view line, HtpasswdUser& user) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.front() == '#' || line.front() == '\r') {
    return false;
  }
  const std::string_view rest = line.substr(colon + 1);
  user.name = line.substr(0, colon);
  user.password = rest.substr(0, rest.find_first_of(":\r"));
  return true;
}

}  // namespace oauth2
