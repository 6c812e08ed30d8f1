#include "form.h"

#include <strings.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "hex.h"
#include "oauth2/bytes.h"

namespace oauth2 {
namespace {

constexpr std::string_view parameter_names[parameter_count] = {
    "grant_type",      "client_id", "client_secret",  "refresh_token",
    "scope",           "username",  "password",       "token",
    "token_type_hint", "code",      "redirect_uri",   "code_verifier",
    "response_type",   "state",     "code_challenge", "code_challenge_method",
    "consent_token",   "decision",  "subject",        "family",
};

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::optional<Parameter> find_parameter(std::string_view name, ParameterSet known) {
  for (int i = 0; i < parameter_count; ++i) {
    const auto parameter = static_cast<Parameter>(i);
    if ((known & parameter_set(parameter)) != 0 && name == parameter_names[i]) {
      return parameter;
    }
  }
  return std::nullopt;
}

// Decodes [begin, end) onto itself and sets the new end. False for a broken escape.
bool decode_in_place(char* begin, char*& end) {
  char* out = begin;
  for (const char* in = begin; in != end; ++in) {
    if (*in != '%') {
      *out++ = *in == '+' ? ' ' : *in;
      continue;
    }
    const int high = end - in > 2 ? hex_value(in[1]) : -1;
    const int low = high >= 0 ? hex_value(in[2]) : -1;
    if (low < 0) {
      return false;
    }
    *out++ = static_cast<char>(high << 4 | low);
    in += 2;
  }
  end = out;
  return true;
}

char* find_or_end(char* begin, char* end, char wanted) {
  void* found = std::memchr(begin, wanted, static_cast<size_t>(end - begin));
  return found != nullptr ? static_cast<char*>(found) : end;
}

// How many whole words of eight bytes `text` begins with in which all bytes are ASCII, in bytes.
size_t ascii_size(std::string_view text) {
  constexpr uint64_t high_bits = 0x8080808080808080;
  size_t size = 0;
  for (uint64_t word = 0; text.size() - size >= sizeof(word); size += sizeof(word)) {
    std::memcpy(&word, text.data() + size, sizeof(word));
    if ((word & high_bits) != 0) {
      break;
    }
  }
  return size;
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::string_view parameter_name(Parameter parameter) {
  return parameter_names[static_cast<int>(parameter)];
}

bool is_form(std::string_view content_type) {
  const bool begins = content_type.size() >= form_type.size() &&
                      strncasecmp(content_type.data(), form_type.data(), form_type.size()) == 0;
  const std::string_view rest = begins ? content_type.substr(form_type.size()) : std::string_view();
  return begins && (rest.empty() || rest[0] == ';' || rest[0] == ' ' || rest[0] == '\t');
}

FormResult parse_form(std::string& body, ParameterSet known, Parameters& parameters) {
  FormResult result = FormResult::parsed;
  const auto note = [&](FormResult fault, std::optional<Parameter> parameter) {
    result = result == FormResult::parsed ? fault : result;
    if (parameter.has_value()) {
      parameters.set_faulty(*parameter);
    }
  };
  const bool is_encoded = is_form_encoded(body);
  char* const end = body.data() + body.size();
  for (char* pair = body.data(); pair < end;) {
    char* const pair_end = find_or_end(pair, end, '&');
    char* const equals = find_or_end(pair, pair_end, '=');
    char* const value = equals == pair_end ? pair_end : equals + 1;
    char* name_end = equals;
    char* value_end = pair_end;
    const bool has_name = !is_encoded || decode_in_place(pair, name_end);
    const bool has_value = !is_encoded || decode_in_place(value, value_end);
    const std::optional<Parameter> parameter =
        has_name ? find_parameter(between(pair, name_end), known) : std::nullopt;
    if (!has_name || !has_value) {
      note(FormResult::malformed, parameter);
    } else if (parameter.has_value() && value_end != value) {
      std::string_view& slot = parameters[*parameter];
      if (!is_utf8(between(value, value_end))) {
        note(FormResult::malformed, parameter);
      } else if (!slot.empty()) {
        // RFC 6749 section 3.2: "Request and response parameters MUST NOT be included more than
        // once."
        note(FormResult::repeated, parameter);
      } else {
        slot = between(value, value_end);
      }
    }
    pair = pair_end + 1;
  }
  return result;
}

bool names_known_parameter(std::string_view query, ParameterSet known) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    std::string name;
    if (decode_form_value(pair.substr(0, pair.find('=')), name) &&
        find_parameter(name, known).has_value()) {
      return true;
    }
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return false;
}

bool is_form_encoded(std::string_view text) {
  return text.find('%') != std::string_view::npos || text.find('+') != std::string_view::npos;
}

bool decode_form_value(std::string_view text, std::string& out) {
  out.assign(text);
  char* end = out.data() + out.size();
  if (!decode_in_place(out.data(), end)) {
    return false;
  }
  out.resize(static_cast<size_t>(end - out.data()));
  return true;
}

bool is_utf8(std::string_view text) {
  text.remove_prefix(ascii_size(text));
  for (ByteReader reader(text); !reader.rest().empty();) {
    const uint8_t lead = reader.u8();
    if (lead < 0x80) {
      continue;
    }
    const int following = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4) {
      return false;
    }
    uint32_t code = lead & (0x3fU >> following);
    for (int i = 0; i < following; ++i) {
      const uint8_t byte = reader.u8();
      if ((byte & 0xc0) != 0x80) {
        return false;
      }
      code = code << 6 | (byte & 0x3f);
    }
    const bool overlong = (following == 2 && code < 0x800) || (following == 3 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      return false;
    }
  }
  return true;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace oauth2
