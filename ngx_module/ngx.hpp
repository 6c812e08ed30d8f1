#ifndef OAUTH2_NGX_MODULE_NGX_HPP
#define OAUTH2_NGX_MODULE_NGX_HPP

/// The only place that includes nginx: its headers are C and do not say so.
extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <ngx_http.h>

#if !(NGX_THREADS)
typedef struct ngx_thread_pool_s ngx_thread_pool_t;
#endif

#if !(NGX_SSL)
#error "this nginx has no SSL: configure it --with-http_ssl_module"
#endif

extern ngx_module_t ngx_http_oauth2_module;
}

#include <algorithm>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace oauth2::nginx {

inline std::string_view view(const ngx_str_t& text) {
  return {reinterpret_cast<const char*>(text.data), text.len};
}

inline std::string to_string(const ngx_str_t& text) {
  return std::string(view(text));
}

/// `text` as an nginx string that shares its bytes.
inline ngx_str_t to_ngx(std::string_view text) {
  return {text.size(), reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

/// `text` copied into `pool`, with a NUL behind it; data is null without memory.
inline ngx_str_t copy_to_pool(ngx_pool_t* pool, std::string_view text) {
  auto* data = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
  if (data == nullptr) {
    return {0, nullptr};
  }
  *std::copy(text.begin(), text.end(), data) =
      '\0';  // memcpy() takes no null, not even for nothing
  return {text.size(), data};
}

/// A T in `pool`, destroyed with it; null without memory. What the constructor throws passes
/// through.
template <class T, class... Arguments>
T* create_in_pool(ngx_pool_t* pool, Arguments&&... arguments) {
  static_assert(alignof(T) <= NGX_ALIGNMENT);
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, sizeof(T));
  if (cleanup == nullptr) {
    return nullptr;
  }
  T* object = new (cleanup->data) T(std::forward<Arguments>(arguments)...);
  cleanup->handler = [](void* data) { static_cast<T*>(data)->~T(); };
  return object;
}

/// `log` without what nginx adds to each line of a request: the request line, and with it a query
/// that may hold a secret.
inline ngx_log_t discreet(const ngx_log_t* log) {
  ngx_log_t copy = *log;
  copy.handler = nullptr;
  return copy;
}

/// What nginx expects of a directive that failed after its own message.
inline char* conf_error() {
  return static_cast<char*>(NGX_CONF_ERROR);
}

}  // namespace oauth2::nginx

#endif
