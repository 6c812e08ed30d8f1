#include "hex.h"

#include <gtest/gtest.h>

#include <string_view>

namespace oauth2 {
namespace {

TEST(Hex, OnlyTheTwentyTwoDigitsHaveAValue) {
  for (int byte = 0; byte < 256; ++byte) {
    const char digit = static_cast<char>(byte);
    const size_t lower = std::string_view("0123456789abcdef").find(digit);
    const size_t upper = std::string_view("0123456789ABCDEF").find(digit);
    const size_t place = lower != std::string_view::npos ? lower : upper;
    const int expected = place != std::string_view::npos ? static_cast<int>(place) : -1;
    EXPECT_EQ(hex_value(digit), expected) << "byte " << byte;
  }
}

}  // namespace
}  // namespace oauth2
