#include "form.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2 {
namespace {

using namespace std::string_literals;

constexpr ParameterSet known = parameter_set(
    Parameter::grant_type, Parameter::client_id, Parameter::client_secret, Parameter::refresh_token,
    Parameter::scope, Parameter::username, Parameter::password);

struct FormRow {
  const char* name;
  std::string body;
  FormResult result;
  std::string scope;  // as parsed
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(FormRow)

class Form : public testing::TestWithParam<FormRow> {};

TEST_P(Form, IsParsed) {
  std::string body = GetParam().body;
  Parameters parameters;
  EXPECT_EQ(parse_form(body, known, parameters), GetParam().result);
  if (GetParam().result == FormResult::parsed) {
    EXPECT_EQ(parameters[Parameter::scope], GetParam().scope);
  }
}

constexpr FormResult parsed = FormResult::parsed;
constexpr FormResult malformed = FormResult::malformed;
constexpr FormResult repeated = FormResult::repeated;

INSTANTIATE_TEST_SUITE_P(
    Decoding, Form,
    testing::Values(FormRow{"an empty body", "", parsed, ""},
                    FormRow{"one value", "scope=read", parsed, "read"},
                    FormRow{"a plus is a space", "scope=read+write", parsed, "read write"},
                    FormRow{"an escape", "scope=read%20write", parsed, "read write"},
                    FormRow{"an escaped plus", "scope=a%2Bb%2bc", parsed, "a+b+c"},
                    FormRow{"an escaped ampersand and equals sign", "scope=a%26b%3Dc", parsed,
                            "a&b=c"},
                    FormRow{"an equals sign in a value", "scope=a=b", parsed, "a=b"},
                    FormRow{"an escaped name", "%73co%70e=x", parsed, "x"},
                    FormRow{"a plus in a name is no letter", "sco+pe=x", parsed, ""},
                    FormRow{"a value without a name", "=x&scope=y", parsed, "y"},
                    FormRow{"a name without a value", "scope", parsed, ""},
                    FormRow{"a name with an empty value", "scope=", parsed, ""},
                    FormRow{"ampersands without pairs", "&&scope=x&&", parsed, "x"},
                    FormRow{"a NUL", "scope=a\0b"s, parsed, "a\0b"s},
                    FormRow{"an escaped NUL", "scope=a%00b", parsed, "a\0b"s},
                    FormRow{"a NUL behind a name makes another name", "scope%00=x", parsed, ""},
                    FormRow{"names are case-sensitive", "Scope=x", parsed, ""},
                    FormRow{"a prefix of a name", "scop=x", parsed, ""},
                    FormRow{"UTF-8", "scope=%C3%A9%e2%82%ac", parsed, "\xc3\xa9\xe2\x82\xac"}),
    row_name<FormRow>);

INSTANTIATE_TEST_SUITE_P(
    Repetition, Form,
    testing::Values(
        FormRow{"a known parameter twice", "scope=a&scope=a", repeated, ""},
        FormRow{"a known parameter twice in two spellings", "scope=a&sc%6fpe=b", repeated, ""},
        FormRow{"a known parameter three times", "scope=a&x=1&scope=b&scope=c", repeated, ""},
        FormRow{"an unknown parameter twice", "x=1&scope=a&x=2", parsed, "a"},
        FormRow{"an empty one and one with a value", "scope=&scope=a", parsed, "a"},
        FormRow{"one with a value and an empty one", "scope=a&scope=", parsed, "a"}),
    row_name<FormRow>);

INSTANTIATE_TEST_SUITE_P(
    Broken, Form,
    testing::Values(FormRow{"an escape without digits", "scope=%", malformed, ""},
                    FormRow{"an escape of one digit", "scope=%4", malformed, ""},
                    FormRow{"an escape cut off by the next pair", "scope=%4&x=1", malformed, ""},
                    FormRow{"an escape with other letters", "scope=%4g", malformed, ""},
                    FormRow{"an escape with a sign", "scope=%-1", malformed, ""},
                    FormRow{"a broken escape in a name", "sc%zzope=x", malformed, ""},
                    FormRow{"a broken escape in an unknown value", "x=%zz&scope=a", malformed, ""},
                    FormRow{"a known value that is not UTF-8", "scope=%ff", malformed, ""},
                    FormRow{"an unknown value that is not UTF-8", "x=%ff&scope=a", parsed, "a"}),
    row_name<FormRow>);

TEST(FormParameters, EachGoesToItsOwnPlace) {
  std::string body =
      "grant_type=1&client_id=2&client_secret=3&refresh_token=4&scope=5&username=6&password=7";
  Parameters parameters;
  ASSERT_EQ(parse_form(body, known, parameters), FormResult::parsed);
  EXPECT_EQ(parameters[Parameter::grant_type], "1");
  EXPECT_EQ(parameters[Parameter::client_id], "2");
  EXPECT_EQ(parameters[Parameter::client_secret], "3");
  EXPECT_EQ(parameters[Parameter::refresh_token], "4");
  EXPECT_EQ(parameters[Parameter::scope], "5");
  EXPECT_EQ(parameters[Parameter::username], "6");
  EXPECT_EQ(parameters[Parameter::password], "7");
}

TEST(FormParameters, TenThousandUnknownOnesAreIgnored) {
  std::string body;
  for (int i = 0; i < 10000; ++i) {
    body.append("a=b&");
  }
  body.append("scope=read");
  Parameters parameters;
  EXPECT_EQ(parse_form(body, known, parameters), FormResult::parsed);
  EXPECT_EQ(parameters[Parameter::scope], "read");
}

struct QueryRow {
  const char* name;
  std::string query;
  bool known;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(QueryRow)

class Query : public testing::TestWithParam<QueryRow> {};

TEST_P(Query, IsSearchedForKnownParameters) {
  EXPECT_EQ(names_known_parameter(GetParam().query, known), GetParam().known);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Query,
    testing::Values(QueryRow{"an empty query", "", false},
                    QueryRow{"unknown parameters", "a=b&c=d", false},
                    QueryRow{"a known parameter", "client_id=x", true},
                    QueryRow{"a known parameter at the end", "a=b&&refresh_token=x", true},
                    QueryRow{"a known parameter without a value", "password", true},
                    QueryRow{"a known parameter with an empty value", "scope=", true},
                    QueryRow{"an escaped name", "%67rant_type=x", true},
                    QueryRow{"a broken escape", "%zz=1&a=b", false},
                    QueryRow{"a broken escape before a known parameter", "%zz&username=a", true},
                    QueryRow{"a known name as a value", "a=scope", false},
                    QueryRow{"ampersands", "&&&", false}),
    row_name<QueryRow>);

struct Utf8Row {
  const char* name;
  std::string text;
  bool valid;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(Utf8Row)

class Utf8 : public testing::TestWithParam<Utf8Row> {};

TEST_P(Utf8, IsTold) {
  EXPECT_EQ(is_utf8(GetParam().text), GetParam().valid);
}

// The borders of RFC 3629 section 4.
INSTANTIATE_TEST_SUITE_P(
    Rfc3629, Utf8,
    testing::Values(Utf8Row{"nothing", "", true}, Utf8Row{"ASCII with a NUL", "a\0\x7f"s, true},
                    Utf8Row{"the first of two bytes", "\xc2\x80", true},
                    Utf8Row{"the last of two bytes", "\xdf\xbf", true},
                    Utf8Row{"the first of three bytes", "\xe0\xa0\x80", true},
                    Utf8Row{"the last before the surrogates", "\xed\x9f\xbf", true},
                    Utf8Row{"the first after the surrogates", "\xee\x80\x80", true},
                    Utf8Row{"the last of three bytes", "\xef\xbf\xbf", true},
                    Utf8Row{"the first of four bytes", "\xf0\x90\x80\x80", true},
                    Utf8Row{"the last of all", "\xf4\x8f\xbf\xbf", true},
                    Utf8Row{"a continuation alone", "\x80", false},
                    Utf8Row{"C0", "\xc0\x80", false}, Utf8Row{"C1", "\xc1\xbf", false},
                    Utf8Row{"overlong in three", "\xe0\x9f\xbf", false},
                    Utf8Row{"overlong in four", "\xf0\x8f\xbf\xbf", false},
                    Utf8Row{"the first surrogate", "\xed\xa0\x80", false},
                    Utf8Row{"the last surrogate", "\xed\xbf\xbf", false},
                    Utf8Row{"beyond the last of all", "\xf4\x90\x80\x80", false},
                    Utf8Row{"F5", "\xf5\x80\x80\x80", false}, Utf8Row{"FF", "\xff", false},
                    Utf8Row{"two bytes cut off", "\xc3", false},
                    Utf8Row{"three bytes cut off", "\xe2\x82", false},
                    Utf8Row{"four bytes cut off", "\xf0\x9f\x92", false},
                    Utf8Row{"a sequence broken by ASCII", "\xe2\x82z", false},
                    Utf8Row{"a lead byte after a lead byte", "\xc3\xc3\xa9", false}),
    row_name<Utf8Row>);

TEST(DecodeFormValue, LeavesItsArgumentAlone) {
  const std::string text = "a%20b+c";
  std::string out;
  EXPECT_TRUE(decode_form_value(text, out));
  EXPECT_EQ(out, "a b c");
  EXPECT_EQ(text, "a%20b+c");
  EXPECT_FALSE(decode_form_value("a%2", out));
}

TEST(ControlCharacters, AreThirtyThree) {
  int count = 0;
  for (int byte = 0; byte < 256; ++byte) {
    count += has_control_character(std::string("ab") + static_cast<char>(byte)) ? 1 : 0;
  }
  EXPECT_EQ(count, 33);
  EXPECT_TRUE(has_control_character("\x7f"));
  EXPECT_TRUE(has_control_character("\0"s));
  EXPECT_FALSE(has_control_character("\xc2\x85"));
}

}  // namespace
}  // namespace oauth2
