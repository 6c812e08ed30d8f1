#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace oauth2::bench {
namespace {

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

constexpr std::string_view length_name = "\r\ncontent-length:";

// Servers write the name in several ways.
size_t content_length(std::string_view head) {
  for (size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    if (head.size() - at > length_name.size() &&
        strncasecmp(head.data() + at, length_name.data(), length_name.size()) == 0) {
      const size_t digits = head.find_first_not_of(' ', at + length_name.size());
      size_t length = 0;
      if (digits != std::string_view::npos &&
          std::from_chars(head.data() + digits, head.data() + head.size(), length).ec ==
              std::errc()) {
        return length;
      }
    }
  }
  throw std::runtime_error("an answer has no Content-Length");
}

}  // namespace

Connection::Connection(uint16_t port)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor_ == -1 ||
      connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == -1) {
    fail("connect()");
  }
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Connection::~Connection() {
  close(descriptor_);
}

void Connection::send(std::string_view request) {
  const ssize_t sent = ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) {
    fail("send()");
  }
  received_.clear();
}

bool Connection::receive(Answer& answer) {
  char bytes[16384];
  const ssize_t size = recv(descriptor_, bytes, sizeof(bytes), 0);
  if (size <= 0) {
    throw std::runtime_error("the server closed a connection");
  }
  received_.append(bytes, static_cast<size_t>(size));
  const std::string_view text = received_;
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return false;
  }
  const size_t length = content_length(text.substr(0, end));
  if (text.size() < end + 4 + length) {
    return false;
  }
  if (text.size() != end + 4 + length || text.size() < 12 ||
      std::from_chars(text.data() + 9, text.data() + 12, answer.status).ec != std::errc()) {
    throw std::runtime_error("the server sent something that is not an answer");
  }
  answer.body = text.substr(end + 4);
  return true;
}

}  // namespace oauth2::bench
