// Form bodies and query strings. The whole input is one.

#include <map>
#include <optional>

#include "form.h"
#include "fuzz.h"

namespace oauth2::fuzz {
namespace {

constexpr ParameterSet all_parameters = (ParameterSet{1} << parameter_count) - 1;

std::optional<Parameter> parameter_named(std::string_view name) {
  for (int i = 0; i < parameter_count; ++i) {
    if (parameter_name(static_cast<Parameter>(i)) == name) {
      return static_cast<Parameter>(i);
    }
  }
  return std::nullopt;
}

/// What a form says by the letter of the specifications, pair by pair and without sharing a buffer.
struct Expected {
  std::map<Parameter, std::string> values;
  FormResult result = FormResult::parsed;

  void note(FormResult fault) { result = result == FormResult::parsed ? fault : result; }

  void take(std::string_view pair) {
    const size_t equals = pair.find('=');
    std::string name;
    std::string value;
    const bool has_name = decode_form_value(pair.substr(0, equals), name);
    const bool has_value =
        equals == std::string_view::npos || decode_form_value(pair.substr(equals + 1), value);
    const std::optional<Parameter> parameter = parameter_named(name);
    if (!has_name || !has_value) {
      note(FormResult::malformed);
    } else if (parameter.has_value() && !value.empty()) {
      if (!is_utf8(value)) {
        note(FormResult::malformed);
      } else if (!values.emplace(*parameter, value).second) {
        note(FormResult::repeated);
      }
    }
  }
};

Expected read_by_pairs(std::string_view text) {
  Expected expected;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    expected.take(pair);
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
  }
  return expected;
}

std::string encoded(std::string_view value) {
  std::string text;
  for (const char character : value) {
    const auto byte = static_cast<unsigned char>(character);
    text.append("%").push_back("0123456789ABCDEF"[byte >> 4]);
    text.push_back("0123456789abcdef"[byte & 15]);
  }
  return text;
}

void check_round_trip(const Parameters& parameters) {
  std::string body;
  for (int i = 0; i < parameter_count; ++i) {
    const auto parameter = static_cast<Parameter>(i);
    body.append("&").append(parameter_name(parameter)).append("=");
    body.append(encoded(parameters[parameter]));
  }
  Parameters again;
  OAUTH2_HOLDS(parse_form(body, all_parameters, again) == FormResult::parsed);
  for (int i = 0; i < parameter_count; ++i) {
    const auto parameter = static_cast<Parameter>(i);
    OAUTH2_HOLDS(again[parameter] == parameters[parameter]);
    OAUTH2_HOLDS(!again.is_faulty(parameter));
  }
}

void check_known_subset(std::string_view text) {
  const ParameterSet known = parameter_set(Parameter::scope, Parameter::state);
  std::string body(text);
  Parameters parameters;
  parse_form(body, known, parameters);
  for (int i = 0; i < parameter_count; ++i) {
    const auto parameter = static_cast<Parameter>(i);
    OAUTH2_HOLDS((known & parameter_set(parameter)) != 0 || parameters[parameter].empty());
  }
}

}  // namespace

void run(Input& input) {
  const std::string_view text = input.rest();
  std::string body(text);
  Parameters parameters;
  const FormResult result = parse_form(body, all_parameters, parameters);

  const Expected expected = read_by_pairs(text);
  OAUTH2_HOLDS(result == expected.result);
  bool has_value = false;
  for (int i = 0; i < parameter_count; ++i) {
    const auto parameter = static_cast<Parameter>(i);
    const std::string_view value = parameters[parameter];
    const auto found = expected.values.find(parameter);
    OAUTH2_HOLDS(value == (found != expected.values.end() ? found->second : ""));
    OAUTH2_HOLDS(lies_within(value, body));
    OAUTH2_HOLDS(is_utf8(value));
    OAUTH2_HOLDS(!parameters.is_faulty(parameter) || result != FormResult::parsed);
    has_value = has_value || !value.empty();
  }
  OAUTH2_HOLDS(!has_value || names_known_parameter(text, all_parameters));
  check_round_trip(parameters);
  check_known_subset(text);
  is_form(text);
}

}  // namespace oauth2::fuzz
