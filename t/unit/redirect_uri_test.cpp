#include "oauth2/redirect_uri.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;

RedirectUri parsed(const std::string& text) {
  RedirectUri uri;
  EXPECT_EQ(RedirectUri::parse(text, uri), nullptr) << text;
  return uri;
}

TEST(RedirectUri, TakesWhatMayBeRegistered) {
  for (const char* text :
       {"https://client.example", "https://client.example/", "https://client.example:8443/cb",
        "https://client.example/cb?tenant=1&x=%2F", "https://client.example/a%2Fb/../c",
        "https://[2001:db8::1]/cb", "https://192.0.2.1/cb", "https://client.example./cb",
        "http://127.0.0.1/cb", "http://127.0.0.1:8080/cb", "http://[::1]/cb", "http://[::1]:1/cb",
        "http://localhost:8080/cb", "com.example.app:/cb", "com.example.app:/",
        "com.example.app://host/cb"}) {
    EXPECT_EQ(parsed(text).text(), text);
  }
}

TEST(RedirectUri, RefusesTheRest) {
  for (const char* text : {
           "",
           "/cb",
           "cb",
           "//client.example/cb",
           "client.example/cb",
           "https:",
           "https:/cb",
           "https://",
           "https:///cb",
           "https://?a=b",
           "https:client.example/cb",
           "1http://127.0.0.1/",
           ":/cb",
           // Fragments, even empty ones, and user information.
           "https://client.example/cb#",
           "https://client.example/cb#top",
           "com.example.app:/cb#top",
           "https://user@client.example/cb",
           "https://user:word@client.example/cb",
           "https://@client.example/cb",
           "http://127.0.0.1@evil.example/cb",
           "com.example.app://user@host/cb",
           // What a browser executes or shows, and schemes that nobody owns.
           "javascript:alert(1)",
           "JavaScript:alert(1)",
           "data:text/html,x",
           "vbscript:x",
           "file:///etc/passwd",
           "blob:https://client.example/x",
           "about:blank",
           "myapp:/cb",
           "myapp://cb",
           "ftp://client.example/cb",
           // http anywhere but here.
           "http://client.example/cb",
           "http://127.0.0.2/cb",
           "http://127.0.0.1.evil.example/cb",
           "http://localhost.evil.example/cb",
           "http://0.0.0.0/cb",
           "http://[::]/cb",
           "http://2130706433/cb",
           // Hosts and ports that are none.
           "https://client.example:/cb",
           "https://client.example:0/cb",
           "https://client.example:65536/cb",
           "https://client.example:44x/cb",
           "https://client.example:443:443/cb",
           "https://client_example/cb",
           "https://client%2eexample/cb",
           "https://[::1/cb",
           "https://[]/cb",
           "https://[client]/cb",
           "https://[::1]x/cb",
           // What is no URI at all.
           "https://client.example/c b",
           "https://client.example/\"",
           "https://client.example/<cb>",
           "https://client.example/cb\\",
           "https://client.example\\@evil.example/cb",
           "https://client.example/%",
           "https://client.example/%2",
           "https://client.example/%2g",
           "https://client.example/cb\r\nX: y",
           "https://client.example/\x7f",
           "https://caf\xc3\xa9.example/cb",
           " https://client.example/cb",
           "https://client.example/cb ",
       }) {
    RedirectUri uri;
    EXPECT_NE(RedirectUri::parse(text, uri), nullptr) << text;
  }
  RedirectUri uri;
  EXPECT_NE(RedirectUri::parse("https://client.example/\0"s, uri), nullptr);
}

TEST(RedirectUri, IsNotTooLong) {
  const std::string start = "https://client.example/";
  RedirectUri uri;
  EXPECT_EQ(RedirectUri::parse(start + std::string(max_redirect_uri_size - start.size(), 'x'), uri),
            nullptr);
  EXPECT_NE(
      RedirectUri::parse(start + std::string(max_redirect_uri_size - start.size() + 1, 'x'), uri),
      nullptr);
}

TEST(RedirectUri, SaysWhichLeadToAnAppOnTheDevice) {
  EXPECT_FALSE(parsed("https://client.example/cb").is_native());
  EXPECT_FALSE(parsed("https://127.0.0.1/cb").is_native());
  EXPECT_TRUE(parsed("http://127.0.0.1/cb").is_native());
  EXPECT_TRUE(parsed("http://[::1]/cb").is_native());
  EXPECT_TRUE(parsed("http://localhost/cb").is_native());
  EXPECT_TRUE(parsed("com.example.app:/cb").is_native());
}

// RFC 9700 section 4.1.3: "authorization servers MUST utilize exact string matching when comparing
// client redirect URIs against pre-registered URIs, except for port numbers in localhost
// redirection URIs of native apps".
TEST(RedirectUri, MatchesNothingButItself) {
  const RedirectUri uri = parsed("https://client.example/cb?a=b");
  EXPECT_TRUE(uri.matches("https://client.example/cb?a=b", false));
  EXPECT_TRUE(uri.matches("https://client.example/cb?a=b", true));
  for (const char* other : {"",
                            "https://client.example/cb",
                            "https://client.example/cb?",
                            "https://client.example/cb?a=",
                            "https://client.example/cb?a=b&c=d",
                            "https://client.example/cb?a=b#x",
                            "https://client.example/cb?a=b#",
                            "https://client.example/cb/?a=b",
                            "https://client.example//cb?a=b",
                            "https://client.example/./cb?a=b",
                            "https://client.example/x/../cb?a=b",
                            "https://client.example/CB?a=b",
                            "https://client.example/%63b?a=b",
                            "https://client.example/cb?a=%62",
                            "https://CLIENT.example/cb?a=b",
                            "HTTPS://client.example/cb?a=b",
                            "https://client.example./cb?a=b",
                            "https://client.example:443/cb?a=b",
                            "https://client.example:8443/cb?a=b",
                            "http://client.example/cb?a=b",
                            "https://sub.client.example/cb?a=b",
                            "https://client.example.evil.example/cb?a=b",
                            "https://client.example@evil.example/cb?a=b",
                            "https://user@client.example/cb?a=b",
                            "https://evil.example/https://client.example/cb?a=b",
                            "https://client.example%2fcb?a=b",
                            "https://client.example/cb?a=b ",
                            " https://client.example/cb?a=b",
                            "https://client.example/cb?a=b\r\n"}) {
    EXPECT_FALSE(uri.matches(other, false)) << other;
    EXPECT_FALSE(uri.matches(other, true)) << other;
  }
}

TEST(RedirectUri, MatchesAnyPortOfTheLoopbackAddressOfANativeClient) {
  for (const std::string host : {"127.0.0.1", "[::1]"}) {
    for (const std::string registered : {"", ":8080"}) {
      const RedirectUri uri = parsed("http://" + host + registered + "/cb?a=b");
      for (const char* port : {"", ":1", ":8080", ":51004", ":65535"}) {
        const std::string requested = "http://" + host + port + "/cb?a=b";
        EXPECT_TRUE(uri.matches(requested, true)) << requested;
        EXPECT_EQ(uri.matches(requested, false), registered == port) << requested;
      }
      for (const char* port : {":", ":0", ":080", ":65536", ":99999", ":100000", ":8080x", ":+80",
                               ":-1", ": 80", ":80:80", ":80@evil.example", ".evil.example",
                               ":80.evil.example", "@evil.example:80"}) {
        EXPECT_FALSE(uri.matches("http://" + host + port + "/cb?a=b", true)) << port;
      }
      for (const char* rest :
           {"", "/", "/cb", "/cb?a=c", "/CB?a=b", "/cb?a=b#", "/cb?a=b&c", "?a=b"}) {
        EXPECT_FALSE(uri.matches("http://" + host + ":8080" + rest, true)) << rest;
      }
      EXPECT_FALSE(uri.matches("https://" + host + ":8080/cb?a=b", true));
      EXPECT_FALSE(uri.matches("http://localhost:8080/cb?a=b", true));
    }
  }
  EXPECT_FALSE(parsed("http://127.0.0.1/cb").matches("http://[::1]/cb", true));
  EXPECT_TRUE(parsed("http://127.0.0.1").matches("http://127.0.0.1:80", true));
  EXPECT_FALSE(parsed("http://127.0.0.1").matches("http://127.0.0.1:80/", true));
}

TEST(RedirectUri, MatchesOtherPortsOfNothingElse) {
  EXPECT_FALSE(parsed("http://localhost/cb").matches("http://localhost:8080/cb", true));
  EXPECT_FALSE(parsed("https://127.0.0.1/cb").matches("https://127.0.0.1:8080/cb", true));
  EXPECT_FALSE(parsed("https://client.example/cb").matches("https://client.example:1/cb", true));
  EXPECT_FALSE(parsed("com.example.app://host/cb").matches("com.example.app://host:1/cb", true));
}

TEST(RedirectSource, IsTheOriginOrTheScheme) {
  EXPECT_EQ(redirect_source("https://client.example/cb?a=b"), "https://client.example");
  EXPECT_EQ(redirect_source("https://client.example:8443/cb"), "https://client.example:8443");
  EXPECT_EQ(redirect_source("http://127.0.0.1:51004/cb"), "http://127.0.0.1:51004");
  EXPECT_EQ(redirect_source("com.example.app:/cb"), "com.example.app:");
  EXPECT_EQ(redirect_source("com.example.app://host;script-src/cb"), "com.example.app:");
}

using Part = Redirection::Part;

TEST(Redirection, KeepsARegisteredQuery) {
  EXPECT_EQ(Redirection("https://c/cb", Part::query).add("a", "b").add("c", "d").uri(),
            "https://c/cb?a=b&c=d");
  EXPECT_EQ(Redirection("https://c/cb?x=y", Part::query).add("a", "b").uri(),
            "https://c/cb?x=y&a=b");
  EXPECT_EQ(Redirection("https://c/cb?", Part::query).add("a", "b").add("c", "d").uri(),
            "https://c/cb?a=b&c=d");
  EXPECT_EQ(Redirection("https://c/cb?x=y", Part::fragment).add("a", "b").add("c", "d").uri(),
            "https://c/cb?x=y#a=b&c=d");
}

TEST(Redirection, EscapesWhateverItIsGiven) {
  EXPECT_EQ(Redirection("https://c", Part::query).add("a", "").uri(), "https://c");
  EXPECT_EQ(Redirection("https://c", Part::query).add("a", "AZaz09-._~").uri(),
            "https://c?a=AZaz09-._~");
  EXPECT_EQ(
      Redirection("https://c", Part::query).add("a", " +&=#%?/\"<>'\r\n\xc3\xa9\x7f"s + '\0').uri(),
      "https://c?a=%20%2B%26%3D%23%25%3F%2F%22%3C%3E%27%0D%0A%C3%A9%7F%00");
}

}  // namespace
}  // namespace oauth2
