#include "oauth2/redirect_uri.h"

#include <algorithm>

#include "hex.h"
#include "unreserved.h"

namespace oauth2 {
namespace {

constexpr std::string_view reserved = ":/?#[]@!$&'()*+,;=";

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

bool has_uri_characters_only(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
        return false;
      }
      i += 2;
    } else if (!is_unreserved(text[i]) && reserved.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view scheme) {
  return !scheme.empty() && !is_digit(scheme.front()) && is_alphanumeric(scheme.front()) &&
         std::all_of(scheme.begin(), scheme.end(), [](char character) {
           return is_alphanumeric(character) || character == '+' || character == '-' ||
                  character == '.';
         });
}

/// The parts of a URI; views into it.
struct Parts {
  std::string_view scheme;
  bool has_authority = false;
  std::string_view authority;
  std::string_view host;
  std::string_view port;  // without ":"
};

// The host of a bracketed literal keeps its brackets.
void split_authority(Parts& parts) {
  const std::string_view authority = parts.authority;
  const size_t bracket = authority.substr(0, 1) == "[" ? authority.find(']') : 0;
  const size_t colon = bracket == std::string_view::npos ? bracket : authority.find(':', bracket);
  parts.host = authority.substr(0, colon);
  parts.port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
}

Parts split(std::string_view uri) {
  Parts parts;
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos) {
    return parts;
  }
  parts.scheme = uri.substr(0, colon);
  std::string_view rest = uri.substr(colon + 1);
  parts.has_authority = rest.substr(0, 2) == "//";
  if (parts.has_authority) {
    rest.remove_prefix(2);
    parts.authority = rest.substr(0, rest.find_first_of("/?#"));
    split_authority(parts);
  }
  return parts;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char character) {
    return is_alphanumeric(character) || character == '-' || character == '.';
  });
}

bool is_address_literal(std::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
         std::all_of(host.begin() + 1, host.end() - 1, [](char character) {
           return hex_value(character) >= 0 || character == ':' || character == '.';
         });
}

bool is_port(std::string_view port) {
  return !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit) &&
         port.front() != '0' && (port.size() < 5 || port <= "65535");
}

const char* check_authority(const Parts& parts) {
  if (parts.authority.find('@') != std::string_view::npos) {
    return "has user information";
  }
  if (!is_host_name(parts.host) && !is_address_literal(parts.host)) {
    return "has no valid host";
  }
  const bool has_port = parts.authority.size() > parts.host.size();
  return has_port && !is_port(parts.port) ? "has no valid port" : nullptr;
}

bool is_loopback_address(std::string_view host) {
  return host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

const char* RedirectUri::parse(std::string_view text, RedirectUri& uri) {
  if (text.size() > max_redirect_uri_size) {
    return "is too long";
  }
  if (!has_uri_characters_only(text)) {
    return "has characters that do not belong into a URI";
  }
  const Parts parts = split(text);
  if (!is_scheme(parts.scheme)) {
    return "must be absolute";
  }
  // RFC 6749 section 3.1.2: "The endpoint URI MUST NOT include a fragment component."
  if (text.find('#') != std::string_view::npos) {
    return "has a fragment";
  }
  RedirectUri parsed;
  parsed.text_ = text;
  if (parts.scheme == "https" || parts.scheme == "http") {
    const char* wrong = parts.has_authority ? check_authority(parts) : "has no valid host";
    if (wrong != nullptr) {
      return wrong;
    }
    if (parts.scheme == "http") {
      if (!is_loopback_address(parts.host) && parts.host != "localhost") {
        return "must use https, or the loopback interface";
      }
      parsed.kind_ = Kind::loopback;
    }
    if (parts.scheme == "http" && is_loopback_address(parts.host)) {
      parsed.port_at_ = static_cast<size_t>(parts.host.data() - text.data()) + parts.host.size();
      parsed.path_at_ =
          static_cast<size_t>(parts.authority.data() - text.data()) + parts.authority.size();
    }
  } else {
    // RFC 8252 section 7.1: "apps MUST use a URI scheme based on a domain name under their control,
    // expressed in reverse order". No scheme that a browser executes has a dot.
    if (parts.scheme.find('.') == std::string_view::npos) {
      return "has a scheme that is neither https nor, with a dot in it, an app's own";
    }
    if (parts.authority.find('@') != std::string_view::npos) {
      return "has user information";
    }
    parsed.kind_ = Kind::private_use;
  }
  uri = std::move(parsed);
  return nullptr;
}

bool RedirectUri::matches(std::string_view requested, bool any_port) const {
  if (requested == text_) {
    return true;
  }
  const std::string_view own = text_;
  if (!any_port || port_at_ == 0 || requested.substr(0, port_at_) != own.substr(0, port_at_)) {
    return false;
  }
  // RFC 8252 section 7.3: "The authorization server MUST allow any port to be specified at the time
  // of the request for loopback IP redirect URIs".
  std::string_view rest = requested.substr(port_at_);
  if (rest.substr(0, 1) == ":") {
    const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    if (!is_port(rest.substr(1, end - 1))) {
      return false;
    }
    rest.remove_prefix(end);
  }
  return rest == own.substr(path_at_);
}

std::string redirect_source(std::string_view uri) {
  const Parts parts = split(uri);
  std::string source(parts.scheme);
  source.push_back(':');
  // A policy's grammar knows no literal address of IPv6.
  if ((parts.scheme == "https" || parts.scheme == "http") && is_host_name(parts.host)) {
    source.append("//").append(parts.authority);
  }
  return source;
}

Redirection::Redirection(std::string_view uri, Part part)
    : uri_(uri),
      separator_(part == Part::fragment                    ? '#'
                 : uri.find('?') == std::string_view::npos ? '?'
                 : uri.back() == '?' || uri.back() == '&'  ? '\0'
                                                           : '&') {}

Redirection& Redirection::add(std::string_view name, std::string_view value) {
  if (value.empty()) {
    return *this;
  }
  if (separator_ != '\0') {
    uri_.push_back(separator_);
  }
  separator_ = '&';
  uri_.append(name).push_back('=');
  for (const char character : value) {
    if (is_unreserved(character)) {
      uri_.push_back(character);
    } else {
      const auto byte = static_cast<unsigned char>(character);
      uri_.push_back('%');
      uri_.push_back("0123456789ABCDEF"[byte >> 4]);
      uri_.push_back("0123456789ABCDEF"[byte & 15]);
    }
  }
  return *this;
}

}  // namespace oauth2
