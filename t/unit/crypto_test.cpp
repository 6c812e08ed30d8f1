#include "crypto.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hex_text.h"
#include "table.h"
#include "token_samples.h"

namespace oauth2 {
namespace {

TEST(Sha256, FollowsFips180) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha1, IsLowerCaseHex) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

struct HmacVector {
  const char* name;
  std::string key;
  std::string message;
  const char* mac;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(HmacVector)

class Rfc4231 : public testing::TestWithParam<HmacVector> {};

// RFC 2104 fills shorter keys up with zeros and hashes longer ones than a block.
TEST_P(Rfc4231, Holds) {
  const std::string& key = GetParam().key;
  const HmacSha256 hmac(key.size() > 64 ? sha256(key) : to_array<32>(key));
  const std::string mac = to_hex(hmac.sign(GetParam().message));
  EXPECT_EQ(mac.substr(0, std::string_view(GetParam().mac).size()), GetParam().mac);
}

const std::string large_key_message =
    "This is a test using a larger than block-size key and a larger than block-size data. The key "
    "needs to be hashed before being used by the HMAC algorithm.";

INSTANTIATE_TEST_SUITE_P(
    TestCases, Rfc4231,
    testing::Values(HmacVector{"1", std::string(20, '\x0b'), "Hi There",
                               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                    HmacVector{"2 a short key", "Jefe", "what do ya want for nothing?",
                               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                    HmacVector{"3", std::string(20, '\xaa'), std::string(50, '\xdd'),
                               "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
                    HmacVector{"4", from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
                               std::string(50, '\xcd'),
                               "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
                    HmacVector{"5 truncated", std::string(20, '\x0c'), "Test With Truncation",
                               "a3b6167473100ee06e0c796c2955552b"},
                    HmacVector{"6 a long key", std::string(131, '\xaa'),
                               "Test Using Larger Than Block-Size Key - Hash Key First",
                               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
                    HmacVector{"7 a long key and message", std::string(131, '\xaa'),
                               large_key_message,
                               "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}),
    row_name<HmacVector>);

TEST(HmacSha256, SignsManyMessagesUnderOneKey) {
  const HmacSha256 hmac(to_array<32>("Jefe"));
  const Digest first = hmac.sign("what do ya want for nothing?");
  EXPECT_NE(hmac.sign(""), first);
  EXPECT_EQ(hmac.sign("what do ya want for nothing?"), first);
}

// RFC 5869 appendix A.3, the vector without salt and info.
TEST(Hkdf, FollowsRfc5869) {
  Bytes<42> out;
  hkdf_sha256(std::string(22, '\x0b'), "", out.data(), out.size());
  EXPECT_EQ(to_hex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            "9d201395faa4b61a96c8");
}

TEST(Hkdf, DependsOnInfo) {
  Bytes<32> one;
  Bytes<32> other;
  hkdf_sha256("key", "info", one.data(), one.size());
  hkdf_sha256("key", "infp", other.data(), other.size());
  EXPECT_NE(one, other);
}

// FIPS 197 appendix C.3.
TEST(Aes256, FollowsFips197) {
  const Aes256 aes(
      to_array<32>(from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")));
  const auto plain = to_array<16>(from_hex("00112233445566778899aabbccddeeff"));
  const Bytes<16> sealed = aes.encrypt(plain);
  EXPECT_EQ(to_hex(sealed), "8ea2b7ca516745bfeafc49904b496089");
  EXPECT_EQ(aes.decrypt(sealed), plain);
}

TEST(Aes256, BlocksDoNotDependOnEachOther) {
  const Aes256 aes(to_array<32>("a key"));
  const auto block = to_array<16>("a block");
  const Bytes<16> first = aes.encrypt(block);
  aes.encrypt(to_array<16>("another block"));
  aes.decrypt(first);
  EXPECT_EQ(aes.encrypt(block), first);
}

struct XaesVector {
  const char* name;
  char key_byte;
  const char* associated_data;
  const char* sealed;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(XaesVector)

class XaesVectors : public testing::TestWithParam<XaesVector> {};

constexpr std::string_view xaes_nonce = "ABCDEFGHIJKLMNOPQRSTUVWX";
constexpr std::string_view xaes_plaintext = "XAES-256-GCM";

// The two lie on both sides of the doubling's carry.
TEST_P(XaesVectors, Hold) {
  const Xaes256Gcm xaes(to_array<32>(std::string(32, GetParam().key_byte)));
  const std::string sealed = seal(xaes, xaes_nonce, GetParam().associated_data, xaes_plaintext);
  EXPECT_EQ(to_hex(sealed), GetParam().sealed);
  std::string opened;
  EXPECT_TRUE(xaes.open(xaes_nonce, GetParam().associated_data, sealed, opened));
  EXPECT_EQ(opened, xaes_plaintext);
}

INSTANTIATE_TEST_SUITE_P(
    C2sp, XaesVectors,
    testing::Values(XaesVector{"without associated data", 1, "",
                               "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
                    XaesVector{"with associated data", 3, "c2sp.org/XAES-256-GCM",
                               "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"}),
    row_name<XaesVector>);

std::string shake128(std::string_view input, size_t size) {
  std::string out(size, '\0');
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestInit_ex(context, EVP_shake128(), nullptr), 1);
  EXPECT_EQ(EVP_DigestUpdate(context, input.data(), input.size()), 1);
  EXPECT_EQ(EVP_DigestFinalXOF(context, reinterpret_cast<unsigned char*>(out.data()), size), 1);
  EVP_MD_CTX_free(context);
  return out;
}

// The accumulated vector: key, nonce, plaintext and associated data, the last two of the length
// that one byte in front of them says, come from SHAKE-128 of nothing; the digest of all
// ciphertexts is SHAKE-128 too.
TEST(Xaes256Gcm, TenThousandRandomMessagesGiveThePublishedDigest) {
  const std::string randomness = shake128("", size_t{6} << 20);
  ByteReader input(randomness);
  std::string ciphertexts;
  for (int i = 0; i < 10000; ++i) {
    const Xaes256Gcm xaes(to_array<32>(input.take(32)));
    const std::string_view nonce = input.take(24);
    const std::string_view plaintext = input.take(input.u8());
    const std::string_view associated_data = input.take(input.u8());
    const std::string sealed = seal(xaes, nonce, associated_data, plaintext);
    std::string opened;
    ASSERT_TRUE(xaes.open(nonce, associated_data, sealed, opened));
    ASSERT_EQ(opened, plaintext);
    ciphertexts.append(sealed);
  }
  ASSERT_TRUE(input.ok());
  EXPECT_EQ(to_hex(shake128(ciphertexts, 32)),
            "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}

// The key of the first half is kept, so every order of halves has to give what a new object gives.
TEST(Xaes256Gcm, NoncesMayShareTheirFirstHalves) {
  const std::string halves[] = {std::string(12, 'a'), std::string(12, 'b')};
  const SymmetricKey key = to_array<32>("key");
  const Xaes256Gcm kept(key);
  for (const int order : {0, 0, 1, 0, 1, 1, 0}) {
    for (const std::string& second : halves) {
      const std::string nonce = halves[order] + second;
      const std::string sealed = seal(kept, nonce, "tenant", xaes_plaintext);
      EXPECT_EQ(to_hex(sealed), to_hex(seal(Xaes256Gcm(key), nonce, "tenant", xaes_plaintext)));
      std::string opened;
      EXPECT_FALSE(kept.open(nonce, "other", sealed, opened));
      EXPECT_TRUE(kept.open(nonce, "tenant", sealed, opened));
      EXPECT_EQ(opened, xaes_plaintext);
    }
  }
}

TEST(Xaes256Gcm, EveryAlteredBitIsNoticed) {
  const Xaes256Gcm xaes(to_array<32>("key"));
  const std::string sealed = seal(xaes, xaes_nonce, "tenant", xaes_plaintext);
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string altered = sealed;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);
    std::string opened = "left over";
    ASSERT_FALSE(xaes.open(xaes_nonce, "tenant", altered, opened)) << "bit " << bit;
    ASSERT_TRUE(opened.empty());
  }
  for (size_t bit = 0; bit < xaes_nonce.size() * 8; ++bit) {
    std::string nonce(xaes_nonce);
    nonce[bit / 8] = static_cast<char>(nonce[bit / 8] ^ 1 << bit % 8);
    std::string opened;
    ASSERT_FALSE(xaes.open(nonce, "tenant", sealed, opened)) << "bit " << bit;
  }
}

TEST(Xaes256Gcm, OtherLengthsKeysAndAssociatedDataAreRefused) {
  const Xaes256Gcm xaes(to_array<32>("key"));
  const std::string sealed = seal(xaes, xaes_nonce, "tenant", xaes_plaintext);
  std::string opened;
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(xaes.open(xaes_nonce, "tenant", sealed.substr(0, size), opened));
  }
  EXPECT_FALSE(xaes.open(xaes_nonce, "tenant", sealed + '\0', opened));
  EXPECT_FALSE(xaes.open(xaes_nonce, "tenan", sealed, opened));
  EXPECT_FALSE(xaes.open(xaes_nonce, "", sealed, opened));
  EXPECT_FALSE(Xaes256Gcm(to_array<32>("kez")).open(xaes_nonce, "tenant", sealed, opened));
  EXPECT_TRUE(xaes.open(xaes_nonce, "tenant", sealed, opened));
}

TEST(ConstantTimeCompare, IsACompare) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_in_constant_time("", "a"));
}

TEST(Cleanse, OverwritesAndEmpties) {
  std::string text = "a secret that is longer than what a string holds inside";
  char* const bytes = text.data();
  const size_t size = text.size();
  cleanse(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(std::string(bytes, size).find("secret"), std::string::npos);
}

std::string random_text(size_t size) {
  std::string out(size, '\0');
  random_bytes(reinterpret_cast<unsigned char*>(out.data()), size);
  return out;
}

TEST(RandomBytes, DifferWithEveryDraw) {
  std::string last = random_text(16);
  for (int i = 0; i < 1000; ++i) {
    const std::string next = random_text(16);
    ASSERT_NE(next, last);
    last = next;
  }
}

TEST(RandomBytes, ComeInEverySize) {
  EXPECT_EQ(random_text(0), "");
  for (const size_t size : {64, 4095, 4096, 4097, 10000}) {
    const std::string bytes = random_text(size);
    EXPECT_NE(bytes.substr(0, 32), std::string(32, '\0'));
    EXPECT_NE(bytes.substr(size - 32), std::string(32, '\0'));
  }
}

// A worker must not repeat what the master or another worker drew before.
TEST(RandomBytes, DifferAfterAFork) {
  random_text(16);  // fills the pool that the child inherits
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string drawn = random_text(32);
    _exit(write(ends[1], drawn.data(), drawn.size()) == 32 ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  std::string childs(32, '\0');
  ASSERT_EQ(read(ends[0], childs.data(), childs.size()), 32);
  close(ends[0]);
  close(ends[1]);
  EXPECT_NE(random_text(32), childs);
}

}  // namespace
}  // namespace oauth2
