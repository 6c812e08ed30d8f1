#include "oauth2/consent_page.h"

#include <gtest/gtest.h>

#include "html.h"

namespace oauth2 {
namespace {

ConsentView sample_view() {
  ConsentView view;
  view.client = "An <App> & \"more\"";
  view.client_id = "app";
  view.subject = "<script>alert('x')</script>";
  view.scope = "read write:<b>";
  view.destination = "https://client.example";
  view.form = "<input type=\"hidden\" name=\"a\" value=\"b\">";
  return view;
}

std::string rendered(const char* html, const ConsentView& view) {
  ConsentPage page;
  EXPECT_EQ(ConsentPage::parse(html, page), nullptr);
  return page.render(view);
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Html, IsEscaped) {
  EXPECT_EQ(escape_html("a&b<c>d\"e'f"), "a&amp;b&lt;c&gt;d&quot;e&#39;f");
  EXPECT_EQ(escape_html("&amp;"), "&amp;amp;");
  EXPECT_EQ(escape_html(""), "");
  EXPECT_EQ(escape_html("\xc3\xa9"), "\xc3\xa9");
}

TEST(Html, ErrorPageShowsTextAsText) {
  const std::string page = error_page("<b>bold</b>");
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;bold&lt;/b&gt;"), std::string::npos);
}

// What makes a page usable for everybody (WCAG): a language, a title, one heading, real buttons
// with words in them, and no script.
TEST(Html, PagesAreAccessible) {
  for (const std::string& page :
       {error_page("why"), ConsentPage::built_in().render(sample_view())}) {
    EXPECT_EQ(page.rfind("<!DOCTYPE html>", 0), 0U);
    EXPECT_EQ(count(page, "<html lang=\"en\">"), 1U);
    EXPECT_EQ(count(page, "<title>"), 1U);
    EXPECT_EQ(count(page, "<h1>"), 1U);
    EXPECT_EQ(count(page, "<main>"), 1U);
    EXPECT_EQ(count(page, "<meta charset=\"utf-8\">"), 1U);
    EXPECT_EQ(count(page, "<script"), 0U);
    EXPECT_EQ(count(page, "http://") + count(page, "src="), 0U) << "nothing is loaded";
  }
}

TEST(ConsentPage, BuiltInShowsEverything) {
  const std::string page = ConsentPage::built_in().render(sample_view());
  EXPECT_NE(page.find("An &lt;App&gt; &amp; &quot;more&quot;"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(page.find("<li>read</li>"), std::string::npos);
  EXPECT_NE(page.find("<li>write:&lt;b&gt;</li>"), std::string::npos);
  EXPECT_NE(page.find("https://client.example"), std::string::npos);
  EXPECT_EQ(count(page, sample_view().form.data()), 1U);
  EXPECT_EQ(count(page, "<button type=\"submit\" name=\"decision\" value=\"approve\">"), 1U);
  EXPECT_EQ(count(page, "<button type=\"submit\" name=\"decision\" value=\"deny\">"), 1U);
  EXPECT_EQ(count(page, "method=\"post\""), 1U);
  EXPECT_EQ(page.find("{{"), std::string::npos);
  EXPECT_EQ(page.find("role=\"alert\""), std::string::npos);
}

TEST(ConsentPage, ShowsANoticeAsAnAlert) {
  ConsentView view = sample_view();
  view.notice = "Too <old>";
  EXPECT_NE(ConsentPage::built_in().render(view).find("<p role=\"alert\">Too &lt;old&gt;</p>"),
            std::string::npos);
}

TEST(ConsentPage, SaysSoWhereNoScopeIsAskedFor) {
  ConsentView view = sample_view();
  view.scope = "";
  EXPECT_EQ(count(ConsentPage::built_in().render(view), "<li>"), 1U);
}

TEST(ConsentPage, OfADeploymentIsFilled) {
  EXPECT_EQ(rendered("[{{client}}|{{client_id}}|{{destination}}|{{notice}}|{{form}}]{{client_id}}",
                     sample_view()),
            "[An &lt;App&gt; &amp; &quot;more&quot;|app|https://client.example||"
            "<input type=\"hidden\" name=\"a\" value=\"b\">]app");
  EXPECT_EQ(rendered("{{form}}", sample_view()), sample_view().form);
  EXPECT_EQ(rendered("{{form}} { } {x} }} }", sample_view()),
            std::string(sample_view().form) + " { } {x} }} }");
}

TEST(ConsentPage, DoesNotFillWhatItHasFilledIn) {
  ConsentView view = sample_view();
  view.client = "{{subject}}";
  EXPECT_EQ(rendered("{{client}}{{form}}", view), "{{subject}}" + std::string(view.form));
}

TEST(ConsentPage, RefusesAPageThatCannotWork) {
  for (const char* html :
       {"", "a page", "{{form}}{{form}}", "{{form}}{{unknown}}", "{{form}}{{", "{{form",
        "{{ form }}", "{{}}{{form}}", "{{Form}}", "{{form}}{{clientx}}", "{{form}}{{client"}) {
    ConsentPage page;
    EXPECT_NE(ConsentPage::parse(html, page), nullptr) << html;
  }
}

}  // namespace
}  // namespace oauth2
