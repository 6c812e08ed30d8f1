#ifndef OAUTH2_SRC_HTML_H
#define OAUTH2_SRC_HTML_H

#include <string>
#include <string_view>

namespace oauth2 {

/// `text` for an element's content or a quoted attribute: it cannot end either, whatever it holds.
std::string escape_html(std::string_view text);

/// What stands in the head of each page of this module: it reads well on a phone, in the dark and
/// without scripts.
std::string_view page_style();

/// A complete page that says that a request cannot go on, and why. `description` is plain text.
std::string error_page(std::string_view description);

}  // namespace oauth2

#endif
