#ifndef OAUTH2_CLIENT_H
#define OAUTH2_CLIENT_H

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "oauth2/bytes.h"
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
  TokenSettings settings;

  bool is_public() const { return (auth_methods & no_authentication) != 0; }
  bool may_use(GrantType grant) const { return (grant_types & grant) != 0; }
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
