#include "poll_transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace oauth2::redis {
namespace {

constexpr int longest_test_ms = 60000;

uint64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

class SharedLog final : public StoreLog {
 public:
  explicit SharedLog(StoreLog& log) : log_(log) {}

  void log(Severity severity, const std::string& text) override { log_.log(severity, text); }

 private:
  StoreLog& log_;
};

}  // namespace

void PollTransport::open(const Endpoint& peer) {
  sockaddr_un unix_address{};
  sockaddr_in ip_address{};
  const bool is_unix = !peer.unix_path.empty();
  unix_address.sun_family = AF_UNIX;
  std::strncpy(unix_address.sun_path, peer.unix_path.c_str(), sizeof(unix_address.sun_path) - 1);
  ip_address.sin_family = AF_INET;
  ip_address.sin_port = htons(peer.port);
  inet_pton(AF_INET, peer.host.c_str(), &ip_address.sin_addr);
  const auto* address = is_unix ? reinterpret_cast<sockaddr*>(&unix_address)
                                : reinterpret_cast<sockaddr*>(&ip_address);
  const auto size = static_cast<socklen_t>(is_unix ? sizeof(unix_address) : sizeof(ip_address));

  socket_ = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connecting_ = true;
  if (connect(socket_, address, size) != 0 && errno != EINPROGRESS) {
    abandon();
    open_failed_ = true;
  }
}

void PollTransport::send(std::string_view bytes) {
  if (socket_ != -1) {
    rest_.append(bytes);
    write_rest();
  }
}

void PollTransport::write_rest() {
  while (!rest_.empty()) {
    const ssize_t sent = ::send(socket_, rest_.data(), rest_.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return;  // a broken socket is noticed by reading
    }
    rest_.erase(0, static_cast<size_t>(sent));
  }
}

void PollTransport::abandon() {
  open_failed_ = false;
  rest_.clear();
  if (socket_ != -1) {
    const linger reset = {1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(socket_);
    socket_ = -1;
  }
}

void PollTransport::wake_at(uint64_t time_ms, bool) {
  if (time_ms != never) {
    wake_ms_ = std::min(time_ms, wake_ms_.value_or(time_ms));
  }
}

uint64_t PollTransport::now_ms() const {
  return steady_ms();
}

void PollTransport::cut() {
  char lost[16384];
  while (recv(socket_, lost, sizeof(lost), 0) > 0) {
  }
  shutdown(socket_, SHUT_RDWR);
}

void PollTransport::turn(const std::vector<PollTransport*>& transports, int max_wait_ms) {
  std::vector<pollfd> sockets;
  int wait_ms = max_wait_ms;
  for (const PollTransport* transport : transports) {
    sockets.push_back({transport->socket_, transport->wanted_events(), 0});
    wait_ms = std::min(wait_ms, transport->wait_ms(max_wait_ms));
  }
  poll(sockets.data(), sockets.size(), wait_ms);
  for (size_t i = 0; i < transports.size(); ++i) {
    transports[i]->handle(sockets[i].revents);
  }
}

bool PollTransport::run_until(const std::vector<PollTransport*>& transports,
                              const std::function<bool()>& done) {
  const uint64_t give_up_ms = steady_ms() + longest_test_ms;
  while (!done()) {
    const uint64_t now = steady_ms();
    if (now >= give_up_ms) {
      return false;
    }
    turn(transports, static_cast<int>(give_up_ms - now));
  }
  return true;
}

int PollTransport::wait_ms(int max_wait_ms) const {
  if (flush_wanted_ || open_failed_) {
    return 0;
  }
  if (!wake_ms_.has_value()) {
    return max_wait_ms;
  }
  const uint64_t now = steady_ms();
  return *wake_ms_ > now ? static_cast<int>(std::min<uint64_t>(*wake_ms_ - now, max_wait_ms)) : 0;
}

short PollTransport::wanted_events() const {
  return static_cast<short>(POLLIN | (connecting_ || !rest_.empty() ? POLLOUT : 0));
}

void PollTransport::handle(short events) {
  if (open_failed_) {
    open_failed_ = false;
    user_.closed("connect() failed");
  } else if (socket_ != -1 && connecting_ && (events & (POLLOUT | POLLHUP | POLLERR)) != 0) {
    connecting_ = false;
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      user_.closed("connect() failed");
    } else {
      user_.opened();
    }
  } else if (socket_ != -1 && events != 0) {
    write_rest();
    receive();
  }
  if (wake_ms_.has_value() && *wake_ms_ <= steady_ms()) {
    wake_ms_.reset();
    user_.woken();
  }
  if (flush_wanted_) {
    flush_wanted_ = false;
    user_.flush();
  }
}

void PollTransport::receive() {
  char buffer[16384];
  const ssize_t size = recv(socket_, buffer, sizeof(buffer), 0);
  if (size > 0) {
    user_.received({buffer, static_cast<size_t>(size)});
  } else if (size == 0 || errno != EAGAIN) {
    user_.closed("closed the connection");
  }
}

std::unique_ptr<Transport> PollHost::make_transport(TransportUser& user) {
  auto transport = std::make_unique<PollTransport>(user);
  transports_.push_back(transport.get());
  return transport;
}

std::unique_ptr<StoreLog> PollHost::make_log(const std::string&) {
  return std::make_unique<SharedLog>(log_);
}

uint64_t PollHost::now_ms() const {
  return steady_ms();
}

}  // namespace oauth2::redis
