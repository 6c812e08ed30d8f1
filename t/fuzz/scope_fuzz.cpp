// Scopes. Lines: two of them.

#include <algorithm>
#include <iterator>
#include <set>

#include "fuzz.h"
#include "oauth2/family.h"
#include "oauth2/scope.h"

namespace oauth2::fuzz {
namespace {

using Tokens = std::set<std::string>;

Tokens tokens_of(std::string_view scope) {
  Tokens tokens;
  for (size_t start = 0; start < scope.size();) {
    const size_t end = std::min(scope.find(' ', start), scope.size());
    if (end > start) {
      tokens.emplace(scope.substr(start, end - start));
    }
    start = end + 1;
  }
  return tokens;
}

size_t size_of(const Tokens& tokens) {
  size_t size = tokens.empty() ? 0 : tokens.size() - 1;
  for (const std::string& token : tokens) {
    size += token.size();
  }
  return size;
}

// RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
bool has_scope_characters(std::string_view scope) {
  for (const char character : scope) {
    if (character < 0x20 || character > 0x7e || character == '"' || character == '\\') {
      return false;
    }
  }
  return true;
}

bool normalized(const std::string& text, std::string& scope) {
  const bool valid = normalize_scope(text, scope);
  const Tokens tokens = tokens_of(text);
  OAUTH2_HOLDS(valid == (has_scope_characters(text) && size_of(tokens) <= max_scope_size));
  if (valid) {
    std::string again;
    OAUTH2_HOLDS(tokens_of(scope) == tokens && scope.size() == size_of(tokens));
    OAUTH2_HOLDS(normalize_scope(scope, again) && again == scope);
  }
  return valid;
}

}  // namespace

void run(Input& input) {
  std::string one;
  std::string other;
  if (!normalized(input.line(), one) || !normalized(input.line(), other)) {
    return;
  }
  const Tokens ones = tokens_of(one);
  const Tokens others = tokens_of(other);
  OAUTH2_HOLDS(scope_contains(one, other) ==
               std::includes(ones.begin(), ones.end(), others.begin(), others.end()));
  Tokens common;
  std::set_intersection(ones.begin(), ones.end(), others.begin(), others.end(),
                        std::inserter(common, common.end()));
  const std::string intersection = scope_intersection(one, other);
  OAUTH2_HOLDS(tokens_of(intersection) == common && intersection.size() == size_of(common));
  OAUTH2_HOLDS(scope_contains(one, intersection) && scope_contains(other, intersection));
}

}  // namespace oauth2::fuzz
