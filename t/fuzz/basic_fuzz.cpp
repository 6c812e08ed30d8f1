// Client credentials. Lines: the Authorization header, then client_id and client_secret of a form.

#include "base64.h"
#include "client_authentication.h"
#include "fuzz.h"
#include "oauth2/client.h"

namespace oauth2::fuzz {
namespace {

constexpr std::string_view secret = "s3cret";
constexpr std::string_view odd_secret = "a+b%c:d";

const ClientRegistry& registry() {
  static const ClientRegistry clients = [] {
    ClientRegistry made;
    const auto add = [&](const char* id, unsigned methods, std::string_view key) {
      auto client = std::make_shared<Client>();
      client->id = id;
      client->auth_methods = methods;
      if (!key.empty()) {
        client->secret_digests.push_back(digest_secret(key));
      }
      made.add(std::move(client));
    };
    add("basic", client_secret_basic, secret);
    add("post", client_secret_post, secret);
    add("odd id", client_secret_basic | client_secret_post, odd_secret);
    add("public", no_authentication, "");
    return made;
  }();
  return clients;
}

std::string_view secret_of(const Client& client) {
  return client.id == "odd id" ? odd_secret : client.is_public() ? std::string_view() : secret;
}

std::string form_encoded(std::string_view text) {
  std::string encoded;
  for (const char character : text) {
    encoded.append("%").push_back("0123456789abcdef"[static_cast<unsigned char>(character) >> 4]);
    encoded.push_back("0123456789abcdef"[character & 15]);
  }
  return encoded;
}

// Whether the header really says this id and this secret, raw or form-encoded.
bool header_says(const std::string& header, std::string_view id, std::string_view key) {
  const size_t start = header.find_first_not_of(' ', 6);
  std::string pair;
  if (start == std::string::npos || !decode_base64(header.substr(start), pair)) {
    return false;
  }
  const size_t colon = pair.find(':');
  if (colon == std::string::npos) {
    return false;
  }
  const std::string raw_id = pair.substr(0, colon);
  const std::string raw_secret = pair.substr(colon + 1);
  std::string decoded_id;
  std::string decoded_secret;
  return (raw_id == id && raw_secret == key) ||
         (decode_form_value(raw_id, decoded_id) && decode_form_value(raw_secret, decoded_secret) &&
          decoded_id == id && decoded_secret == key);
}

void check_credentials(const std::string& header, const Parameters& parameters) {
  const ClientCredentials credentials(header, parameters);
  const std::string_view claimed = credentials.claimed_id(registry());
  OAUTH2_HOLDS(claimed.empty() || is_client_id(claimed));

  Error error = Error::none;
  const char* reason = "";
  const Client* client = credentials.authenticate(registry(), error, reason);
  if (client == nullptr) {
    OAUTH2_HOLDS(error == Error::invalid_client || error == Error::invalid_request);
    OAUTH2_HOLDS(*reason != '\0');
    return;
  }
  const std::string_view id = parameters[Parameter::client_id];
  const std::string_view key = parameters[Parameter::client_secret];
  OAUTH2_HOLDS(claimed == client->id);
  OAUTH2_HOLDS(header.empty() || header_says(header, client->id, secret_of(*client)));
  OAUTH2_HOLDS(!header.empty() || (id == client->id && key == secret_of(*client)));
}

// Whatever a client's id and secret are: sent as the specification says, they are taken.
void check_specified_way(const std::string& id, const std::string& key) {
  if (!is_client_id(id) || key.empty()) {
    return;
  }
  auto made = std::make_shared<Client>();
  made->id = id;
  made->secret_digests.push_back(digest_secret(key));
  ClientRegistry clients;
  clients.add(made);
  std::string header = base64url(form_encoded(id) + ":" + form_encoded(key));
  for (char& character : header) {
    character = character == '-' ? '+' : character == '_' ? '/' : character;
  }
  Error error = Error::none;
  const char* reason = "";
  const ClientCredentials credentials("Basic " + header, Parameters());
  OAUTH2_HOLDS(credentials.authenticate(clients, error, reason) == made.get());
}

}  // namespace

void run(Input& input) {
  const std::string header = input.line();
  const std::string id = input.line();
  const std::string key = input.line();
  Parameters parameters;
  parameters[Parameter::client_id] = id;
  parameters[Parameter::client_secret] = key;
  check_credentials(header, parameters);
  check_specified_way(id, key);
}

}  // namespace oauth2::fuzz
