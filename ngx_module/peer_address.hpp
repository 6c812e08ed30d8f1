#ifndef OAUTH2_NGX_MODULE_PEER_ADDRESS_HPP
#define OAUTH2_NGX_MODULE_PEER_ADDRESS_HPP

#include <string>
#include <string_view>
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

/// Whether `host` is an IPv4 or IPv6 address, the latter without brackets.
bool is_ip_address(const std::string& host);

/// Whether `host` may be a name in the DNS: labels of letters, digits, hyphens and underscores, the
/// last one not of digits alone, which would be an address that is none (RFC 3696 section 2).
bool is_host_name(std::string_view host);

}  // namespace oauth2::nginx

#endif
