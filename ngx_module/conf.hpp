#ifndef OAUTH2_NGX_MODULE_CONF_HPP
#define OAUTH2_NGX_MODULE_CONF_HPP

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ngx.hpp"
#include "oauth2/client.h"
#include "oauth2/endpoint.h"
#include "oauth2/keys.h"
#include "store_conf.hpp"

namespace oauth2::nginx {

/// Where a directive stands. nginx has no useful line any more when levels are merged.
struct Position {
  ngx_str_t file = ngx_null_string;
  ngx_uint_t line = 0;
};

/// The position of the directive that is being read.
Position position_of(ngx_conf_t* cf);

/// Reports `text` as a configuration error at `position`, worded as nginx words its own.
char* report_error(ngx_conf_t* cf, const Position& position, const std::string& text);

/// Reports `text` at the directive that is being read.
char* report_error(ngx_conf_t* cf, const std::string& text);
void report_warning(ngx_conf_t* cf, const std::string& text);
void report_warning(ngx_conf_t* cf, const Position& position, const std::string& text);

/// The words of the directive that is being read, its name first.
std::string_view word(const ngx_conf_t* cf, ngx_uint_t index);
ngx_uint_t word_count(const ngx_conf_t* cf);

/// `file` as nginx finds it: relative to the configuration's folder.
bool full_path(ngx_conf_t* cf, std::string_view file, std::string& path);

/// As much as is read of a file, in bytes.
constexpr size_t max_file_size = 65536;

/// The content of `path`, up to max_file_size. Reports what is wrong and returns false.
bool read_file(ngx_conf_t* cf, const std::string& path, std::string& content);

/// Reads a nested block with `handler`, which gets each of its directives and `context`.
using BlockHandler = char* (*)(ngx_conf_t* cf, ngx_command_t* unused, void* context);
char* read_block(ngx_conf_t* cf, BlockHandler handler, void* context);

/// A setting and where it stands.
template <class T>
struct Placed {
  T value{};
  Position position;
};

struct ServerConf;

struct MainConf {
  std::optional<size_t> zone_size;
  std::vector<std::shared_ptr<StoreConf>> stores;
  std::vector<ServerConf*> servers;                                // with root keys to forget
  std::vector<std::pair<Position, void**>> remote_user_locations;  // that authorize $remote_user
  uint32_t longest_retry_seconds = 30;                             // of all levels and clients
  bool used = false;                                               // by some location
  bool protects = false;  // some location, by oauth2_require
  ngx_shm_zone_t* zone = nullptr;
  ngx_thread_pool_t* thread_pool = nullptr;
  std::vector<std::pair<Placed<std::string>, ResolverLevel>> names;  // of Redis, to be resolved
};

struct ServerConf {
  std::vector<Placed<RootKey>> keys;
  std::shared_ptr<StoreConf> store;
  std::shared_ptr<ClientRegistry> clients = std::make_shared<ClientRegistry>();
  std::shared_ptr<const KeyRing> key_ring;  // once merged, where there are keys and a store
  std::string issuer;

  // What its locations serve, once they are merged:
  std::map<Endpoint, std::string> paths;
  bool password_grant = false;
  bool has_metadata = false;
  std::string metadata;  // the document, at the end of the configuration
};

/// How the passwords of users are checked.
struct PasswordCheck {
  enum class Kind { off, file, auth };

  Kind kind = Kind::off;
  std::string target;     // the file's full path, or the URI
  std::string directive;  // that said so
};

/// What `oauth2_require` asks of the requests to a location.
struct Requirement {
  bool on = false;
  std::string scope;  // normalized: all of it
  Position position;
};

enum class StatusFormat { prometheus, json };

struct LocationConf {
  std::optional<Placed<Endpoint>> serves;
  std::optional<StatusFormat> status;
  std::optional<Position> metadata;
  TokenSettings settings;
  Position retry_position;
  Position renewal_position;
  Position consent_position;
  std::optional<PasswordCheck> password_check;
  std::optional<ngx_http_complex_value_t*> subject;  // null: off
  std::optional<Placed<std::string>> own_subject;    // as it stands in this location itself
  std::optional<std::shared_ptr<const ConsentPage>> consent_page;  // null: off
  std::optional<std::string> refresh_auth;                         // the URI; empty: off
  std::shared_ptr<const Requirement> requirement;
  std::optional<bool> requires_active;

  // Where it serves an endpoint, once merged:
  EndpointConfig endpoint;

  // There, and where it is protected:
  std::shared_ptr<StoreConf> store;
  std::shared_ptr<const KeyRing> key_ring;
  ServerConf* server = nullptr;  // of a metadata location

  bool is_protected() const { return requirement != nullptr && requirement->on; }
};

/// The configuration of the module, of `cycle`: null where it has no http block.
MainConf* main_conf(volatile ngx_cycle_t* cycle);
MainConf& main_conf(ngx_conf_t* cf);
MainConf& main_conf(const ngx_http_request_t* r);
LocationConf& location_conf(const ngx_http_request_t* r);

void* create_main_conf(ngx_conf_t* cf);
void* create_server_conf(ngx_conf_t* cf);
void* create_location_conf(ngx_conf_t* cf);
char* merge_server_conf(ngx_conf_t* cf, void* parent, void* child);
char* merge_location_conf(ngx_conf_t* cf, void* parent, void* child);

}  // namespace oauth2::nginx

#endif
