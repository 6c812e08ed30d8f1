#ifndef OAUTH2_SCOPE_H
#define OAUTH2_SCOPE_H

#include <string>
#include <string_view>

namespace oauth2 {

/// A scope is a set of case-sensitive tokens with one space between them (RFC 6749 section 3.3).
/// The empty string is the empty scope.

/// Brings `scope` to that form: each token once, in the order of its first appearance. False if a
/// character is not allowed by RFC 6749 section 3.3 or the result exceeds max_scope_size.
bool normalize_scope(std::string_view scope, std::string& normalized);

/// Whether every token of `inner` is in `outer`; both are normalized.
bool scope_contains(std::string_view outer, std::string_view inner);

/// The tokens of `scope` that `allowed` has too, in the order of `scope`; both are normalized.
std::string scope_intersection(std::string_view scope, std::string_view allowed);

}  // namespace oauth2

#endif
