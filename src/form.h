#ifndef OAUTH2_SRC_FORM_H
#define OAUTH2_SRC_FORM_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace oauth2 {

/// The parameters that some endpoint of this server knows.
enum class Parameter {
  grant_type,
  client_id,
  client_secret,
  refresh_token,
  scope,
  username,
  password,
  token,
  token_type_hint,
  code,
  redirect_uri,
  code_verifier,
  response_type,
  state,
  code_challenge,
  code_challenge_method,
  consent_token,
  decision,
  subject,
  family,
};
constexpr int parameter_count = static_cast<int>(Parameter::family) + 1;

/// The name of a parameter on the wire.
std::string_view parameter_name(Parameter parameter);

/// A set of parameters, a bit each: those that one endpoint knows.
using ParameterSet = uint32_t;

template <class... Members>
constexpr ParameterSet parameter_set(Members... members) {
  return (... | (ParameterSet{1} << static_cast<int>(members)));
}

/// The known parameters of one request; views into the buffer that was parsed.
class Parameters {
 public:
  /// The decoded value; empty where the parameter is absent, or present without a value, which
  /// "MUST be treated as if it were omitted" (RFC 6749 section 3.2).
  std::string_view operator[](Parameter parameter) const {
    return values_[static_cast<int>(parameter)];
  }
  std::string_view& operator[](Parameter parameter) { return values_[static_cast<int>(parameter)]; }

  /// Whether the parameter was repeated or malformed, so that nobody can say what it is.
  bool is_faulty(Parameter parameter) const { return (faulty_ & parameter_set(parameter)) != 0; }
  void set_faulty(Parameter parameter) { faulty_ |= parameter_set(parameter); }

 private:
  std::array<std::string_view, parameter_count> values_{};
  ParameterSet faulty_ = 0;
};

enum class FormResult {
  parsed,
  malformed,  ///< a broken percent escape, or a known parameter that is not UTF-8
  repeated,   ///< a known parameter has two values
};

/// Whether a Content-Type header names application/x-www-form-urlencoded, whatever its parameters.
bool is_form(std::string_view content_type);

/// Parses application/x-www-form-urlencoded, decoding in place: `body` is changed, and
/// `parameters` views it. Parameters outside of `known` are ignored, also repeated ones. The result
/// is of the first fault; the parameters are read to the end.
FormResult parse_form(std::string& body, ParameterSet known, Parameters& parameters);

/// Whether the query string of a request (without its "?") names a parameter of `known`:
/// "Parameters [...] MUST NOT be included in the request URI" (RFC 6749 section 2.3.1).
bool names_known_parameter(std::string_view query, ParameterSet known);

/// Whether decoding `text` as a value of a form would give something else, or fail.
bool is_form_encoded(std::string_view text);

/// Decodes one value of a form, "+" and percent escapes, as a string of its own. False for a broken
/// percent escape.
bool decode_form_value(std::string_view text, std::string& out);

/// Whether `text` is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

/// Whether `text` has a control character (U+0000 to U+001F, U+007F).
bool has_control_character(std::string_view text);

}  // namespace oauth2

#endif
