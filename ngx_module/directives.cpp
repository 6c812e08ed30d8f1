#include "directives.hpp"

#include <sys/stat.h>

#include <exception>

#include "conf.hpp"
#include "crypto.h"
#include "endpoint_conf.hpp"
#include "endpoint_location.hpp"
#include "metadata.hpp"
#include "oauth2/metadata.h"
#include "settings_conf.hpp"
#include "status.hpp"

namespace oauth2::nginx {
namespace {

constexpr ssize_t smallest_zone_pages = 8;

void set_handler(ngx_conf_t* cf, ngx_http_handler_pt handler) {
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  core->handler = handler;
}

void warn_if_readable_by_others(ngx_conf_t* cf, const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
    report_warning(cf, "the key file \"" + path + "\" is readable by others");
  }
}

char* check_uri(ngx_conf_t* cf, const std::string& uri) {
  return !uri.empty() && uri.front() == '/'
             ? NGX_CONF_OK
             : report_error(cf, std::string("the URI of \"")
                                    .append(word(cf, 0))
                                    .append("\" must start with \"/\""));
}

char* set_password_check(ngx_conf_t* cf, LocationConf& location, PasswordCheck::Kind kind) {
  if (location.password_check.has_value()) {
    return location.password_check->directive == word(cf, 0)
               ? report_directive(cf, "is duplicate")
               : report_error(cf,
                              "\"oauth2_password_file\" and \"oauth2_password_auth\" exclude each "
                              "other");
  }
  PasswordCheck check;
  check.directive = word(cf, 0);
  if (word(cf, 1) != "off") {
    check.kind = kind;
    check.target = word(cf, 1);
  }
  location.password_check = std::move(check);
  return NGX_CONF_OK;
}

}  // namespace

char* set_endpoint(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  const auto endpoint = static_cast<Endpoint>(command->offset);
  try {
    if (!location.serves.has_value()) {
      location.serves = Placed<Endpoint>{endpoint, position_of(cf)};
      set_handler(cf, handle_endpoint_request);
      return NGX_CONF_OK;
    }
    if (location.serves->value == endpoint) {
      return report_directive(cf, "is duplicate");
    }
    return report_error(cf, "\"" + endpoint_directive(location.serves->value) + "\" and \"" +
                                endpoint_directive(endpoint) + "\" exclude each other");
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_key(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& server = *static_cast<ServerConf*>(conf);
  try {
    std::string path;
    std::string content;
    if (!full_path(cf, word(cf, 1), path) || !read_file(cf, path, content)) {
      return conf_error();
    }
    warn_if_readable_by_others(cf, path);
    Placed<RootKey> key;
    key.position = position_of(cf);
    const bool valid = parse_root_key(content, key.value);
    cleanse(content);
    if (!valid) {
      return report_error(cf, "the key file \"" + path +
                                  "\" must hold 32 bytes as 64 hexadecimal digits or as base64");
    }
    server.keys.push_back(key);
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_password_file(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  try {
    if (set_password_check(cf, location, PasswordCheck::Kind::file) != NGX_CONF_OK) {
      return conf_error();
    }
    if (location.password_check->kind == PasswordCheck::Kind::off) {
      return NGX_CONF_OK;
    }
#if (NGX_THREADS)
    MainConf& main = main_conf(cf);
    main.thread_pool = ngx_thread_pool_add(cf, nullptr);
    if (main.thread_pool == nullptr) {
      return conf_error();
    }
#endif
    std::string content;
    std::string& path = location.password_check->target;
    const bool readable = full_path(cf, word(cf, 1), path) && read_file(cf, path, content);
    cleanse(content);
    return readable ? NGX_CONF_OK : conf_error();
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_password_auth(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  try {
    if (set_password_check(cf, location, PasswordCheck::Kind::auth) != NGX_CONF_OK) {
      return conf_error();
    }
    const PasswordCheck& check = *location.password_check;
    return check.kind == PasswordCheck::Kind::auth ? check_uri(cf, check.target) : NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_refresh_auth(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  try {
    if (location.refresh_auth.has_value()) {
      return report_directive(cf, "is duplicate");
    }
    const bool off = word(cf, 1) == "off";
    location.refresh_auth = off ? "" : word(cf, 1);
    return off ? NGX_CONF_OK : check_uri(cf, *location.refresh_auth);
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_subject(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  if (location.subject.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  if (word(cf, 1) == "off") {
    location.subject = nullptr;
    return NGX_CONF_OK;
  }
  auto* subject = static_cast<ngx_http_complex_value_t*>(
      ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t)));
  if (subject == nullptr) {
    return conf_error();
  }
  location.subject = subject;
  location.own_subject = Placed<std::string>{std::string(word(cf, 1)), position_of(cf)};
  ngx_http_compile_complex_value_t compile;
  ngx_memzero(&compile, sizeof(compile));
  compile.cf = cf;
  compile.value = &static_cast<ngx_str_t*>(cf->args->elts)[1];
  compile.complex_value = subject;
  return ngx_http_compile_complex_value(&compile) == NGX_OK ? NGX_CONF_OK : conf_error();
}

char* set_issuer(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& server = *static_cast<ServerConf*>(conf);
  try {
    if (!server.issuer.empty()) {
      return report_directive(cf, "is duplicate");
    }
    const char* wrong = check_issuer(word(cf, 1));
    if (wrong != nullptr) {
      return report_error(cf,
                          std::string("the issuer \"").append(word(cf, 1)).append("\" ") + wrong);
    }
    server.issuer = word(cf, 1);
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_consent_page(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  try {
    if (location.consent_page.has_value()) {
      return report_directive(cf, "is duplicate");
    }
    location.consent_page.emplace();
    if (word(cf, 1) == "off") {
      return NGX_CONF_OK;
    }
    std::string path;
    std::string html;
    if (!full_path(cf, word(cf, 1), path) || !read_file(cf, path, html)) {
      return conf_error();
    }
    if (html.size() >= max_file_size) {
      return report_error(cf, "the consent page \"" + path + "\" is too large");
    }
    auto page = std::make_shared<ConsentPage>();
    const char* wrong = ConsentPage::parse(html, *page);
    if (wrong != nullptr) {
      return report_error(cf, "the consent page \"" + path + "\" " + wrong);
    }
    location.consent_page = std::move(page);
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

char* set_metadata(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  if (location.metadata.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  location.metadata = position_of(cf);
  set_handler(cf, handle_metadata_request);
  return NGX_CONF_OK;
}

char* set_status(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  if (location.status.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  if (word_count(cf) == 1 || word(cf, 1) == "prometheus") {
    location.status = StatusFormat::prometheus;
  } else if (word(cf, 1) == "json") {
    location.status = StatusFormat::json;
  } else {
    return report_error(cf, std::string("invalid value \"")
                                .append(word(cf, 1))
                                .append("\" in \"oauth2_status\" directive, it must be "
                                        "\"prometheus\" or \"json\""));
  }
  set_handler(cf, handle_status_request);
  return NGX_CONF_OK;
}

char* set_zone(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& main = *static_cast<MainConf*>(conf);
  if (main.zone_size.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  ngx_str_t value = to_ngx(word(cf, 1));
  const ssize_t size = ngx_parse_size(&value);
  if (size == NGX_ERROR) {
    return report_directive(cf, "invalid value");
  }
  if (size < smallest_zone_pages * static_cast<ssize_t>(ngx_pagesize)) {
    return report_directive(cf, "is too small");
  }
  main.zone_size = static_cast<size_t>(size);
  return NGX_CONF_OK;
}

}  // namespace oauth2::nginx
