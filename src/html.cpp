#include "html.h"

namespace oauth2 {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char character : text) {
    switch (character) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(character);
    }
  }
  return out;
}

std::string_view page_style() {
  return R"html(<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --ink: #1c2126; --soft: #56616b; --paper: #ffffff;
  --ground: #f1f3f5; --line: #c9d0d6; --accent: #0b57a4; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #a9b4be;
  --paper: #1d2227; --ground: #12161a; --line: #46515b; --accent: #8cc2f5; --on-accent: #0c1116; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 28rem; margin: 5vh auto 0; padding: 1.5rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); font-size: .9375rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button { flex: 1 1 8rem; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600;
  color: var(--accent); background: transparent; border: 2px solid var(--accent);
  border-radius: .5rem; cursor: pointer; }
button[value=approve] { color: var(--on-accent); background: var(--accent); }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
</style>
)html";
}

std::string error_page(std::string_view description) {
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n";
  page.append(page_style());
  page.append(R"html(<title>This request cannot go on</title>
</head>
<body>
<main>
<h1>This request cannot go on</h1>
<p>)html");
  page.append(escape_html(description));
  page.append(R"html(</p>
<p class="soft">Nobody was given access. Go back to the application and try again; if that does not
help, tell its developers what stands here.</p>
</main>
</body>
</html>
)html");
  return page;
}

}  // namespace oauth2
