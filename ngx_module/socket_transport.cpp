#include "socket_transport.hpp"

#include <exception>

namespace oauth2::nginx {
namespace {

constexpr size_t read_size = 16384;

std::string system_error(const char* call, ngx_err_t error) {
  u_char text[NGX_MAX_ERROR_STR];
  const u_char* end = ngx_strerror(error, text, sizeof(text));
  return std::string(call) + " failed (" + std::to_string(error) + ": " +
         std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(end - text)) + ")";
}

}  // namespace

SocketTransport::SocketTransport(redis::TransportUser& user, const ResolverLevel& resolver,
                                 std::shared_ptr<StoreSsl> ssl)
    : user_(user), names_(resolver, *this), quiet_log_(*ngx_cycle->log) {
  quiet_log_.log_level = NGX_LOG_ALERT;
  if (ssl != nullptr) {
    tls_ = std::make_unique<SocketTls>(std::move(ssl), quiet_log_);
  }
  flush_.data = this;
  flush_.handler = on_flush;
  flush_.log = &quiet_log_;
  timer_.data = this;
  timer_.handler = on_timer;
  timer_.log = &quiet_log_;
  open_failed_.data = this;
  open_failed_.handler = on_open_failed;
  open_failed_.log = &quiet_log_;
}

SocketTransport::~SocketTransport() {
  abandon();
  if (flush_.posted) {
    ngx_delete_posted_event(&flush_);
  }
  if (timer_.timer_set) {
    ngx_del_timer(&timer_);
  }
}

void SocketTransport::open(const redis::Endpoint& peer) {
  if (peer_ != peer) {
    peer_ = peer;
    addresses_ = addresses_of(peer);
    address_ = 0;
    are_resolved_ = addresses_.empty();
    if (tls_ != nullptr) {
      tls_->forget_session();
    }
  }
  failed_addresses_ = 0;
  if (are_resolved_) {
    names_.ask(peer_);
  } else {
    connect();
  }
}

void SocketTransport::resolved(std::vector<PeerAddress> addresses) {
  addresses_ = std::move(addresses);
  address_ = 0;
  connect();
}

void SocketTransport::not_resolved(const std::string& reason) {
  addresses_.clear();
  fail_later(reason);
}

// Nothing is called back from open().
void SocketTransport::fail_later(std::string reason) {
  open_error_ = std::move(reason);
  ngx_post_event(&open_failed_, &ngx_posted_events);
}

void SocketTransport::connect() {
  PeerAddress& address = addresses_[address_];
  ngx_peer_connection_t peer;
  ngx_memzero(&peer, sizeof(peer));
  ngx_str_t name = to_ngx(address.name);
  peer.sockaddr = reinterpret_cast<sockaddr*>(&address.socket_address);
  peer.socklen = address.size;
  peer.name = &name;
  peer.get = ngx_event_get_peer;
  peer.log = &quiet_log_;

  ngx_set_errno(0);
  const ngx_int_t result = ngx_event_connect_peer(&peer);
  const ngx_err_t error = ngx_errno;
  connection_ = peer.connection;
  stage_ = Stage::connecting;
  if (result != NGX_OK && result != NGX_AGAIN) {
    close();
    fail_later(system_error("connect()", error));
    return;
  }
  connection_->data = this;
  connection_->idle = 1;
  connection_->read->handler = on_read;
  connection_->write->handler = on_write;
  connection_->read->log = connection_->write->log = connection_->log = &quiet_log_;
  if (result == NGX_OK) {
    ngx_post_event(connection_->write, &ngx_posted_events);
  }
}

void SocketTransport::send(std::string_view bytes) {
  if (connection_ == nullptr) {
    return;
  }
  rest_.append(bytes);
  if (connection_->write->ready) {
    write_rest();
  }
}

// What cannot be sent now goes when the socket is writable; a broken socket is noticed by its read
// event, so that nothing is called back from here.
void SocketTransport::write_rest() {
  while (!rest_.empty()) {
    const ssize_t sent =
        connection_->send(connection_, reinterpret_cast<u_char*>(rest_.data()), rest_.size());
    if (sent == NGX_ERROR) {  // of TLS, perhaps: the socket has no event then
      ngx_post_event(connection_->read, &ngx_posted_events);
    }
    if (sent <= 0) {
      break;
    }
    rest_.erase(0, static_cast<size_t>(sent));
  }
  ngx_handle_write_event(connection_->write, 0);
}

void SocketTransport::abandon() {
  if (open_failed_.posted) {
    ngx_delete_posted_event(&open_failed_);
  }
  names_.cancel();
  close();
}

void SocketTransport::close() {
  rest_.clear();
  if (connection_ == nullptr) {
    return;
  }
  if (tls_ != nullptr) {
    SocketTls::end(*connection_);
  }
  const struct linger reset = {1, 0};
  setsockopt(connection_->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  ngx_close_connection(connection_);
  connection_ = nullptr;
  ++incarnation_;
}

void SocketTransport::flush_later() {
  if (!flush_.posted) {
    ngx_post_event(&flush_, &ngx_posted_events);
  }
}

void SocketTransport::wake_at(uint64_t time_ms, bool holds_worker) {
  timer_.cancelable = holds_worker ? 0 : 1;
  if (time_ms == never) {
    return;
  }
  if (timer_.timer_set && timer_.timer.key <= time_ms) {
    return;
  }
  if (timer_.timer_set) {
    ngx_del_timer(&timer_);  // nginx would keep a timer that is only a little too late
  }
  // Not 0: nginx expires timers until none is due, and its clock stands still meanwhile.
  const uint64_t now = now_ms();
  ngx_add_timer(&timer_, static_cast<ngx_msec_t>(time_ms > now ? time_ms - now : 1));
}

template <void (SocketTransport::*Member)()>
void SocketTransport::guarded(SocketTransport& transport) {
  try {
    (transport.*Member)();
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0, "oauth2: redis connection: %s", e.what());
  }
}

void SocketTransport::on_read(ngx_event_t* event) {
  auto* connection = static_cast<ngx_connection_t*>(event->data);
  guarded<&SocketTransport::receive>(*static_cast<SocketTransport*>(connection->data));
}

void SocketTransport::on_write(ngx_event_t* event) {
  auto* connection = static_cast<ngx_connection_t*>(event->data);
  guarded<&SocketTransport::connection_ready>(*static_cast<SocketTransport*>(connection->data));
}

void SocketTransport::on_flush(ngx_event_t* event) {
  guarded<&SocketTransport::flush_user>(*static_cast<SocketTransport*>(event->data));
}

void SocketTransport::on_timer(ngx_event_t* event) {
  guarded<&SocketTransport::wake_user>(*static_cast<SocketTransport*>(event->data));
}

void SocketTransport::on_open_failed(ngx_event_t* event) {
  guarded<&SocketTransport::report_open_failure>(*static_cast<SocketTransport*>(event->data));
}

void SocketTransport::on_session(ngx_connection_t* connection) {
  static_cast<SocketTransport*>(connection->data)->tls_->keep_session(*connection);
}

// False if that has ended the connection, or it takes longer.
bool SocketTransport::is_open() {
  return stage_ == Stage::open ||
         (stage_ == Stage::connecting ? finish_connecting() : finish_handshake());
}

// The socket's error is only readable here: both events fire for a connection that failed.
bool SocketTransport::finish_connecting() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(connection_->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1) {
    error = ngx_socket_errno;
  }
  if (error != 0) {
    connecting_failed(system_error("connect()", error));
    return false;
  }
  ngx_tcp_nodelay(connection_);
  if (tls_ == nullptr) {
    return tell_opened();
  }
  stage_ = Stage::shaking_hands;
  if (!tls_->begin(*connection_, peer_.host, on_session)) {
    connecting_failed(broken());
    return false;
  }
  return finish_handshake();
}

bool SocketTransport::finish_handshake() {
  const SocketTls::Progress progress = tls_->shake_hands(*connection_);
  connection_->read->handler = on_read;
  connection_->write->handler = on_write;
  switch (progress) {
    case SocketTls::Progress::unfinished:
      break;
    case SocketTls::Progress::failed:
      connecting_failed(tls_->problem());
      break;
    case SocketTls::Progress::finished:
      // What came behind the handshake has been read from the socket.
      ngx_post_event(connection_->read, &ngx_posted_events);
      return tell_opened();
  }
  return false;
}

bool SocketTransport::tell_opened() {
  const uint64_t incarnation = incarnation_;
  stage_ = Stage::open;
  user_.opened();
  return incarnation == incarnation_;
}

void SocketTransport::connection_ready() {
  if (is_open()) {
    write_rest();
  }
}

void SocketTransport::receive() {
  if (connection_->close) {  // told by nginx: an idle connection of a worker that quits, or all
    const bool at_once = connection_->error != 0;
    connection_->close = 0;
    user_.quitting(at_once);
    return;
  }
  if (!is_open()) {
    return;
  }
  u_char buffer[read_size];
  const uint64_t incarnation = incarnation_;
  for (;;) {
    const ssize_t size = connection_->recv(connection_, buffer, sizeof(buffer));
    if (size == NGX_AGAIN) {
      break;
    }
    if (size <= 0) {
      user_.closed(size == 0 ? "closed the connection" : broken());
      return;
    }
    user_.received({reinterpret_cast<const char*>(buffer), static_cast<size_t>(size)});
    if (incarnation != incarnation_) {
      return;
    }
    if (!connection_->read->ready) {
      break;
    }
  }
  if (connection_->write->error || ngx_handle_read_event(connection_->read, 0) != NGX_OK) {
    user_.closed(broken());
  }
}

void SocketTransport::flush_user() {
  user_.flush();
}

void SocketTransport::wake_user() {
  user_.woken();
}

void SocketTransport::report_open_failure() {
  connecting_failed(open_error_);
}

// The user hears of it when no address works.
void SocketTransport::connecting_failed(const std::string& reason) {
  if (++failed_addresses_ < addresses_.size()) {
    address_ = (address_ + 1) % addresses_.size();
    close();
    connect();
  } else {
    user_.closed(reason);
  }
}

std::string SocketTransport::broken() const {
  const bool is_told = tls_ != nullptr && !tls_->problem().empty();
  return is_told ? "broke the TLS connection: " + tls_->problem() : "broke the connection";
}

}  // namespace oauth2::nginx
