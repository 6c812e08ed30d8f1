#include "socket_tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <exception>
#include <string_view>

#include "peer_address.hpp"

namespace oauth2::nginx {
namespace {

constexpr size_t pool_size = 256;

// nginx's own check takes names only.
bool has_address(ngx_connection_t& connection, const std::string& address) {
  X509* certificate = SSL_get_peer_certificate(connection.ssl->connection);
  const bool found =
      certificate != nullptr && X509_check_ip_asc(certificate, address.c_str(), 0) == 1;
  X509_free(certificate);
  ERR_clear_error();
  return found;
}

// A line of nginx's log without its time, level and process.
std::string_view text_of(std::string_view line) {
  const size_t process = line.find("] ");
  const size_t text = process == std::string_view::npos ? process : line.find(": ", process);
  if (text != std::string_view::npos) {
    line.remove_prefix(text + 2);
  }
  return line.substr(0, line.find_last_not_of("\r\n") + 1);
}

}  // namespace

SocketTls::SocketTls(std::shared_ptr<StoreSsl> ssl, ngx_log_t& log) : ssl_(std::move(ssl)) {
  ngx_memzero(&log_, sizeof(log_));
  log_.log_level = NGX_LOG_INFO;
  log_.writer = keep_line;
  log_.wdata = this;
  log_.next = &log;
}

SocketTls::~SocketTls() {
  forget_session();
}

void SocketTls::forget_session() {
  if (session_ != nullptr) {
    ngx_ssl_free_session(session_);
    session_ = nullptr;
  }
}

void SocketTls::keep_line(ngx_log_t* log, ngx_uint_t, u_char* line, size_t size) {
  try {
    static_cast<SocketTls*>(log->wdata)->problem_ =
        text_of({reinterpret_cast<const char*>(line), size});
  } catch (const std::exception&) {
    return;  // it is told without the reason
  }
}

bool SocketTls::begin(ngx_connection_t& connection, const std::string& host,
                      ngx_connection_handler_pt save_session) {
  name_ = ssl_->name.empty() ? host : ssl_->name;
  problem_.clear();
  connection.log = connection.read->log = connection.write->log = &log_;
  connection.pool = ngx_create_pool(pool_size, &log_);
  if (connection.pool == nullptr ||
      ngx_ssl_create_connection(&ssl_->context, &connection, NGX_SSL_CLIENT) != NGX_OK) {
    return false;
  }
  SSL* ssl = connection.ssl->connection;
  // What waits to be written grows, and then stands elsewhere.
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // There are few of these connections, and they never rest for long.
  SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  // RFC 6066 section 3: "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
  if (ssl_->server_name && !is_ip_address(name_)) {
    SSL_set_tlsext_host_name(ssl, name_.c_str());
  }
  if (ssl_->session_reuse) {
    connection.ssl->save_session = save_session;
    if (session_ != nullptr) {
      ngx_ssl_set_session(&connection, session_);
    }
  }
  ERR_clear_error();
  return true;
}

SocketTls::Progress SocketTls::shake_hands(ngx_connection_t& connection) {
  const ngx_int_t result = ngx_ssl_handshake(&connection);
  if (result == NGX_AGAIN) {
    return Progress::unfinished;
  }
  if (result == NGX_OK && (!ssl_->verify || is_peer(connection))) {
    return Progress::finished;
  }
  if (result != NGX_OK) {
    problem_ = "failed in the TLS handshake" + (problem_.empty() ? "" : ": " + problem_);
  }
  forget_session();
  return Progress::failed;
}

bool SocketTls::is_peer(ngx_connection_t& connection) {
  const long result = SSL_get_verify_result(connection.ssl->connection);
  if (result != X509_V_OK) {
    problem_ = "SSL certificate verify error: (" + std::to_string(result) + ":" +
               X509_verify_cert_error_string(result) + ")";
    return false;
  }
  ngx_str_t name = to_ngx(name_);
  const bool matches = is_ip_address(name_) ? has_address(connection, name_)
                                            : ngx_ssl_check_host(&connection, &name) == NGX_OK;
  if (!matches) {
    problem_ = "SSL certificate does not match \"" + name_ + "\"";
  }
  return matches;
}

void SocketTls::keep_session(ngx_connection_t& connection) {
  forget_session();
  session_ = ngx_ssl_get_session(&connection);
}

void SocketTls::end(ngx_connection_t& connection) {
  if (connection.ssl != nullptr) {
    connection.ssl->no_wait_shutdown = 1;
    connection.ssl->no_send_shutdown = 1;
    ngx_ssl_shutdown(&connection);
    ERR_clear_error();
  }
  if (connection.pool != nullptr) {
    ngx_destroy_pool(connection.pool);
    connection.pool = nullptr;
  }
}

}  // namespace oauth2::nginx
