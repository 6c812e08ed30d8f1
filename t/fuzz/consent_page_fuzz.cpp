// The consent page. The first two lines are the client's name and the user's, the rest is the page
// as an operator wrote it.

#include <algorithm>

#include "fuzz.h"
#include "html.h"
#include "oauth2/consent_page.h"

namespace oauth2::fuzz {
namespace {

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

std::string unescaped(std::string text) {
  for (const auto& [entity, character] : {std::pair<const char*, const char*>{"&lt;", "<"},
                                          {"&gt;", ">"},
                                          {"&quot;", "\""},
                                          {"&#39;", "'"},
                                          {"&amp;", "&"}}) {
    const std::string_view wanted = entity;
    for (size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
      text.replace(at, wanted.size(), character);
    }
  }
  return text;
}

void check_escaping(const std::string& text) {
  const std::string escaped = escape_html(text);
  OAUTH2_HOLDS(escaped.find_first_of("<>\"'") == std::string::npos);
  OAUTH2_HOLDS(unescaped(escaped) == text);
}

}  // namespace

void run(Input& input) {
  const std::string client = input.line();
  const std::string subject = input.line();
  const std::string template_text(input.rest());
  check_escaping(client);

  ConsentPage page;
  const char* wrong = ConsentPage::parse(template_text, page);
  if (wrong != nullptr) {
    OAUTH2_HOLDS(*wrong != '\0' && page.render({}).empty());
    return;
  }
  OAUTH2_HOLDS(count(template_text, "{{form}}") == 1);
  ConsentView view;
  view.form = "";
  const std::string plain = page.render(view);
  view.client = client;
  view.client_id = client;
  view.subject = subject;
  view.destination = client;
  const std::string filled = page.render(view);

  // Whatever the names are, no tag and no attribute begins or ends with them.
  for (const char special : {'<', '>', '"', '\''}) {
    OAUTH2_HOLDS(std::count(plain.begin(), plain.end(), special) ==
                 std::count(filled.begin(), filled.end(), special));
  }
  for (const char* place : {"{{client}}", "{{client_id}}", "{{subject}}", "{{scopes}}",
                            "{{destination}}", "{{notice}}", "{{form}}"}) {
    OAUTH2_HOLDS(count(plain, place) == 0);
  }
}

}  // namespace oauth2::fuzz
