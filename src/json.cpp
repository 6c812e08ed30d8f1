#include "json.h"

#include <algorithm>
#include <array>

namespace oauth2 {
namespace {

constexpr bool is_control(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f;
}

constexpr std::array<bool, 256> escaped_bytes = [] {
  std::array<bool, 256> table{};
  for (size_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = is_control(static_cast<unsigned char>(byte)) || byte == '"' || byte == '\\';
  }
  return table;
}();

// Of `text`, the bytes before the first one that is escaped.
size_t plain_size(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && !escaped_bytes[static_cast<unsigned char>(text[size])]) {
    ++size;
  }
  return size;
}

void append_escaped(std::string& out, unsigned char byte) {
  if (is_control(byte)) {
    out.append("\\u00");
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  } else {
    out.push_back('\\');
    out.push_back(static_cast<char>(byte));
  }
}

void append_string(std::string& out, std::string_view value) {
  out.push_back('"');
  while (!value.empty()) {
    const size_t plain = plain_size(value);
    out.append(value.substr(0, plain));
    if (plain < value.size()) {
      append_escaped(out, static_cast<unsigned char>(value[plain]));
    }
    value.remove_prefix(std::min(value.size(), plain + 1));
  }
  out.push_back('"');
}

}  // namespace

void JsonObject::add_name(std::string_view name) {
  out_.append(first_ ? "\"" : ",\"").append(name).append("\":");
  first_ = false;
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

JsonObject& JsonObject::add_base64url(std::string_view name, std::string_view value) {
  add_name(name);
  out_.append("\"").append(value).append("\"");
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
