// Redirect URIs. Lines: one as registered, one as requested, and the value of a parameter.

#include "form.h"
#include "fuzz.h"
#include "oauth2/redirect_uri.h"

namespace oauth2::fuzz {
namespace {

std::string_view scheme_of(std::string_view uri) {
  return uri.substr(0, uri.find(':'));
}

// It becomes a part of a header and of a page, and a browser goes there.
void check_registered(const std::string& text, const RedirectUri& uri) {
  OAUTH2_HOLDS(uri.text() == text && text.size() <= max_redirect_uri_size);
  OAUTH2_HOLDS(uri.matches(text, false) && uri.matches(text, true));
  OAUTH2_HOLDS(text.find('#') == std::string::npos);
  for (const char character : text) {
    OAUTH2_HOLDS(character > 0x20 && character < 0x7f);
  }
  for (const char* executed : {"javascript", "data", "vbscript", "blob", "file", "about"}) {
    OAUTH2_HOLDS(scheme_of(text) != executed);
  }
  OAUTH2_HOLDS(uri.is_native() || scheme_of(text) == "https");
}

// A policy's grammar: nothing that ends a source, or is a keyword of its own.
void check_source(std::string_view uri) {
  const std::string source = redirect_source(uri);
  OAUTH2_HOLDS(source.find_first_of(" ;,'\"*\r\n\t?#@") == std::string::npos);
  OAUTH2_HOLDS(source.size() > 1);
  OAUTH2_HOLDS(uri.substr(0, source.size()) == source);
}

void check_matched(const RedirectUri& uri, const std::string& requested) {
  RedirectUri again;
  OAUTH2_HOLDS(requested == uri.text() || RedirectUri::parse(requested, again) == nullptr);
  OAUTH2_HOLDS(scheme_of(requested) == scheme_of(uri.text()));
  OAUTH2_HOLDS(requested == uri.text() || uri.is_native());
  check_source(requested);
}

// The answer comes out as it went in, and what the URI had before is still there.
void check_redirection(const std::string& uri, const std::string& value) {
  Redirection query(uri, Redirection::Part::query);
  query.add("state", value).add("iss", "https://as.example");
  const std::string& text = query.uri();
  OAUTH2_HOLDS(text.compare(0, uri.size(), uri) == 0);
  for (const char character : text) {
    OAUTH2_HOLDS(character > 0x20 && character < 0x7f && character != '#');
  }
  std::string added = text.substr(uri.size());
  OAUTH2_HOLDS(uri.find('?') != std::string::npos || added.front() == '?');
  added.erase(0, added.front() == '?' || added.front() == '&' ? 1 : 0);
  Parameters parameters;
  parse_form(added, parameter_set(Parameter::state), parameters);
  OAUTH2_HOLDS(parameters[Parameter::state] == (is_utf8(value) ? value : ""));

  Redirection fragment(uri, Redirection::Part::fragment);
  fragment.add("state", value).add("iss", "x");
  OAUTH2_HOLDS(fragment.uri().compare(0, uri.size() + 1, uri + "#") == 0);
  OAUTH2_HOLDS(fragment.uri().find('#', uri.size() + 1) == std::string::npos);
}

}  // namespace

void run(Input& input) {
  const std::string text = input.line();
  const std::string requested = input.line();
  RedirectUri uri;
  const char* wrong = RedirectUri::parse(text, uri);
  if (wrong != nullptr) {
    OAUTH2_HOLDS(*wrong != '\0' && uri.text().empty());
    return;
  }
  check_registered(text, uri);
  check_source(text);
  for (const bool any_port : {false, true}) {
    if (uri.matches(requested, any_port)) {
      check_matched(uri, requested);
    }
  }
  check_redirection(text, std::string(input.rest()));
}

}  // namespace oauth2::fuzz
