#include "oauth2/client.h"

#include <gtest/gtest.h>

#include "hex_text.h"
#include "oauth2/family.h"

namespace oauth2 {
namespace {

std::shared_ptr<const Client> make_client(std::string id, std::string scope = "") {
  auto client = std::make_shared<Client>();
  client->id = std::move(id);
  client->scope = std::move(scope);
  return client;
}

TEST(ClientRegistry, FindsWhatWasAdded) {
  ClientRegistry clients;
  EXPECT_TRUE(clients.add(make_client("one")));
  EXPECT_TRUE(clients.add(make_client("two")));
  ASSERT_NE(clients.find("one"), nullptr);
  EXPECT_EQ(clients.find("one")->id, "one");
  EXPECT_EQ(clients.find("two")->id, "two");
  EXPECT_EQ(clients.find("three"), nullptr);
  EXPECT_EQ(clients.find(""), nullptr);
  EXPECT_EQ(clients.find("on"), nullptr);
  EXPECT_EQ(clients.find("ONE"), nullptr);
}

TEST(ClientRegistry, RefusesADuplicateAndKeepsTheFirst) {
  ClientRegistry clients;
  EXPECT_TRUE(clients.add(make_client("one", "first")));
  EXPECT_FALSE(clients.add(make_client("one", "second")));
  EXPECT_EQ(clients.find("one")->scope, "first");
  EXPECT_EQ(clients.all().size(), 1U);
}

TEST(ClientRegistry, AServersClientsAddToThoseOfHttpAndWinById) {
  ClientRegistry http;
  http.add(make_client("shared", "http"));
  http.add(make_client("outer"));
  ClientRegistry server;
  server.add(make_client("shared", "server"));
  server.add(make_client("inner"));
  server.inherit(http);
  EXPECT_EQ(server.find("shared")->scope, "server");
  EXPECT_NE(server.find("outer"), nullptr);
  EXPECT_NE(server.find("inner"), nullptr);
  EXPECT_EQ(server.all().size(), 3U);
  EXPECT_EQ(http.find("inner"), nullptr);
}

TEST(ClientRegistry, InheritedClientsOutliveTheOuterRegistry) {
  ClientRegistry server;
  {
    ClientRegistry http;
    http.add(make_client("a client with an id that is longer than a short string"));
    server.inherit(http);
  }
  EXPECT_NE(server.find("a client with an id that is longer than a short string"), nullptr);
}

TEST(ClientRegistry, HoldsThousands) {
  ClientRegistry clients;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(clients.add(make_client("client-" + std::to_string(i))));
  }
  for (int i = 0; i < 5000; ++i) {
    const std::string id = "client-" + std::to_string(i);
    ASSERT_NE(clients.find(id), nullptr);
    ASSERT_EQ(clients.find(id)->id, id);
  }
}

TEST(Client, AuthenticatesByASecretUnlessToldOtherwise) {
  const Client client;
  EXPECT_EQ(client.auth_methods, client_secret_basic | client_secret_post);
  EXPECT_FALSE(client.is_public());
  EXPECT_FALSE(client.may_use(password_grant_type));
  EXPECT_FALSE(client.may_use(refresh_token_grant_type));
}

TEST(ClientIds, AreVisibleAscii) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string id = {'a', static_cast<char>(byte)};
    EXPECT_EQ(is_client_id(id), byte >= 0x20 && byte <= 0x7e) << byte;
  }
  EXPECT_FALSE(is_client_id(""));
  EXPECT_TRUE(is_client_id(std::string(max_client_id_size, 'x')));
  EXPECT_FALSE(is_client_id(std::string(max_client_id_size + 1, 'x')));
}

TEST(GrantTypes, HaveTheNamesOfRfc6749) {
  EXPECT_EQ(grant_type_bit("authorization_code"), authorization_code_grant_type);
  EXPECT_EQ(grant_type_bit("client_credentials"), client_credentials_grant_type);
  EXPECT_EQ(grant_type_bit("implicit"), implicit_grant_type);
  EXPECT_EQ(grant_type_bit("password"), password_grant_type);
  EXPECT_EQ(grant_type_bit("refresh_token"), refresh_token_grant_type);
  for (const char* name :
       {"", "Password", "refresh_token ", "refresh", "code", "token", "authorization_code "}) {
    EXPECT_EQ(grant_type_bit(name), 0U) << name;
  }
}

TEST(Secrets, AreKeptAsTheirSha256) {
  EXPECT_EQ(to_hex(digest_secret("gX1fBat3bV")),
            "53f5da0aaa93d64cd5772c554cbf940f0539e689dddbeb8f923eec3f72c02ea9");
}

}  // namespace
}  // namespace oauth2
