#ifndef OAUTH2_SRC_HTPASSWD_H
#define OAUTH2_SRC_HTPASSWD_H

#include <string_view>

namespace oauth2 {

/// A user of an htpasswd file; views into its line.
struct HtpasswdUser {
  std::string_view name;
  std::string_view password;  ///< as the file has it: a hash of some kind
};

/// Reads a line, without its line feed, as nginx's auth_basic does: name:password[:comment], where
/// "#" starts a comment line, and lines end with CR LF too. False if there is no user in it.
bool read_htpasswd_line(std::string_view line, HtpasswdUser& user);

}  // namespace oauth2

#endif
