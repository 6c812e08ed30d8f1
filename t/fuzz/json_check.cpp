#include "json_check.h"

#include "form.h"
#include "hex.h"

namespace oauth2::fuzz {
namespace {

/// Takes JSON from the front of a text. Each function is false if what it names is not there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool object() {
    if (!take('{')) {
      return false;
    }
    if (take('}')) {
      return true;
    }
    do {
      if (!string() || !take(':') || !value()) {
        return false;
      }
    } while (take(','));
    return take('}');
  }

  bool is_over() const { return rest_.empty(); }

 private:
  bool take(char wanted) {
    const bool there = !rest_.empty() && rest_.front() == wanted;
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }

  bool take(std::string_view word) {
    const bool there = rest_.substr(0, word.size()) == word;
    rest_.remove_prefix(there ? word.size() : 0);
    return there;
  }

  bool value() {
    switch (rest_.empty() ? '\0' : rest_.front()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      default:
        return take("true") || take("false") || integer();
    }
  }

  bool array() {
    if (!take('[') || take(']')) {
      return true;
    }
    do {
      if (!value()) {
        return false;
      }
    } while (take(','));
    return take(']');
  }

  bool integer() {
    const size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const bool canonical = size == 1 || (size > 1 && rest_.front() != '0');
    rest_.remove_prefix(size);
    return canonical;
  }

  bool string() {
    if (!take('"')) {
      return false;
    }
    const std::string_view start = rest_;
    while (!rest_.empty() && rest_.front() != '"') {
      if (take('\\')) {
        if (!escape()) {
          return false;
        }
      } else if (static_cast<unsigned char>(rest_.front()) < 0x20) {
        return false;
      } else {
        rest_.remove_prefix(1);
      }
    }
    return is_utf8(start.substr(0, start.size() - rest_.size())) && take('"');
  }

  bool escape() {
    if (take('u')) {
      for (int i = 0; i < 4; ++i) {
        if (rest_.empty() || hex_value(rest_.front()) < 0) {
          return false;
        }
        rest_.remove_prefix(1);
      }
      return true;
    }
    const bool known = !rest_.empty() &&
                       std::string_view("\"\\/bfnrt").find(rest_.front()) != std::string_view::npos;
    rest_.remove_prefix(known ? 1 : 0);
    return known;
  }

  std::string_view rest_;
};

}  // namespace

bool is_json_object(std::string_view text) {
  Reader reader(text);
  return reader.object() && reader.is_over();
}

}  // namespace oauth2::fuzz
