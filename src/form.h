#ifndef OAUTH2_SRC_FORM_H
#define OAUTH2_SRC_FORM_H

#include <array>
#include <string>
#include <string_view>

namespace oauth2 {

/// The parameters of the token endpoint that this server knows.
enum class Parameter {
  grant_type,
  client_id,
  client_secret,
  refresh_token,
  scope,
  username,
  password,
};
constexpr int parameter_count = static_cast<int>(Parameter::password) + 1;

/// The known parameters of one request; views into the buffer that was parsed.
class Parameters {
 public:
  /// The decoded value; empty where the parameter is absent, or present without a value, which
  /// "MUST be treated as if it were omitted" (RFC 6749 section 3.2).
  std::string_view operator[](Parameter parameter) const {
    return values_[static_cast<int>(parameter)];
  }
  std::string_view& operator[](Parameter parameter) { return values_[static_cast<int>(parameter)]; }

 private:
  std::array<std::string_view, parameter_count> values_{};
};

enum class FormResult {
  parsed,
  malformed,  ///< a broken percent escape, or a known parameter that is not UTF-8
  repeated,   ///< a known parameter has two values
};

/// Parses application/x-www-form-urlencoded, decoding in place: `body` is changed, and
/// `parameters` views it. Unknown parameters are ignored, also repeated ones.
FormResult parse_form(std::string& body, Parameters& parameters);

/// Whether the query string of a request (without its "?") names a parameter known here:
/// "Parameters [...] MUST NOT be included in the request URI" (RFC 6749 section 2.3.1).
bool names_known_parameter(std::string_view query);

/// Decodes one value of a form, "+" and percent escapes, as a string of its own. False for a broken
/// percent escape.
bool decode_form_value(std::string_view text, std::string& out);

/// Whether `text` is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

/// Whether `text` has a control character (U+0000 to U+001F, U+007F).
bool has_control_character(std::string_view text);

}  // namespace oauth2

#endif
