#include "store_conf.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

#include "conf.hpp"
#include "crypto.h"
#include "peer_address.hpp"
#include "redis/redis_url.h"
#include "sentinel_conf.hpp"
#include "settings_conf.hpp"
#include "store_ssl_conf.hpp"
#include "worker_store.hpp"

namespace oauth2::nginx {
namespace {

constexpr ngx_int_t max_timeout_ms = 3600000;
constexpr size_t max_prefix_size = 64;

/// One block while it is read.
struct Draft {
  std::shared_ptr<StoreConf> store = std::make_shared<StoreConf>();
  std::vector<redis::RedisUrl> urls;
  std::vector<Position> url_positions;
  std::vector<Placed<std::string>> names;  // of its servers, to be resolved
  StoreSslConf ssl;
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<unsigned> database;
  SentinelConf sentinel;
  std::vector<std::string> seen;
  Position wait;  // of the "wait" directive
};

// Names are resolved at run time, with the resolver of a level that is not read to its end yet.
char* check_endpoint(ngx_conf_t* cf, Draft& draft, const redis::Endpoint& endpoint) {
  if (!addresses_of(endpoint).empty()) {
    return NGX_CONF_OK;
  }
  if (!is_host_name(endpoint.host)) {
    return report_error(cf, "the host of \"" + to_string(endpoint) +
                                "\" in \"server\" must be an address or a host name");
  }
  draft.names.push_back({endpoint.host, position_of(cf)});
  return NGX_CONF_OK;
}

char* read_server(ngx_conf_t* cf, Draft& draft) {
  redis::RedisUrl url;
  const char* error = redis::parse_redis_url(word(cf, 1), url);
  if (error != nullptr) {
    return report_error(cf, std::string(error) + " in the URL of the \"server\" directive");
  }
  if (!draft.urls.empty() && draft.urls.front().tls != url.tls) {
    return report_error(cf, "\"rediss://\" and other URLs exclude each other in \"server\"");
  }
  draft.urls.push_back(url);
  draft.url_positions.push_back(position_of(cf));
  return check_endpoint(cf, draft, url.endpoint);
}

struct ModeName {
  std::string_view name;
  redis::StoreMode mode;
};

constexpr ModeName mode_names[] = {
    {"standalone", redis::StoreMode::standalone},
    {"sentinel", redis::StoreMode::sentinel},
    {"cluster", redis::StoreMode::cluster},
};

char* read_mode(ngx_conf_t* cf, Draft& draft) {
  for (const ModeName& known : mode_names) {
    if (word(cf, 1) == known.name) {
      draft.store->options.mode = known.mode;
      return NGX_CONF_OK;
    }
  }
  return report_error(
      cf, std::string("invalid value \"")
              .append(word(cf, 1))
              .append("\" in \"mode\" directive, it must be \"standalone\", \"sentinel\" or "
                      "\"cluster\""));
}

char* read_username(ngx_conf_t* cf, Draft& draft) {
  draft.username = word(cf, 1);
  return NGX_CONF_OK;
}

char* read_password(ngx_conf_t* cf, Draft& draft) {
  if (draft.password.has_value()) {
    return report_error(cf, "\"password\" and \"password_file\" exclude each other");
  }
  draft.password = word(cf, 1);
  return NGX_CONF_OK;
}

char* read_password_file(ngx_conf_t* cf, Draft& draft) {
  if (draft.password.has_value()) {
    return report_error(cf, "\"password\" and \"password_file\" exclude each other");
  }
  return read_first_line(cf, draft.password.emplace());
}

char* read_primary(ngx_conf_t* cf, Draft& draft) {
  return read_primary(cf, draft.sentinel);
}

char* read_sentinel_username(ngx_conf_t* cf, Draft& draft) {
  return read_sentinel_username(cf, draft.sentinel);
}

char* read_sentinel_password(ngx_conf_t* cf, Draft& draft) {
  return read_sentinel_password(cf, draft.sentinel);
}

char* read_sentinel_password_file(ngx_conf_t* cf, Draft& draft) {
  return read_sentinel_password_file(cf, draft.sentinel);
}

char* read_number(ngx_conf_t* cf, ngx_int_t least, ngx_int_t most, ngx_int_t& number) {
  number = ngx_atoi(const_cast<u_char*>(reinterpret_cast<const u_char*>(word(cf, 1).data())),
                    word(cf, 1).size());
  return number < least || number > most ? report_directive(cf, "invalid number") : NGX_CONF_OK;
}

char* read_database(ngx_conf_t* cf, Draft& draft) {
  ngx_int_t number = 0;
  char* result = read_number(cf, 0, INT32_MAX, number);
  draft.database = static_cast<unsigned>(number);
  return result;
}

char* read_max_pending(ngx_conf_t* cf, Draft& draft) {
  ngx_int_t number = 0;
  char* result = read_number(cf, 1, INT32_MAX, number);
  draft.store->options.connection.max_pending = static_cast<size_t>(number);
  return result;
}

// A brace would move the hash tag, which is what keeps a user's families together.
char* read_prefix(ngx_conf_t* cf, Draft& draft) {
  const std::string_view prefix = word(cf, 1);
  const bool valid =
      !prefix.empty() && prefix.size() <= max_prefix_size &&
      std::all_of(prefix.begin(), prefix.end(), [](char character) {
        return character > 0x20 && character < 0x7f && character != '{' && character != '}';
      });
  if (!valid) {
    return report_error(cf, std::string("invalid value \"")
                                .append(prefix)
                                .append("\" in \"prefix\" directive, it must have 1 to 64 visible "
                                        "characters other than braces"));
  }
  draft.store->options.prefix = prefix;
  return NGX_CONF_OK;
}

char* read_milliseconds(ngx_conf_t* cf, size_t index, uint64_t& setting) {
  ngx_str_t value = to_ngx(word(cf, index));
  const ngx_int_t milliseconds = ngx_parse_time(&value, 0);
  if (milliseconds <= 0 || milliseconds > max_timeout_ms) {
    return report_directive(cf, "invalid value");
  }
  setting = static_cast<uint64_t>(milliseconds);
  return NGX_CONF_OK;
}

char* read_connect_timeout(ngx_conf_t* cf, Draft& draft) {
  return read_milliseconds(cf, 1, draft.store->options.connection.connect_timeout_ms);
}

char* read_timeout(ngx_conf_t* cf, Draft& draft) {
  return read_milliseconds(cf, 1, draft.store->options.connection.timeout_ms);
}

char* read_wait(ngx_conf_t* cf, Draft& draft) {
  redis::StoreOptions& options = draft.store->options;
  draft.wait = position_of(cf);
  ngx_int_t replicas = 0;
  if (read_number(cf, 1, INT32_MAX, replicas) != NGX_CONF_OK ||
      read_milliseconds(cf, 2, options.connection.wait_ms) != NGX_CONF_OK) {
    return conf_error();
  }
  options.connection.replicas = static_cast<unsigned>(replicas);
  options.fences_rotations = word_count(cf) == 4;
  if (options.fences_rotations && word(cf, 3) != "rotate") {
    return report_error(cf, std::string("invalid value \"")
                                .append(word(cf, 3))
                                .append("\" in \"wait\" directive, it must be \"rotate\""));
  }
  return NGX_CONF_OK;
}

struct Directive {
  std::string_view name;
  char* (*read)(ngx_conf_t* cf, Draft& draft);
};

constexpr Directive directives[] = {
    {"server", read_server},
    {"mode", read_mode},
    {"username", read_username},
    {"password", read_password},
    {"password_file", read_password_file},
    {"primary", read_primary},
    {"sentinel_username", read_sentinel_username},
    {"sentinel_password", read_sentinel_password},
    {"sentinel_password_file", read_sentinel_password_file},
    {"database", read_database},
    {"prefix", read_prefix},
    {"connect_timeout", read_connect_timeout},
    {"timeout", read_timeout},
    {"max_pending", read_max_pending},
    {"wait", read_wait},
};

char* read_redis_directive(ngx_conf_t* cf, ngx_command_t*, void* context) {
  Draft& draft = *static_cast<Draft*>(context);
  try {
    const std::string name(word(cf, 0));
    if (name.rfind(ssl_directive_prefix, 0) == 0) {
      return read_ssl_directive(cf, draft.ssl);
    }
    for (const Directive& directive : directives) {
      if (directive.name != name) {
        continue;
      }
      const bool is_wait = name == "wait";
      if (!check_word_count(cf, is_wait ? 3 : 2, is_wait ? 4 : 2)) {
        return conf_error();
      }
      if (name != "server") {
        if (std::count(draft.seen.begin(), draft.seen.end(), name) != 0) {
          return report_directive(cf, "is duplicate");
        }
        draft.seen.push_back(name);
      }
      return directive.read(cf, draft);
    }
    return report_unknown(cf);
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* take_servers(ngx_conf_t* cf, const Position& position, Draft& draft) {
  redis::StoreOptions& options = draft.store->options;
  if (draft.urls.empty()) {
    return report_error(cf, position, "no \"server\" in \"oauth2_redis\"");
  }
  if (draft.urls.size() > 1 && options.mode == redis::StoreMode::standalone) {
    return report_error(cf, draft.url_positions[1],
                        "several \"server\" directives need another \"mode\"");
  }
  for (size_t i = 0; i < draft.urls.size(); ++i) {
    const redis::RedisUrl& url = draft.urls[i];
    if (options.mode == redis::StoreMode::cluster && !url.endpoint.unix_path.empty()) {
      return report_error(cf, draft.url_positions[i],
                          "the nodes of a cluster cannot be reached over a unix socket");
    }
    if (url.username != draft.urls.front().username ||
        url.password != draft.urls.front().password ||
        url.database != draft.urls.front().database) {
      return report_error(
          cf, draft.url_positions[i],
          "the \"server\" directives must have the same user, password and database");
    }
    options.servers.push_back(url.endpoint);
  }
  draft.store->name = to_string(options.servers.front());
  return NGX_CONF_OK;
}

char* check_wait(ngx_conf_t* cf, const Draft& draft) {
  const redis::ConnectionOptions& options = draft.store->options.connection;
  if (options.replicas > 0 && options.wait_ms >= options.timeout_ms) {
    return report_error(cf, draft.wait, "the time of \"wait\" is not less than \"timeout\"");
  }
  return NGX_CONF_OK;
}

// Explicit settings beat parts of the URL.
char* take_credentials(ngx_conf_t* cf, const Position& position, Draft& draft) {
  const bool is_sentinel = draft.store->options.mode == redis::StoreMode::sentinel;
  const redis::RedisUrl& url = draft.urls.front();
  redis::ConnectionOptions& options = draft.store->options.connection;
  options.username = draft.username.value_or(is_sentinel ? "" : url.username);
  options.password = draft.password.value_or(is_sentinel ? "" : url.password);
  options.database = draft.database.value_or(url.database.value_or(0));
  if (options.database != 0 && draft.store->options.mode == redis::StoreMode::cluster) {
    return report_error(cf, position, "a cluster has no \"database\" but 0");
  }
  if (!options.username.empty() && options.password.empty()) {
    return report_error(cf, position, "\"username\" without a password in \"oauth2_redis\"");
  }
  return NGX_CONF_OK;
}

}  // namespace

StoreConf::StoreConf() = default;

StoreConf::~StoreConf() {
  cleanse(options.connection.password);
  cleanse(options.sentinel.password);
}

bool are_same_store(const StoreConf& one, const StoreConf& other) {
  return one.name == other.name &&
         one.options.connection.database == other.options.connection.database &&
         one.options.prefix == other.options.prefix;
}

char* set_redis(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& server = *static_cast<ServerConf*>(conf);
  try {
    if (server.store != nullptr) {
      return report_directive(cf, "is duplicate");
    }
    const Position position = position_of(cf);
    Draft draft;
    if (read_block(cf, read_redis_directive, &draft) != NGX_CONF_OK) {
      return conf_error();
    }
    if (take_servers(cf, position, draft) != NGX_CONF_OK ||
        take_credentials(cf, position, draft) != NGX_CONF_OK ||
        check_wait(cf, draft) != NGX_CONF_OK ||
        make_store_ssl(cf, position, draft.ssl, draft.urls.front().tls, draft.store->ssl) !=
            NGX_CONF_OK ||
        take_sentinel(cf, position, draft.sentinel, draft.urls.front(), *draft.store) !=
            NGX_CONF_OK) {
      return conf_error();
    }
    draft.store->resolver = ResolverLevel(cf);
    MainConf& main = main_conf(cf);
    for (Placed<std::string>& name : draft.names) {
      main.names.emplace_back(std::move(name), draft.store->resolver);
    }
    server.store = draft.store;
    main.stores.push_back(draft.store);
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* check_resolvers(ngx_conf_t* cf, const MainConf& main) {
  for (const auto& [name, resolver] : main.names) {
    if (resolver.resolver() == nullptr) {
      return report_error(cf, name.position, no_resolver_for(name.value));
    }
  }
  return NGX_CONF_OK;
}

}  // namespace oauth2::nginx
