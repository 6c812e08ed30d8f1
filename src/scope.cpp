#include "oauth2/scope.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "oauth2/family.h"

namespace oauth2 {
namespace {

// Up to this size, looking for each token takes less time than sorting.
constexpr size_t short_scope = 64;

std::string_view next_token(std::string_view& rest) {
  const std::string_view token = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), token.size() + 1));
  return token;
}

void append_token(std::string& scope, std::string_view token) {
  if (!scope.empty()) {
    scope.push_back(' ');
  }
  scope.append(token);
}

bool has_token(std::string_view scope, std::string_view token) {
  while (!scope.empty()) {
    if (next_token(scope) == token) {
      return true;
    }
  }
  return false;
}

std::vector<std::string_view> sorted_tokens(std::string_view scope) {
  std::vector<std::string_view> tokens;
  while (!scope.empty()) {
    tokens.push_back(next_token(scope));
  }
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

// RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
bool is_scope_character(char character) {
  return character > 0x20 && character < 0x7f && character != '"' && character != '\\';
}

}  // namespace

bool normalize_scope(std::string_view scope, std::string& normalized) {
  normalized.clear();
  if (scope.empty()) {
    return true;
  }
  std::unordered_set<std::string_view> seen;
  while (!scope.empty()) {
    const std::string_view token = next_token(scope);
    if (!std::all_of(token.begin(), token.end(), is_scope_character)) {
      return false;
    }
    if (!token.empty() && seen.insert(token).second) {
      append_token(normalized, token);
    }
  }
  return normalized.size() <= max_scope_size;
}

bool scope_contains(std::string_view outer, std::string_view inner) {
  if (inner.empty() || inner == outer) {
    return true;
  }
  if (inner.size() <= short_scope) {
    bool contained = true;
    while (!inner.empty() && contained) {
      contained = has_token(outer, next_token(inner));
    }
    return contained;
  }
  const std::vector<std::string_view> tokens = sorted_tokens(outer);
  while (!inner.empty()) {
    if (!std::binary_search(tokens.begin(), tokens.end(), next_token(inner))) {
      return false;
    }
  }
  return true;
}

std::string scope_intersection(std::string_view scope, std::string_view allowed) {
  if (scope == allowed) {
    return std::string(scope);
  }
  const std::vector<std::string_view> tokens = sorted_tokens(allowed);
  std::string common;
  while (!scope.empty()) {
    const std::string_view token = next_token(scope);
    if (std::binary_search(tokens.begin(), tokens.end(), token)) {
      append_token(common, token);
    }
  }
  return common;
}

}  // namespace oauth2
