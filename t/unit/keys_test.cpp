#include "oauth2/keys.h"

#include <gtest/gtest.h>

#include "key.h"
#include "table.h"
#include "token_samples.h"

namespace oauth2 {
namespace {

const std::string hex_digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string base64_digits = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct KeyFile {
  const char* name;
  std::string text;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(KeyFile)

class GoodKeyFile : public testing::TestWithParam<KeyFile> {};

TEST_P(GoodKeyFile, GivesTheKey) {
  RootKey key;
  EXPECT_TRUE(parse_root_key(GetParam().text, key));
  EXPECT_EQ(to_hex(key.bytes), hex_digits);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, GoodKeyFile,
    testing::Values(KeyFile{"hex", hex_digits},
                    KeyFile{"hex in capitals",
                            "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"},
                    KeyFile{"hex with a line feed", hex_digits + "\n"},
                    KeyFile{"hex with white space around", " \t\r\n" + hex_digits + "\r\n \t"},
                    KeyFile{"base64", base64_digits},
                    KeyFile{"base64 with a line feed", base64_digits + "\n"},
                    KeyFile{"base64 without padding", base64_digits.substr(0, 43)}),
    row_name<KeyFile>);

class BadKeyFile : public testing::TestWithParam<KeyFile> {};

TEST_P(BadKeyFile, IsRefused) {
  RootKey key;
  EXPECT_FALSE(parse_root_key(GetParam().text, key));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, BadKeyFile,
    testing::Values(
        KeyFile{"nothing", ""}, KeyFile{"white space", " \n\n"},
        KeyFile{"hex that is one digit short", hex_digits.substr(1)},
        KeyFile{"hex that is one byte short", hex_digits.substr(2)},
        KeyFile{"hex that is one byte long", hex_digits + "20"},
        KeyFile{"hex with another letter", "g" + hex_digits.substr(1)},
        KeyFile{"hex with a space inside", hex_digits.substr(0, 32) + " " + hex_digits.substr(32)},
        KeyFile{"base64 that is one byte short", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=="},
        KeyFile{"base64 that is one byte long", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"},
        KeyFile{"base64 with two lines", base64_digits + "\n" + base64_digits},
        KeyFile{"32 raw bytes", from_hex(hex_digits)}),
    row_name<KeyFile>);

TEST(RootKey, MayComeInBase64url) {
  RootKey key;
  const std::string text = std::string(42, '_') + "8";
  EXPECT_TRUE(parse_root_key(text, key));
  EXPECT_EQ(to_hex(key.bytes), std::string(64, 'f'));
}

TEST(KeyId, IsDerivedFromTheKeyAlone) {
  EXPECT_EQ(key_id(sample_root()), 0x96);
  EXPECT_EQ(Key(sample_root(), "oauth2").id(), 0x96);
  EXPECT_EQ(Key(sample_root(), "other").id(), 0x96);
}

TEST(KeyRing, MintsWithTheFirstAndFindsAll) {
  const RootKey one = sample_root(0);
  const RootKey two = sample_root(1);
  const KeyRing ring({one, two}, "oauth2");
  EXPECT_EQ(ring.minting().id(), key_id(one));
  ASSERT_NE(ring.find(key_id(two)), nullptr);
  EXPECT_EQ(ring.find(key_id(two))->id(), key_id(two));
  EXPECT_EQ(ring.prefix(), "oauth2");
  int found = 0;
  for (int id = 0; id < 256; ++id) {
    found += ring.find(static_cast<uint8_t>(id)) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(found, 2);
}

// The subkeys of the root key 00..1f, computed from RFC 5869 elsewhere.
constexpr const char* mac_subkey =
    "b4bf370a6221c0b56446eb92d547ea25bb9cb728c5d6368c0b52d320b32fbd1a";
constexpr const char* family_subkey =
    "36945f95e00b9a271d9d006edf470671b60c3f46c7781f4051b0a3afcdd3f816";
constexpr const char* access_subkey =
    "b25c6237723896f430eb691d1ac68ec0b59fa259d89bcd9f589ae107c6740736";

TEST(Key, HasOneSubkeyForEachPurpose) {
  const Key key(sample_root(), "oauth2");
  EXPECT_EQ(key.refresh_token_mac().sign("message"),
            HmacSha256(to_array<32>(from_hex(mac_subkey))).sign("message"));
  const auto block = to_array<16>("a block");
  EXPECT_EQ(key.family_cipher().encrypt(block),
            Aes256(to_array<32>(from_hex(family_subkey))).encrypt(block));
  const std::string sealed = seal(key.access_token_cipher(), std::string(24, 'n'), "", "claims");
  std::string opened;
  EXPECT_TRUE(Xaes256Gcm(to_array<32>(from_hex(access_subkey)))
                  .open(std::string(24, 'n'), "", sealed, opened));
}

TEST(Key, HasOtherSubkeysForAnotherTenant) {
  const Key key(sample_root(), "oauth2");
  const Key other(sample_root(), "other");
  EXPECT_NE(key.refresh_token_mac().sign("m"), other.refresh_token_mac().sign("m"));
  EXPECT_NE(key.family_cipher().encrypt({}), other.family_cipher().encrypt({}));
  const std::string sealed = seal(key.access_token_cipher(), std::string(24, 'n'), "", "claims");
  std::string opened;
  EXPECT_FALSE(other.access_token_cipher().open(std::string(24, 'n'), "", sealed, opened));
}

}  // namespace
}  // namespace oauth2
