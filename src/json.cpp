#include "json.h"

#include <algorithm>

namespace oauth2 {
namespace {

void append_string(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char character : value) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte == 0x7f) {
      out.append("\\u00");
      out.push_back("0123456789abcdef"[byte >> 4]);
      out.push_back("0123456789abcdef"[byte & 15]);
      continue;
    }
    if (character == '"' || character == '\\') {
      out.push_back('\\');
    }
    out.push_back(character);
  }
  out.push_back('"');
}

}  // namespace

void JsonObject::add_name(std::string_view name) {
  if (!first_) {
    out_.push_back(',');
  }
  first_ = false;
  append_string(out_, name);
  out_.push_back(':');
}

JsonObject& JsonObject::add(std::string_view name, std::string_view value) {
  add_name(name);
  append_string(out_, value);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, uint64_t value) {
  add_name(name);
  out_.append(std::to_string(value));
  return *this;
}

JsonObject& JsonObject::add_flag(std::string_view name, bool value) {
  add_name(name);
  out_.append(value ? "true" : "false");
  return *this;
}

JsonObject& JsonObject::add_words(std::string_view name, std::string_view words) {
  add_name(name);
  out_.push_back('[');
  for (bool first = true; !words.empty(); first = false) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (!first) {
      out_.push_back(',');
    }
    append_string(out_, word);
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  out_.push_back(']');
  return *this;
}

std::string& JsonObject::add(std::string_view name) {
  add_name(name);
  return out_;
}

}  // namespace oauth2
