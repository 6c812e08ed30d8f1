#ifndef OAUTH2_CLIENT_H
#define OAUTH2_CLIENT_H

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "oauth2/bytes.h"
#include "oauth2/redirect_uri.h"
#include "oauth2/settings.h"

namespace oauth2 {

/// How a client may authenticate, as bits (RFC 7591 section 2).
enum AuthMethod : unsigned {
  client_secret_basic = 1,
  client_secret_post = 2,
  no_authentication = 4,  ///< "none": a public client
};

/// The grants that a client may use, as bits.
enum GrantType : unsigned {
  password_grant_type = 1,
  refresh_token_grant_type = 2,
  authorization_code_grant_type = 4,
  client_credentials_grant_type = 8,
  implicit_grant_type = 16,
};

/// The name of a grant on the wire and its bit.
struct GrantTypeRow {
  std::string_view name;
  GrantType bit;
};
constexpr GrantTypeRow grant_type_table[] = {
    {"authorization_code", authorization_code_grant_type},
    {"client_credentials", client_credentials_grant_type},
    {"implicit", implicit_grant_type},
    {"password", password_grant_type},
    {"refresh_token", refresh_token_grant_type},
};

/// The bit of a grant by its name on the wire ("refresh_token"), or 0 for an unknown one.
unsigned grant_type_bit(std::string_view name);

/// Whether `id` can be a client id: 1 to max_client_id_size visible ASCII characters and spaces
/// (RFC 6749 appendix A.1).
bool is_client_id(std::string_view id);

/// A registered client (RFC 6749 section 2).
struct Client {
  std::string id;
  std::vector<Bytes<32>> secret_digests;  ///< SHA-256 of each live secret
  unsigned auth_methods = client_secret_basic | client_secret_post;
  unsigned grant_types = 0;
  std::string scope;  ///< normalized; what the client may be granted
  std::vector<RedirectUri> redirect_uris;
  std::string name;         ///< for the consent page; UTF-8, may be empty
  bool pkce = true;         ///< requires it for authorization codes (RFC 7636)
  bool introspect = false;  ///< may ask what tokens are worth (RFC 7662)
  TokenSettings settings;

  bool is_public() const { return (auth_methods & no_authentication) != 0; }
  bool may_use(GrantType grant) const { return (grant_types & grant) != 0; }

  /// Whether its redirect URIs lead to an app on the user's device, whose identity nobody can check
  /// (RFC 8252 section 8.6).
  bool is_native() const;

  /// The text under which the client is shown to a user.
  const std::string& display_name() const { return name.empty() ? id : name; }
};

/// The clients of one server, by id.
class ClientRegistry {
 public:
  /// Adds `client`; false, and nothing changed, if its id is there already.
  bool add(std::shared_ptr<const Client> client);

  /// Takes the clients of `outer` whose ids are not here.
  void inherit(const ClientRegistry& outer);

  /// The client with this id, or null; it lives as long as the registry.
  const Client* find(std::string_view id) const;

  const std::vector<std::shared_ptr<const Client>>& all() const { return clients_; }

 private:
  std::vector<std::shared_ptr<const Client>> clients_;
  std::unordered_map<std::string_view, const Client*> by_id_;  // the keys view the clients' ids
};

/// The SHA-256 of a secret, for Client::secret_digests.
Bytes<32> digest_secret(std::string_view secret);

}  // namespace oauth2

#endif
