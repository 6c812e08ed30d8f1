#include "sentinel_conf.hpp"

#include <algorithm>

#include "crypto.h"

namespace oauth2::nginx {
namespace {

constexpr size_t max_primary_size = 255;

void note(ngx_conf_t* cf, SentinelConf& conf) {
  conf.directives.emplace_back(word(cf, 0), position_of(cf));
}

char* check_only_password(ngx_conf_t* cf, const SentinelConf& conf) {
  return !conf.password.has_value()
             ? NGX_CONF_OK
             : report_error(
                   cf, "\"sentinel_password\" and \"sentinel_password_file\" exclude each other");
}

// The same sentinels in another order watch the same primary.
std::string name_of(const redis::StoreOptions& options) {
  std::vector<std::string> sentinels;
  for (const redis::Endpoint& server : options.servers) {
    sentinels.push_back(to_string(server));
  }
  std::sort(sentinels.begin(), sentinels.end());
  std::string name = options.sentinel.primary;
  for (const std::string& sentinel : sentinels) {
    name.append(&sentinel == &sentinels.front() ? "@" : ",").append(sentinel);
  }
  return name;
}

}  // namespace

SentinelConf::~SentinelConf() {
  if (password.has_value()) {
    cleanse(*password);
  }
}

// A sentinel's messages have the name as one word of several.
char* read_primary(ngx_conf_t* cf, SentinelConf& conf) {
  note(cf, conf);
  const std::string_view name = word(cf, 1);
  const bool valid = !name.empty() && name.size() <= max_primary_size &&
                     std::all_of(name.begin(), name.end(), [](char character) {
                       return character > 0x20 && character < 0x7f;
                     });
  if (!valid) {
    return report_error(
        cf, std::string("invalid value \"")
                .append(name)
                .append("\" in \"primary\" directive, it must have 1 to 255 visible characters"));
  }
  conf.primary = name;
  return NGX_CONF_OK;
}

char* read_sentinel_username(ngx_conf_t* cf, SentinelConf& conf) {
  note(cf, conf);
  conf.username = word(cf, 1);
  return NGX_CONF_OK;
}

char* read_sentinel_password(ngx_conf_t* cf, SentinelConf& conf) {
  note(cf, conf);
  if (check_only_password(cf, conf) != NGX_CONF_OK) {
    return conf_error();
  }
  conf.password = word(cf, 1);
  return NGX_CONF_OK;
}

char* read_sentinel_password_file(ngx_conf_t* cf, SentinelConf& conf) {
  note(cf, conf);
  if (check_only_password(cf, conf) != NGX_CONF_OK) {
    return conf_error();
  }
  return read_first_line(cf, conf.password.emplace());
}

char* read_first_line(ngx_conf_t* cf, std::string& line) {
  std::string path;
  std::string content;
  if (!full_path(cf, word(cf, 1), path) || !read_file(cf, path, content)) {
    return conf_error();
  }
  line = content.substr(0, content.find_first_of("\r\n"));
  cleanse(content);
  return !line.empty() ? NGX_CONF_OK
                       : report_error(cf, "the password file \"" + path + "\" is empty");
}

char* take_sentinel(ngx_conf_t* cf, const Position& position, const SentinelConf& conf,
                    const redis::RedisUrl& url, StoreConf& store) {
  redis::StoreOptions& options = store.options;
  if (options.mode != redis::StoreMode::sentinel) {
    return conf.directives.empty()
               ? NGX_CONF_OK
               : report_error(cf, conf.directives.front().second,
                              "\"" + conf.directives.front().first + "\" needs \"mode sentinel\"");
  }
  if (!conf.primary.has_value()) {
    return report_error(cf, position, "no \"primary\" in \"oauth2_redis\" in sentinel mode");
  }
  if (url.database.has_value()) {
    return report_error(
        cf, position,
        "the URL of a sentinel in \"server\" cannot have a database, use \"database\"");
  }
  options.sentinel.primary = *conf.primary;
  options.sentinel.username = conf.username.value_or(url.username);
  options.sentinel.password = conf.password.value_or(url.password);
  if (!options.sentinel.username.empty() && options.sentinel.password.empty()) {
    return report_error(cf, position,
                        "\"sentinel_username\" without a password in \"oauth2_redis\"");
  }
  store.name = name_of(options);
  return NGX_CONF_OK;
}

}  // namespace oauth2::nginx
