#include "peer_address.hpp"

#include <cstring>

namespace oauth2::nginx {
namespace {

constexpr size_t max_name_size = 253;
constexpr size_t max_label_size = 63;

PeerAddress unix_address(const std::string& path) {
  PeerAddress address{};
  auto* unix_socket = reinterpret_cast<sockaddr_un*>(&address.socket_address);
  unix_socket->sun_family = AF_UNIX;
  path.copy(unix_socket->sun_path, sizeof(unix_socket->sun_path) - 1);
  address.size = sizeof(sockaddr_un);
  address.name = "unix:" + path;
  return address;
}

void append_ip_address(std::vector<PeerAddress>& addresses, const std::string& host,
                       uint16_t port) {
  PeerAddress address{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.socket_address);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.socket_address);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
  } else {
    return;
  }
  address.name = to_string(redis::Endpoint{"", host, port});
  addresses.push_back(std::move(address));
}

}  // namespace

std::vector<PeerAddress> addresses_of(const redis::Endpoint& endpoint) {
  std::vector<PeerAddress> addresses;
  if (!endpoint.unix_path.empty()) {
    addresses.push_back(unix_address(endpoint.unix_path));
  } else if (endpoint.host == "localhost") {
    append_ip_address(addresses, "127.0.0.1", endpoint.port);
    append_ip_address(addresses, "::1", endpoint.port);
  } else {
    append_ip_address(addresses, endpoint.host, endpoint.port);
  }
  return addresses;
}

bool is_ip_address(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_host_name(std::string_view host) {
  constexpr std::string_view digits = "0123456789";
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (host.size() > max_name_size) {
    return false;
  }
  std::string_view label;
  for (bool more = true; more;) {
    const size_t dot = host.find('.');
    label = host.substr(0, dot);
    more = dot != std::string_view::npos;
    host.remove_prefix(more ? dot + 1 : host.size());
    if (label.empty() || label.size() > max_label_size ||
        label.find_first_not_of(letters) != std::string_view::npos) {
      return false;
    }
  }
  return label.find_first_not_of(digits) != std::string_view::npos;
}

}  // namespace oauth2::nginx
