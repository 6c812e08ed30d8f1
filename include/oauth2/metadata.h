#ifndef OAUTH2_METADATA_H
#define OAUTH2_METADATA_H

#include <map>
#include <string>
#include <string_view>

#include "oauth2/client.h"
#include "oauth2/endpoint.h"

namespace oauth2 {

/// What a server has switched on, for its metadata.
struct ServerFacts {
  std::string_view issuer;
  const ClientRegistry* clients = nullptr;
  std::map<Endpoint, std::string> paths;  ///< of the endpoints that there are
  bool password_grant = false;
};

/// Null if `text` can be an issuer identifier: an https URI "with no query or fragment components"
/// (RFC 8414 section 2); or what is wrong with it, to follow "the issuer ...".
const char* check_issuer(std::string_view text);

/// The metadata document (RFC 8414 section 2): nothing stands in it that is not on.
std::string metadata_document(const ServerFacts& facts);

}  // namespace oauth2

#endif
