#include "client_authentication.h"

#include <strings.h>

#include "base64.h"
#include "crypto.h"

namespace oauth2 {
namespace {

constexpr std::string_view basic_scheme = "Basic ";

bool is_basic(std::string_view authorization) {
  return authorization.size() >= basic_scheme.size() &&
         strncasecmp(authorization.data(), basic_scheme.data(), basic_scheme.size()) == 0;
}

// Every live secret is compared, and an unknown client costs the same, so that the time tells
// nothing about which ids and which secrets exist.
bool secret_matches(const Client* client, std::string_view secret) {
  static const Client nobody = [] {
    Client client;
    client.secret_digests.emplace_back();
    return client;
  }();
  const Bytes<32> digest = digest_secret(secret);
  bool matches = false;
  for (const Bytes<32>& live : (client != nullptr ? *client : nobody).secret_digests) {
    matches |= equal_in_constant_time(view(live), view(digest));
  }
  return matches && client != nullptr;
}

const Client* find_allowed(const ClientRegistry& clients, std::string_view id, AuthMethod method) {
  const Client* client = clients.find(id);
  return client != nullptr && (client->auth_methods & method) != 0 ? client : nullptr;
}

}  // namespace

ClientCredentials::ClientCredentials(std::string_view authorization, const Parameters& parameters)
    : has_authorization_(!authorization.empty()),
      form_id_(parameters[Parameter::client_id]),
      form_secret_(parameters[Parameter::client_secret]) {
  if (!is_basic(authorization)) {
    return;
  }
  authorization.remove_prefix(basic_scheme.size());
  while (!authorization.empty() && authorization.front() == ' ') {
    authorization.remove_prefix(1);
  }
  const bool readable = decode_base64(authorization, pair_);
  const size_t colon = pair_.find(':');
  if (readable && colon != std::string::npos) {
    raw_id_ = std::string_view(pair_).substr(0, colon);
    raw_secret_ = std::string_view(pair_).substr(colon + 1);
    has_basic_ = true;
    decodable_ = is_form_encoded(pair_) && decode_form_value(raw_id_, decoded_id_) &&
                 decode_form_value(raw_secret_, decoded_secret_);
  }
}

ClientCredentials::~ClientCredentials() {
  cleanse(pair_);
  cleanse(decoded_secret_);
}

std::string_view ClientCredentials::claimed_id(const ClientRegistry& clients) const {
  std::string_view id = form_id_;
  if (has_basic_) {
    const bool only_raw = clients.find(decoded_id_) == nullptr && clients.find(raw_id_) != nullptr;
    id = decodable_ && !only_raw ? decoded_id_ : raw_id_;
  }
  return is_client_id(id) ? id : std::string_view();
}

// RFC 6749 section 2.3.1 has both halves form-encoded; many clients send them raw.
const Client* ClientCredentials::authenticate_basic(const ClientRegistry& clients) const {
  if (decodable_) {
    const Client* decoded = find_allowed(clients, decoded_id_, client_secret_basic);
    if (secret_matches(decoded, decoded_secret_)) {
      return decoded;
    }
  }
  const Client* raw = find_allowed(clients, raw_id_, client_secret_basic);
  return secret_matches(raw, raw_secret_) ? raw : nullptr;
}

const Client* ClientCredentials::authenticate(const ClientRegistry& clients, Error& error,
                                              const char*& reason) const {
  // RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each
  // request."
  if (has_authorization_ && !form_secret_.empty()) {
    error = Error::invalid_request;
    reason = "two client authentication methods in one request";
    return nullptr;
  }
  error = Error::invalid_client;
  if (has_authorization_) {
    const Client* client = has_basic_ ? authenticate_basic(clients) : nullptr;
    if (client == nullptr) {
      reason = "client authentication failed";
      return nullptr;
    }
    if (!form_id_.empty() && form_id_ != client->id) {
      error = Error::invalid_request;
      reason = "client_id differs from the authenticated client";
      return nullptr;
    }
    return client;
  }
  if (!form_secret_.empty()) {
    const Client* client = find_allowed(clients, form_id_, client_secret_post);
    reason = "client authentication failed";
    return secret_matches(client, form_secret_) ? client : nullptr;
  }
  const Client* client = find_allowed(clients, form_id_, no_authentication);
  reason = form_id_.empty() ? "client authentication is missing" : "client authentication failed";
  return client;
}

}  // namespace oauth2
