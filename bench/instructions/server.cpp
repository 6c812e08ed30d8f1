#include "server.h"

#include <stdexcept>
#include <utility>

#include "base64.h"
#include "counted.h"

namespace oauth2::bench {
namespace {

constexpr std::string_view application = "mobile-app-0017";
constexpr std::string_view resource_server = "orders-api";
constexpr std::string_view secret = "gX1fBat3bVxo0fGKlE5vQw7RnTsYzUcP";
constexpr std::string_view user = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
constexpr std::string_view scope = "read write offline_a";

RootKey counting_root() {
  RootKey root;
  for (size_t i = 0; i < root.bytes.size(); ++i) {
    root.bytes[i] = static_cast<unsigned char>(i);
  }
  return root;
}

redis::StoreOptions store_options() {
  redis::StoreOptions options;
  options.servers.push_back({"/run/redis.sock", "", 0});
  return options;
}

std::shared_ptr<const Client> make_client(std::string_view id, unsigned grants, bool introspects) {
  auto client = std::make_shared<Client>();
  client->id = id;
  client->secret_digests.push_back(digest_secret(secret));
  client->grant_types = grants;
  client->scope = scope;
  client->introspect = introspects;
  return client;
}

std::string basic(const Client& client) {
  return "Basic " + base64url(client.id + ":" + std::string(secret));
}

Request form_post(std::string_view authorization, std::string body) {
  Request request;
  request.method = "POST";
  request.content_type = "application/x-www-form-urlencoded";
  request.authorization = authorization;
  request.body = std::move(body);
  request.peer = "203.0.113.7";
  request.received_ms = now_ms;
  return request;
}

/// The connection of a client that waits.
class WaitingClient final : public ExchangeHost {
 public:
  void respond(EndpointExchange&) override { responded_ = true; }
  std::string authenticated_subject() override { return {}; }
  void check_user(std::string_view, std::string_view) override {}
  void check_refresh(std::string_view, std::string_view, std::string_view) override {}

  Answer answer_of(const EndpointExchange& exchange) const {
    if (!responded_) {
      throw std::runtime_error("a request was not answered");
    }
    return {exchange.response().status, exchange.report().outcome, exchange.response().body};
  }

 private:
  bool responded_ = false;
};

}  // namespace

// Marsaglia's xorshift64.
void FixedEnvironment::random(unsigned char* out, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    out[i] = static_cast<unsigned char>(state_);
  }
}

std::string Answer::member(std::string_view name) const {
  const std::string start = std::string("\"").append(name).append("\":\"");
  const size_t at = body.find(start);
  if (at == std::string::npos) {
    throw std::runtime_error("no " + std::string(name) + " in " + body);
  }
  const size_t value = at + start.size();
  return body.substr(value, body.find('"', value) - value);
}

Server::Server()
    : store_(store_options(), loop_, state_, 4711), keys_({counting_root()}, "oauth2") {
  clients_.add(make_client(application, password_grant_type | refresh_token_grant_type, false));
  clients_.add(make_client(resource_server, 0, true));
  token_.keys = &keys_;
  token_.clients = &clients_;
  token_.password_grant = true;
  introspection_ = token_;
  introspection_.endpoint = Endpoint::introspection;
  store_.start();
  loop_.connect();
}

Answer Server::log_in() {
  WaitingClient client;
  const std::string authorization = basic(*clients_.find(application));
  const auto exchange =
      make_exchange(token_, store_, environment_,
                    form_post(authorization, "grant_type=password&username=alice&password=x"));
  exchange->start(client);
  exchange->user_checked({UserVerdict::Kind::accepted, std::string(user)});
  loop_.flush();
  loop_.execute();
  loop_.deliver();
  return client.answer_of(*exchange);
}

Answer Server::refresh(const std::string& token) {
  return post(token_, application, "grant_type=refresh_token&refresh_token=" + token);
}

Answer Server::introspect(const std::string& token) {
  return post(introspection_, resource_server, "token=" + token);
}

Answer Server::post(const EndpointConfig& config, std::string_view id, std::string body) {
  WaitingClient client;
  const std::string authorization = basic(*clients_.find(id));
  Request request = form_post(authorization, std::move(body));
  auto exchange = counted::begin(config, store_, environment_, std::move(request), client, loop_);
  loop_.execute();
  counted::receive(loop_);
  Answer answer = client.answer_of(*exchange);
  counted::end(exchange);
  return answer;
}

AccessDecision Server::require(const std::string& authorization) {
  return counted::require(keys_, authorization, environment_.unix_time());
}

}  // namespace oauth2::bench
