#ifndef OAUTH2_NGX_MODULE_SOCKET_TRANSPORT_HPP
#define OAUTH2_NGX_MODULE_SOCKET_TRANSPORT_HPP

#include <memory>
#include <string>
#include <vector>

#include "name_query.hpp"
#include "ngx.hpp"
#include "peer_address.hpp"
#include "redis/transport.h"
#include "socket_tls.hpp"
#include "store_ssl.hpp"

namespace oauth2::nginx {

/// A transport on nginx's own sockets, timers and events, in one worker.
class SocketTransport final : public redis::Transport, private NameQuery::User {
 public:
  /// `user` outlives the transport. `ssl` is null for plain TCP.
  SocketTransport(redis::TransportUser& user, const ResolverLevel& resolver,
                  std::shared_ptr<StoreSsl> ssl);
  ~SocketTransport() override;
  SocketTransport(const SocketTransport&) = delete;
  SocketTransport& operator=(const SocketTransport&) = delete;

  /// Connects to the first address of `peer` that works, and stays with it. A name that is not
  /// "localhost" is resolved each time.
  void open(const redis::Endpoint& peer) override;
  void send(std::string_view bytes) override;
  void abandon() override;
  void flush_later() override;
  void wake_at(uint64_t time_ms, bool holds_worker) override;
  uint64_t now_ms() const override { return ngx_current_msec; }

 private:
  static void on_read(ngx_event_t* event);
  static void on_write(ngx_event_t* event);
  static void on_flush(ngx_event_t* event);
  static void on_timer(ngx_event_t* event);
  static void on_open_failed(ngx_event_t* event);
  static void on_session(ngx_connection_t* connection);

  template <void (SocketTransport::*Member)()>
  static void guarded(SocketTransport& transport);

  void connection_ready();
  void receive();
  void write_rest();
  void flush_user();
  void wake_user();
  void report_open_failure();
  void resolved(std::vector<PeerAddress> addresses) override;
  void not_resolved(const std::string& reason) override;
  void connect();
  void close();
  void fail_later(std::string reason);
  bool is_open();
  bool finish_connecting();
  bool finish_handshake();
  bool tell_opened();
  void connecting_failed(const std::string& reason);
  std::string broken() const;

  enum class Stage { connecting, shaking_hands, open };

  redis::TransportUser& user_;
  redis::Endpoint peer_;
  NameQuery names_;
  bool are_resolved_ = true;            // they come from the resolver
  std::vector<PeerAddress> addresses_;  // of the peer
  size_t address_ = 0;                  // the one that worked last
  size_t failed_addresses_ = 0;         // since open()
  ngx_log_t quiet_log_;                 // the connection says itself what went wrong, once
  std::unique_ptr<SocketTls> tls_;      // null: plain TCP
  ngx_connection_t* connection_ = nullptr;
  Stage stage_ = Stage::connecting;
  uint64_t incarnation_ = 0;  // of the socket: handlers may replace it
  std::string open_error_;
  std::string rest_;  // that the socket has not taken
  ngx_event_t flush_{};
  ngx_event_t timer_{};
  ngx_event_t open_failed_{};
};

}  // namespace oauth2::nginx

#endif
