#ifndef OAUTH2_T_UNIT_TABLE_H
#define OAUTH2_T_UNIT_TABLE_H

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace oauth2 {

/// Names the cases of a parameterised test after the `name` of their rows, a sentence: "an empty
/// body" becomes "AnEmptyBody".
template <class Row>
std::string row_name(const testing::TestParamInfo<Row>& info) {
  std::string name;
  bool word_begins = true;
  for (const char character : std::string(info.param.name)) {
    const auto byte = static_cast<unsigned char>(character);
    if (std::isalnum(byte) != 0) {
      name.push_back(word_begins ? static_cast<char>(std::toupper(byte)) : character);
    }
    word_begins = std::isalnum(byte) == 0 && character != '\'';
  }
  return name;
}

}  // namespace oauth2

/// Makes GoogleTest show a row by its name.
#define OAUTH2_ROW_IS_SHOWN_BY_NAME(Row)                             \
  [[maybe_unused]] void PrintTo(const Row& row, std::ostream* out) { \
    *out << row.name;                                                \
  }

#endif
