#ifndef OAUTH2_T_UNIT_ENDPOINT_FIXTURE_H
#define OAUTH2_T_UNIT_ENDPOINT_FIXTURE_H

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fake_token_store.h"
#include "oauth2/endpoint.h"
#include "token_samples.h"

namespace oauth2 {

/// A host whose time is that of a test and whose random bytes count up.
class FakeEnvironment final : public Environment {
 public:
  explicit FakeEnvironment(const FakeClock& clock) : clock_(clock) {}

  uint32_t unix_time() override {
    return 1700000000 + static_cast<uint32_t>(clock_.now_ms / 1000) - 1000;
  }
  uint64_t monotonic_ms() override { return clock_.now_ms; }
  void random(unsigned char* out, size_t size) override;

 private:
  const FakeClock& clock_;
  uint32_t drawn_ = 0;
};

/// The connection of one client.
class FakeHost final : public ExchangeHost {
 public:
  void respond(EndpointExchange&) override { ++responses; }
  std::string authenticated_subject() override { return logged_in; }
  void check_user(std::string_view name, std::string_view secret) override {
    ++checks;
    username = name;
    password = secret;
  }
  void check_refresh(std::string_view user, std::string_view id, std::string_view wanted) override {
    ++refresh_checks;
    subject = user;
    client = id;
    scope = wanted;
  }

  int responses = 0;
  int checks = 0;
  std::string logged_in;  ///< whom nginx has authenticated
  std::string username;
  std::string password;
  int refresh_checks = 0;
  std::string subject;
  std::string client;
  std::string scope;
};

/// What became of a request.
struct Result {
  Response response;
  ExchangeReport report;
  std::string family;

  /// The value of a member of the JSON body as it stands there, a string without its quotes; empty
  /// if there is none.
  std::string member(const std::string& name) const;
  std::string error() const { return member("error"); }
  std::string refresh_token() const { return member("refresh_token"); }
};

/// A token endpoint between a fake store and fake hosts, with these clients: "app" with the secret
/// "secret", the scope "read write" and all grants; "mobile", a public one; "reader", which has no
/// grants but refresh_token; and "visitor", which has no refresh_token.
class EndpointTest : public testing::Test {
 public:
  EndpointTest();

  /// Changes what the endpoint knows of "app".
  Client& app() { return *app_; }

  /// A well-formed request of "app" with this body.
  Request request(std::string body);

  /// Answers a request to its end; the user's password is right, `subject_` is who he is and whom
  /// nginx has authenticated, and a check of a refresh says `refresh_verdict_`.
  Result send(Request&& request);
  Result send(std::string body) { return send(request(std::move(body))); }
  Result refresh(const std::string& token, const std::string& more = "");

  /// A new family's first refresh token, without the endpoint.
  std::string found_family(uint32_t generation = 1, const std::string& scope = "read write",
                           uint32_t ttl = 86400);

  /// The refresh token of a generation of the family of found_family(), under a key of the ring.
  std::string token(uint32_t generation, const KeyRing& keys, const std::string& client = "app");
  std::string token(uint32_t generation) { return token(generation, *keys_); }

  FakeTokenStore::Family& record() { return *store_.find(family_); }

  void use_keys(const std::vector<RootKey>& roots);

  FakeClock clock_;
  FakeEnvironment environment_{clock_};
  FakeTokenStore store_{clock_};
  std::unique_ptr<KeyRing> keys_;
  ClientRegistry clients_;
  EndpointConfig config_;
  FamilyId family_ = sample_family();
  std::string subject_ = "alice";
  RefreshVerdict refresh_verdict_ = RefreshVerdict::accepted;

 private:
  Client& add_client(const std::string& id, unsigned methods, unsigned grants);

  Client* app_ = nullptr;
};

}  // namespace oauth2

#endif
