#ifndef OAUTH2_NGX_MODULE_SOCKET_TLS_HPP
#define OAUTH2_NGX_MODULE_SOCKET_TLS_HPP

#include <memory>
#include <string>

#include "ngx.hpp"
#include "store_ssl.hpp"

namespace oauth2::nginx {

/// TLS on the sockets of one transport, one at a time: nginx's own, with the session of the one
/// before. Of all that goes wrong it keeps nginx's words for problem().
class SocketTls {
 public:
  /// `log` outlives it; it gets what nginx reports at alert and above.
  SocketTls(std::shared_ptr<StoreSsl> ssl, ngx_log_t& log);
  ~SocketTls();
  SocketTls(const SocketTls&) = delete;
  SocketTls& operator=(const SocketTls&) = delete;

  /// The next socket leads to another peer: a session is of no use there.
  void forget_session();

  /// Prepares `connection`, whose socket is connected to `host`, for a handshake. False without
  /// memory. `save_session` is called for each session that the peer gives, and is to call
  /// keep_session().
  bool begin(ngx_connection_t& connection, const std::string& host,
             ngx_connection_handler_pt save_session);

  enum class Progress {
    unfinished,  ///< to be continued when the socket is readable or writable
    finished,    ///< recv() and send() of the connection are TLS, and the peer is who it should be
    failed,      ///< problem() says why
  };

  /// Goes on with the handshake. Changes the event handlers of `connection`.
  Progress shake_hands(ngx_connection_t& connection);

  void keep_session(ngx_connection_t& connection);

  /// Frees what begin() has made, if it was called, and says nothing to the peer.
  static void end(ngx_connection_t& connection);

  /// What went wrong since begin(); empty if nginx did not say.
  std::string problem() const { return problem_; }

 private:
  static void keep_line(ngx_log_t* log, ngx_uint_t level, u_char* line, size_t size);

  bool is_peer(ngx_connection_t& connection);

  const std::shared_ptr<StoreSsl> ssl_;
  ngx_log_t log_;
  ngx_ssl_session_t* session_ = nullptr;
  std::string name_;  // of the peer
  std::string problem_;
};

}  // namespace oauth2::nginx

#endif
