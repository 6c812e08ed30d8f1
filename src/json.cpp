#include "json.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace oauth2 {
namespace {

constexpr bool is_control(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f;
}

constexpr bool is_escaped(unsigned char byte) {
  return is_control(byte) || byte == '"' || byte == '\\';
}

constexpr uint64_t in_each_byte = 0x0101010101010101;
constexpr uint64_t high_bits = 0x80 * in_each_byte;

// The bytes of `word` below `limit`, which is at most 0x80, are marked by their high bits; others
// may be, but only above such a byte.
constexpr uint64_t below(uint64_t word, unsigned char limit) {
  return (word - limit * in_each_byte) & ~word & high_bits;
}

constexpr uint64_t equal(uint64_t word, unsigned char byte) {
  return below(word ^ byte * in_each_byte, 1);
}

constexpr bool has_escaped(uint64_t word) {
  return (below(word, 0x20) | equal(word, 0x7f) | equal(word, '"') | equal(word, '\\')) != 0;
}

// Of `text`, the bytes before the first one that is escaped.
size_t plain_size(std::string_view text) {
  size_t size = 0;
  for (uint64_t word = 0; text.size() - size >= sizeof(word); size += sizeof(word)) {
    std::memcpy(&word, text.data() + size, sizeof(word));
    if (has_escaped(word)) {
      break;
    }
  }
  while (size < text.size() && !is_escaped(static_cast<unsigned char>(text[size]))) {
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

JsonObject& JsonObject::add_plain(std::string_view name, std::string_view value) {
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
