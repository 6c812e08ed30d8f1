#include "store_ssl_conf.hpp"

#include <algorithm>
#include <array>

#include "peer_address.hpp"
#include "settings_conf.hpp"

namespace oauth2::nginx {
namespace {

constexpr ngx_uint_t default_protocols = NGX_SSL_TLSv1_2 | NGX_SSL_TLSv1_3;
constexpr ngx_int_t max_verify_depth = 100;

struct Protocol {
  std::string_view name;
  ngx_uint_t bit;
};

constexpr std::array<Protocol, 4> protocols = {{
    {"TLSv1", NGX_SSL_TLSv1},
    {"TLSv1.1", NGX_SSL_TLSv1_1},
    {"TLSv1.2", NGX_SSL_TLSv1_2},
    {"TLSv1.3", NGX_SSL_TLSv1_3},
}};

char* read_text(ngx_conf_t* cf, std::optional<Placed<std::string>>& setting) {
  if (word(cf, 1).empty()) {
    return report_directive(cf, "invalid value");
  }
  setting = Placed<std::string>{std::string(word(cf, 1)), position_of(cf)};
  return NGX_CONF_OK;
}

char* read_verify(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_flag(cf, conf.verify);
}

char* read_server_name(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_flag(cf, conf.server_name);
}

char* read_session_reuse(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_flag(cf, conf.session_reuse);
}

char* read_verify_depth(ngx_conf_t* cf, StoreSslConf& conf) {
  const ngx_str_t value = to_ngx(word(cf, 1));
  conf.verify_depth = ngx_atoi(value.data, value.len);
  const bool valid = conf.verify_depth >= 0 && conf.verify_depth <= max_verify_depth;
  return valid ? NGX_CONF_OK : report_directive(cf, "invalid number");
}

char* read_trusted_certificate(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_text(cf, conf.trusted_certificate);
}

char* read_crl(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_text(cf, conf.crl);
}

char* read_certificate(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_text(cf, conf.certificate);
}

char* read_certificate_key(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_text(cf, conf.certificate_key);
}

char* read_password_file(ngx_conf_t* cf, StoreSslConf& conf) {
  ngx_str_t file = copy_to_pool(cf->pool, word(cf, 1));
  if (file.data == nullptr) {
    return conf_error();
  }
  conf.passwords = ngx_ssl_read_password_file(cf, &file);
  return conf.passwords != nullptr ? NGX_CONF_OK : conf_error();
}

char* read_ciphers(ngx_conf_t* cf, StoreSslConf& conf) {
  return read_text(cf, conf.ciphers);
}

char* read_name(ngx_conf_t* cf, StoreSslConf& conf) {
  conf.name = word(cf, 1);
  const bool valid = is_host_name(conf.name) || is_ip_address(conf.name);
  return valid ? NGX_CONF_OK : report_directive(cf, "invalid value");
}

char* read_protocols(ngx_conf_t* cf, StoreSslConf& conf) {
  for (ngx_uint_t i = 1; i < word_count(cf); ++i) {
    const auto* found =
        std::find_if(protocols.begin(), protocols.end(),
                     [&](const Protocol& protocol) { return protocol.name == word(cf, i); });
    if (found == protocols.end()) {
      return report_error(cf, std::string("invalid value \"")
                                  .append(word(cf, i))
                                  .append("\" in \"ssl_protocols\" directive, it must be "
                                          "\"TLSv1\", \"TLSv1.1\", \"TLSv1.2\" or \"TLSv1.3\""));
    }
    conf.protocols |= found->bit;
  }
  return NGX_CONF_OK;
}

struct Directive {
  std::string_view name;
  char* (*read)(ngx_conf_t* cf, StoreSslConf& conf);
  ngx_uint_t most_words = 2;
};

constexpr Directive directives[] = {
    {"ssl_verify", read_verify},
    {"ssl_verify_depth", read_verify_depth},
    {"ssl_trusted_certificate", read_trusted_certificate},
    {"ssl_crl", read_crl},
    {"ssl_name", read_name},
    {"ssl_server_name", read_server_name},
    {"ssl_certificate", read_certificate},
    {"ssl_certificate_key", read_certificate_key},
    {"ssl_password_file", read_password_file},
    {"ssl_protocols", read_protocols, 1 + protocols.size()},
    {"ssl_ciphers", read_ciphers},
    {"ssl_session_reuse", read_session_reuse},
};

// What nginx reports about SSL has no place of its own.
class PlacedLog {
 public:
  PlacedLog(ngx_log_t& log, const Position& position) : log_(log), position_(position) {
    log_.handler = append_position;
    log_.data = this;
  }
  ngx_log_t* at(const Position& position) {
    position_ = position;
    return &log_;
  }

 private:
  static u_char* append_position(ngx_log_t* log, u_char* buffer, size_t size) {
    const Position& position = static_cast<PlacedLog*>(log->data)->position_;
    return ngx_snprintf(buffer, size, " in %V:%ui", &position.file, position.line);
  }

  ngx_log_t log_;
  Position position_;
};

// With the file's name as nginx's functions want it: they complete it in its place.
template <class Function>
bool apply(ngx_conf_t* cf, StoreSsl& ssl, PlacedLog& log, const Placed<std::string>& setting,
           Function function) {
  ngx_str_t value = copy_to_pool(cf->pool, setting.value);
  ssl.context.log = log.at(setting.position);
  return value.data != nullptr && function(&value) == NGX_OK;
}

bool verify(ngx_conf_t* cf, StoreSsl& ssl, PlacedLog& log, const StoreSslConf& conf) {
  ngx_ssl_t* context = &ssl.context;
  return apply(cf, ssl, log, *conf.trusted_certificate,
               [&](ngx_str_t* file) {
                 return ngx_ssl_trusted_certificate(cf, context, file, conf.verify_depth);
               }) &&
         (!conf.crl.has_value() || apply(cf, ssl, log, *conf.crl, [&](ngx_str_t* file) {
           return ngx_ssl_crl(cf, context, file);
         }));
}

bool present(ngx_conf_t* cf, StoreSsl& ssl, PlacedLog& log, const StoreSslConf& conf) {
  ngx_str_t key = copy_to_pool(cf->pool, conf.certificate_key->value);
  return key.data != nullptr && apply(cf, ssl, log, *conf.certificate, [&](ngx_str_t* certificate) {
           return ngx_ssl_certificate(cf, &ssl.context, certificate, &key, conf.passwords);
         });
}

bool create(ngx_conf_t* cf, const Position& position, StoreSsl& ssl, const StoreSslConf& conf) {
  PlacedLog log(*cf->log, position);
  ssl.context.log = log.at(position);
  const ngx_uint_t versions = conf.protocols != 0 ? conf.protocols : default_protocols;
  const Placed<std::string> ciphers =
      conf.ciphers.value_or(Placed<std::string>{"DEFAULT", position});
  const bool created =
      ngx_ssl_create(&ssl.context, versions, nullptr) == NGX_OK &&
      apply(cf, ssl, log, ciphers,
            [&](ngx_str_t* value) { return ngx_ssl_ciphers(cf, &ssl.context, value, 0); }) &&
      (!ssl.verify || verify(cf, ssl, log, conf)) &&
      (!conf.certificate.has_value() || present(cf, ssl, log, conf)) &&
      ngx_ssl_client_session_cache(cf, &ssl.context, ssl.session_reuse) == NGX_OK;
  ssl.context.log = cf->log;
  return created;
}

char* check_certificates(ngx_conf_t* cf, const Position& position, const StoreSslConf& conf) {
  if (conf.certificate.has_value() && !conf.certificate_key.has_value()) {
    return report_error(cf, conf.certificate->position,
                        "no \"ssl_certificate_key\" is defined for \"ssl_certificate\"");
  }
  if (conf.certificate_key.has_value() && !conf.certificate.has_value()) {
    return report_error(cf, conf.certificate_key->position,
                        "no \"ssl_certificate\" is defined for \"ssl_certificate_key\"");
  }
  if (conf.verify.value_or(true) && !conf.trusted_certificate.has_value()) {
    return report_error(cf, position, "no ssl_trusted_certificate for ssl_verify");
  }
  return NGX_CONF_OK;
}

}  // namespace

char* read_ssl_directive(ngx_conf_t* cf, StoreSslConf& conf) {
  const std::string_view name = word(cf, 0);
  const auto* directive = std::find_if(std::begin(directives), std::end(directives),
                                       [&](const Directive& row) { return row.name == name; });
  if (directive == std::end(directives)) {
    return report_unknown(cf);
  }
  if (!check_word_count(cf, 2, directive->most_words)) {
    return conf_error();
  }
  if (std::any_of(conf.given.begin(), conf.given.end(),
                  [&](const Placed<std::string>& given) { return given.value == name; })) {
    return report_directive(cf, "is duplicate");
  }
  conf.given.push_back({std::string(name), position_of(cf)});
  return directive->read(cf, conf);
}

char* make_store_ssl(ngx_conf_t* cf, const Position& position, const StoreSslConf& conf,
                     bool uses_tls, std::shared_ptr<StoreSsl>& ssl) {
  if (!uses_tls) {
    return conf.given.empty()
               ? NGX_CONF_OK
               : report_error(cf, conf.given.front().position,
                              "\"" + conf.given.front().value +
                                  "\" needs a \"rediss://\" URL in the \"server\" directive");
  }
  if (check_certificates(cf, position, conf) != NGX_CONF_OK) {
    return conf_error();
  }
  auto made = std::make_shared<StoreSsl>();
  made->verify = conf.verify.value_or(made->verify);
  made->server_name = conf.server_name.value_or(made->server_name);
  made->session_reuse = conf.session_reuse.value_or(made->session_reuse);
  made->name = conf.name;
  if (!create(cf, position, *made, conf)) {
    return conf_error();
  }
  ssl = std::move(made);
  return NGX_CONF_OK;
}

}  // namespace oauth2::nginx
