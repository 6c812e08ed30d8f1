#include "oauth2/client.h"

#include <algorithm>

#include "crypto.h"
#include "oauth2/family.h"

namespace oauth2 {

unsigned grant_type_bit(std::string_view name) {
  for (const GrantTypeRow& row : grant_type_table) {
    if (row.name == name) {
      return row.bit;
    }
  }
  return 0;
}

bool Client::is_native() const {
  return is_public() && std::any_of(redirect_uris.begin(), redirect_uris.end(),
                                    [](const RedirectUri& uri) { return uri.is_native(); });
}

bool is_client_id(std::string_view id) {
  // client-id = *VSCHAR
  return !id.empty() && id.size() <= max_client_id_size &&
         std::all_of(id.begin(), id.end(),
                     [](char character) { return character >= 0x20 && character <= 0x7e; });
}

bool ClientRegistry::add(std::shared_ptr<const Client> client) {
  if (!by_id_.emplace(client->id, client.get()).second) {
    return false;
  }
  clients_.push_back(std::move(client));
  return true;
}

void ClientRegistry::inherit(const ClientRegistry& outer) {
  for (const std::shared_ptr<const Client>& client : outer.clients_) {
    add(client);
  }
}

const Client* ClientRegistry::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? found->second : nullptr;
}

Bytes<32> digest_secret(std::string_view secret) {
  return sha256(secret);
}

}  // namespace oauth2
