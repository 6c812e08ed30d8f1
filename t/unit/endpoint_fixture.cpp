#include "endpoint_fixture.h"

#include "key.h"
#include "refresh_token.h"

namespace oauth2 {
namespace {

class Nobody final : public StoreWaiter {
 public:
  void store_answered(const StoreAnswer&) override {}
  bool still_wanted() const override { return true; }
};

}  // namespace

void FakeEnvironment::random(unsigned char* out, size_t size) {
  ++drawn_;
  for (size_t i = 0; i < size; ++i) {
    out[i] = static_cast<unsigned char>(drawn_ >> 8 * (i % 4));
  }
}

std::string Result::member(const std::string& name) const {
  const std::string label = "\"" + name + "\":";
  const size_t start = response.body.find(label);
  if (start == std::string::npos) {
    return "";
  }
  std::string value = response.body.substr(start + label.size());
  if (value.front() == '"') {
    value.erase(0, 1);
    return value.substr(0, value.find('"'));
  }
  return value.substr(0, value.find_first_of(",}"));
}

EndpointTest::EndpointTest() {
  use_keys({sample_root()});
  const unsigned both = client_secret_basic | client_secret_post;
  app_ = &add_client("app", both, password_grant_type | refresh_token_grant_type);
  add_client("mobile", no_authentication, password_grant_type | refresh_token_grant_type);
  add_client("reader", both, refresh_token_grant_type);
  add_client("visitor", both, password_grant_type);
  config_.clients = &clients_;
  config_.password_grant = true;
}

Client& EndpointTest::add_client(const std::string& id, unsigned methods, unsigned grants) {
  auto client = std::make_shared<Client>();
  client->id = id;
  client->auth_methods = methods;
  client->grant_types = grants;
  client->scope = "read write";
  if (!client->is_public()) {
    client->secret_digests.push_back(digest_secret("secret"));
  }
  Client& added = *client;
  clients_.add(std::move(client));
  return added;
}

void EndpointTest::use_keys(const std::vector<RootKey>& roots) {
  keys_ = std::make_unique<KeyRing>(roots, "oauth2");
  config_.keys = keys_.get();
}

Request EndpointTest::request(std::string body) {
  Request made;
  made.method = "POST";
  made.content_type = "application/x-www-form-urlencoded";
  made.authorization = "Basic YXBwOnNlY3JldA==";
  made.body = std::move(body);
  made.received_ms = clock_.now_ms;
  return made;
}

Result EndpointTest::send(Request&& request) {
  FakeHost host;
  host.logged_in = subject_;
  const auto exchange = make_exchange(config_, store_, environment_, std::move(request));
  exchange->start(host);
  if (host.checks > 0) {
    exchange->user_checked({UserVerdict::Kind::accepted, subject_});
  }
  store_.run();
  if (host.refresh_checks > 0) {
    exchange->refresh_checked(refresh_verdict_);
    store_.run();
  }
  EXPECT_EQ(host.responses, 1);
  return {exchange->response(), exchange->report(), std::string(exchange->family())};
}

Result EndpointTest::refresh(const std::string& token, const std::string& more) {
  return send("grant_type=refresh_token&refresh_token=" + token + more);
}

std::string EndpointTest::found_family(uint32_t generation, const std::string& scope,
                                       uint32_t ttl) {
  FamilyRecord record;
  record.generation = generation;
  record.key_id = keys_->minting().id();
  record.ttl_written = ttl;
  record.granted_at = environment_.unix_time();
  record.client = "app";
  record.subject = "alice";
  record.scope = scope;
  store_.create(family_, record, 0, clock_.now_ms + 1000, std::make_shared<Nobody>());
  store_.run();
  store_.creates = 0;
  return token(generation);
}

std::string EndpointTest::token(uint32_t generation, const KeyRing& keys,
                                const std::string& client) {
  RefreshToken made;
  made.family = family_;
  made.granted_at =
      store_.find(family_) != nullptr ? record().granted_at : environment_.unix_time();
  made.generation = generation;
  return mint_refresh_token(keys.minting(), made, client);
}

}  // namespace oauth2
