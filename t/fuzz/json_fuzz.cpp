// Values on their way into JSON. The first line is a value, the rest is words.

#include "form.h"
#include "fuzz.h"
#include "json.h"
#include "json_check.h"

namespace oauth2::fuzz {

void run(Input& input) {
  const std::string value = input.line();
  const std::string words(input.rest());
  std::string out;
  JsonObject json(out);
  json.add("value", value)
      .add("words", words)
      .add("size", value.size())
      .add_flag("none", value.empty());
  json.add_words("list", words).add("empty", "").add_words("none", "");
  json.end();
  OAUTH2_HOLDS(is_json_object(out) == (is_utf8(value) && is_utf8(words)));
}

}  // namespace oauth2::fuzz
