#include "oauth2/consent_page.h"

#include "html.h"

namespace oauth2 {
namespace {

constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";

std::string built_in_page() {
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n";
  page.append(page_style());
  page.append(R"html(<title>Allow access?</title>
</head>
<body>
<main>
<h1>Allow <em>{{client}}</em> to act for you?</h1>
{{notice}}
<p>You are logged in as <strong>{{subject}}</strong>. The application asks for:</p>
<ul>
{{scopes}}
</ul>
<p class="soft">Afterwards you are taken to {{destination}}.</p>
<form method="post" action="?">
{{form}}
<div class="buttons">
<button type="submit" name="decision" value="approve">Allow</button>
<button type="submit" name="decision" value="deny">Do not allow</button>
</div>
</form>
</main>
</body>
</html>
)html");
  return page;
}

std::string scope_items(std::string_view scope) {
  std::string items;
  while (!scope.empty()) {
    const std::string_view token = scope.substr(0, scope.find(' '));
    items.append("<li>").append(escape_html(token)).append("</li>\n");
    scope.remove_prefix(token.size() < scope.size() ? token.size() + 1 : token.size());
  }
  return items.empty() ? "<li>to know who you are</li>\n" : items;
}

}  // namespace

std::string_view ConsentPage::name_of(Place place) {
  switch (place) {
    case Place::client:
      return "client";
    case Place::client_id:
      return "client_id";
    case Place::subject:
      return "subject";
    case Place::scopes:
      return "scopes";
    case Place::destination:
      return "destination";
    case Place::notice:
      return "notice";
    case Place::form:
      return "form";
    case Place::none:
      break;
  }
  return "";
}

const ConsentPage& ConsentPage::built_in() {
  static const ConsentPage page = [] {
    ConsentPage parsed;
    parse(built_in_page(), parsed);
    return parsed;
  }();
  return page;
}

const char* ConsentPage::parse(std::string_view html, ConsentPage& page) {
  std::vector<Piece> pieces;
  int forms = 0;
  while (true) {
    const size_t open = html.find(opening);
    Piece piece;
    piece.text = html.substr(0, open);
    if (open == std::string_view::npos) {
      pieces.push_back(std::move(piece));
      break;
    }
    html.remove_prefix(open + opening.size());
    const size_t close = html.find(closing);
    const std::string_view name = html.substr(0, close);
    for (const Place place : {Place::client, Place::client_id, Place::subject, Place::scopes,
                              Place::destination, Place::notice, Place::form}) {
      if (name == name_of(place)) {
        piece.place = place;
      }
    }
    if (close == std::string_view::npos || piece.place == Place::none) {
      return "has a place in \"{{\" and \"}}\" that is not known";
    }
    forms += piece.place == Place::form ? 1 : 0;
    html.remove_prefix(close + closing.size());
    pieces.push_back(std::move(piece));
  }
  if (forms != 1) {
    return "must have \"{{form}}\" once";
  }
  page.pieces_ = std::move(pieces);
  return nullptr;
}

std::string ConsentPage::fill(Place place, const ConsentView& view) {
  switch (place) {
    case Place::client:
      return escape_html(view.client);
    case Place::client_id:
      return escape_html(view.client_id);
    case Place::subject:
      return escape_html(view.subject);
    case Place::scopes:
      return scope_items(view.scope);
    case Place::destination:
      return escape_html(view.destination);
    case Place::notice:
      return view.notice.empty() ? "" : "<p role=\"alert\">" + escape_html(view.notice) + "</p>";
    case Place::form:
      return std::string(view.form);
    case Place::none:
      break;
  }
  return "";
}

std::string ConsentPage::render(const ConsentView& view) const {
  std::string html;
  for (const Piece& piece : pieces_) {
    html.append(piece.text).append(fill(piece.place, view));
  }
  return html;
}

}  // namespace oauth2
