#ifndef OAUTH2_SRC_JSON_H
#define OAUTH2_SRC_JSON_H

#include <cstdint>
#include <string>
#include <string_view>

namespace oauth2 {

/// Writes one JSON object (RFC 8259) to the end of a string. Whatever the values hold that add()
/// takes, the result is one object with the members that were added: quotes, backslashes and
/// control characters are escaped. Values are UTF-8; names are plain text.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_.push_back('{'); }

  JsonObject& add(std::string_view name, std::string_view value);
  JsonObject& add(std::string_view name, uint64_t value);

  /// As add(), of a value that is known to have nothing to escape, as base64url.
  JsonObject& add_plain(std::string_view name, std::string_view value);

  JsonObject& add_flag(std::string_view name, bool value);

  /// A list of the words of `words`, which stand a space apart.
  JsonObject& add_words(std::string_view name, std::string_view words);

  /// Adds a member whose value, one JSON text, is then to be written to the string that is
  /// returned.
  std::string& add(std::string_view name);

  /// Closes the object; nothing can be added afterwards.
  void end() { out_.push_back('}'); }

 private:
  void add_name(std::string_view name);

  std::string& out_;
  bool first_ = true;
};

}  // namespace oauth2

#endif
