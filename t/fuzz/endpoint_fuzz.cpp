// Whole requests, through every endpoint. Lines: the endpoint (0 to 4; 5 more for a body that was
// too large), the method, the content type, the Authorization header, the X-Requested-With header,
// the query; the rest is the body. In query and body, "@1" to "@3" stand for tokens of a family,
// "@a" for an access token, "@c" for a code, so that more than a refusal is reached.

#include <algorithm>
#include <set>

#include "access_token.h"
#include "authorization_code.h"
#include "fake_token_store.h"
#include "form.h"
#include "fuzz.h"
#include "json_check.h"
#include "key.h"
#include "oauth2/endpoint.h"
#include "refresh_token.h"
#include "samples.h"

namespace oauth2::fuzz {
namespace {

constexpr std::string_view secret = "s3cret-of-the-client";
constexpr std::string_view verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* redirect_uri = "https://web.example/cb";

class World final : public Environment, public ExchangeHost {
 public:
  uint32_t unix_time() override { return now; }
  uint64_t monotonic_ms() override { return clock.now_ms; }
  void random(unsigned char* out, size_t size) override { std::fill(out, out + size, 0x5a); }

  void respond(EndpointExchange&) override { ++responses; }
  std::string authenticated_subject() override { return "alice"; }
  void check_user(std::string_view name, std::string_view) override {
    ++checks;
    user = name;
  }
  void check_refresh(std::string_view, std::string_view, std::string_view) override {}

  FakeClock clock;
  FakeTokenStore store{clock};
  int responses = 0;
  int checks = 0;
  std::string user;
};

class Nobody final : public StoreWaiter {
 public:
  void store_answered(const StoreAnswer&) override {}
  bool still_wanted() const override { return true; }
};

const ClientRegistry& registry() {
  static const ClientRegistry clients = [] {
    ClientRegistry made;
    const auto add = [&](const char* id, unsigned methods, unsigned grants) {
      auto client = std::make_shared<Client>();
      client->id = id;
      client->auth_methods = methods;
      client->grant_types = grants;
      client->scope = "read write";
      client->introspect = methods != no_authentication;
      if (methods != no_authentication) {
        client->secret_digests.push_back(digest_secret(secret));
      }
      RedirectUri::parse(redirect_uri, client->redirect_uris.emplace_back());
      made.add(std::move(client));
    };
    const unsigned all = password_grant_type | refresh_token_grant_type |
                         authorization_code_grant_type | client_credentials_grant_type;
    add("web", client_secret_basic | client_secret_post, all);
    add("page", no_authentication,
        implicit_grant_type | refresh_token_grant_type | authorization_code_grant_type);
    return made;
  }();
  return clients;
}

FamilyId found_family(World& world, uint32_t generation, unsigned char last) {
  const FamilyId family = sample_family(last);
  FamilyRecord record;
  record.generation = generation;
  record.key_id = sample_keys().minting().id();
  record.ttl_written = 600;
  record.granted_at = now;
  record.client = "web";
  record.subject = "alice";
  record.scope = "read write";
  world.store.create(family, record, 0, world.clock.now_ms + 1000, std::make_shared<Nobody>());
  world.store.run();
  return family;
}

std::string token_named(World& world, char name) {
  if (name == 'a') {
    AccessClaims claims;
    claims.family = found_family(world, 2, 1);
    claims.issued_at = now;
    claims.expires_at = now + 60;
    claims.client = "web";
    claims.subject = "alice";
    claims.scope = "read";
    return seal_access_token(sample_keys(), claims, Bytes<24>{});
  }
  if (name == 'c') {
    const std::string challenge = code_challenge(verifier);
    return mint_authorization_code(sample_keys(), found_family(world, 0, 2), now,
                                   {"web", redirect_uri, challenge});
  }
  RefreshToken token;
  token.family = found_family(world, 2, 1);
  token.granted_at = now;
  token.generation = static_cast<uint32_t>(name - '0');
  return mint_refresh_token(sample_keys().minting(), token, "web");
}

std::string with_tokens(World& world, std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char name = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '@' && (name == 'a' || name == 'c' || (name >= '1' && name <= '3'))) {
      out.append(token_named(world, name));
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

void check_header(std::string_view value) {
  for (const char character : value) {
    OAUTH2_HOLDS(character >= 0x20 && character < 0x7f);
  }
}

// What an endpoint for clients says is its own: it has nothing of the request in it.
void check_secrecy(Endpoint endpoint, const Response& response) {
  if (endpoint != Endpoint::authorization && endpoint != Endpoint::sessions) {
    OAUTH2_HOLDS(response.body.find(secret) == std::string::npos);
  }
}

void check_response(const Response& response, const ExchangeReport& report) {
  static const std::set<int> statuses = {200, 303, 400, 401, 403, 405, 413, 503};
  OAUTH2_HOLDS(statuses.count(response.status) == 1);
  OAUTH2_HOLDS(response.status != 200 || report.error == Error::none);
  OAUTH2_HOLDS((response.status == 303) == !response.location.empty());
  check_header(response.location);
  check_header(response.page_policy);
  if (std::string_view(response.content_type) == "application/json") {
    OAUTH2_HOLDS(response.body.empty() || is_json_object(response.body));
    OAUTH2_HOLDS(response.page_policy.empty());
  } else {
    OAUTH2_HOLDS(!response.page_policy.empty() || response.status == 303);
  }
  OAUTH2_HOLDS(response.location.empty() || response.location.find(redirect_uri) == 0);
}

}  // namespace

void run(Input& input) {
  World world;
  EndpointConfig config;
  const uint32_t kind = number(input.line()) % 10;
  config.endpoint = static_cast<Endpoint>(kind % 5);
  config.keys = &sample_keys();
  config.clients = &registry();
  config.password_grant = true;
  config.issuer = "https://as.example";
  world.store.keeps_index = true;

  Request request;
  request.method = input.line();
  const std::string content_type = input.line();
  const std::string authorization = input.line();
  request.content_type = content_type;
  request.authorization = authorization;
  request.requested_with = input.line();
  request.query = with_tokens(world, input.line());
  request.body = with_tokens(world, input.rest().substr(0, max_body_size));
  request.body_too_large = kind >= 5;
  request.peer = "127.0.0.1";
  request.received_ms = world.clock.now_ms;

  const auto exchange = make_exchange(config, world.store, world, std::move(request));
  exchange->start(world);
  if (world.checks > 0) {
    exchange->user_checked({UserVerdict::Kind::accepted, world.user});
  }
  world.store.run();
  OAUTH2_HOLDS(world.responses == 1);
  OAUTH2_HOLDS(world.store.waiting() == 0);
  check_response(exchange->response(), exchange->report());
  check_secrecy(config.endpoint, exchange->response());
  OAUTH2_HOLDS(exchange->client_id().empty() || is_client_id(exchange->client_id()));
  OAUTH2_HOLDS(exchange->family().empty() || is_family_hash(exchange->family()));
}

}  // namespace oauth2::fuzz
