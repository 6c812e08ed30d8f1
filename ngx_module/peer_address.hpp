#ifndef OAUTH2_NGX_MODULE_PEER_ADDRESS_HPP
#define OAUTH2_NGX_MODULE_PEER_ADDRESS_HPP

#include <string>
#include <vector>

#include "ngx.hpp"
#include "redis/endpoint.h"

namespace oauth2::nginx {

/// An address to connect to.
struct PeerAddress {
  sockaddr_storage socket_address;
  socklen_t size = 0;
  std::string name;  ///< for nginx's log
};

/// The addresses of `endpoint`, as far as they are known without asking anybody: that of a unix
/// socket, an IP address, or those of "localhost" (RFC 6761 section 6.3); none for other names.
std::vector<PeerAddress> addresses_of(const redis::Endpoint& endpoint);

}  // namespace oauth2::nginx

#endif
