#ifndef OAUTH2_REDIRECT_URI_H
#define OAUTH2_REDIRECT_URI_H

#include <string>
#include <string_view>

namespace oauth2 {

constexpr size_t max_redirect_uri_size = 2000;

/// A redirection endpoint that a client has registered (RFC 6749 section 3.1.2).
class RedirectUri {
 public:
  /// Takes `text` if it may be registered: an absolute https URI, an http one of the loopback
  /// interface, or one of a private-use scheme (RFC 8252 section 7); without fragment and user
  /// information. Null, or what is wrong with it, to follow "the redirect URI ...".
  static const char* parse(std::string_view text, RedirectUri& uri);

  /// Whether a request may name it as `requested`: the same bytes (RFC 9700 section 4.1.3), and
  /// with `any_port`, for native clients, another port of 127.0.0.1 or [::1] (RFC 8252
  /// section 7.3).
  bool matches(std::string_view requested, bool any_port) const;

  /// Whether it leads to an app on the user's device: the loopback interface or a private-use
  /// scheme.
  bool is_native() const { return kind_ != Kind::web; }

  const std::string& text() const { return text_; }

 private:
  enum class Kind { web, loopback, private_use };

  std::string text_;
  Kind kind_ = Kind::web;
  size_t port_at_ = 0;  // of a loopback address: where the host ends
  size_t path_at_ = 0;  // and the port ends
};

/// What a Content-Security-Policy calls the place that `uri`, which RedirectUri::matches() has
/// accepted, leads to: its origin, or its scheme where an origin cannot be written.
std::string redirect_source(std::string_view uri);

/// The answer to an authorization request, in the query or the fragment of its redirect URI.
class Redirection {
 public:
  enum class Part { query, fragment };

  /// A query that `uri` has already stays (RFC 6749 section 3.1.2).
  Redirection(std::string_view uri, Part part);

  /// Adds a parameter, percent-encoded; nothing if `value` is empty.
  Redirection& add(std::string_view name, std::string_view value);

  const std::string& uri() const { return uri_; }

 private:
  std::string uri_;
  char separator_;
};

}  // namespace oauth2

#endif
