#include "settings_conf.hpp"

#include <algorithm>
#include <exception>

#include "conf.hpp"

namespace oauth2::nginx {
namespace {

constexpr std::string_view directive_prefix = "oauth2_";

char* read_seconds(ngx_conf_t* cf, uint32_t least, std::optional<uint32_t>& setting) {
  if (setting.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  ngx_str_t value = to_ngx(word(cf, 1));
  const ngx_int_t seconds = ngx_parse_time(&value, 1);
  if (seconds == NGX_ERROR || seconds < static_cast<ngx_int_t>(least) || seconds > INT32_MAX) {
    return report_directive(cf, "invalid value");
  }
  setting = static_cast<uint32_t>(seconds);
  return NGX_CONF_OK;
}

char* report_choice(ngx_conf_t* cf, const char* choice) {
  return report_error(cf, std::string("invalid value \"")
                              .append(word(cf, 1))
                              .append("\" in \"")
                              .append(word(cf, 0))
                              .append("\" directive, it must be ")
                              .append(choice));
}

char* read_refresh_token_validity(ngx_conf_t* cf, TokenSettings& settings) {
  return read_seconds(cf, 1, settings.refresh_token_validity);
}

char* read_refresh_token_lifetime(ngx_conf_t* cf, TokenSettings& settings) {
  return read_seconds(cf, 0, settings.refresh_token_lifetime);
}

char* read_access_token_validity(ngx_conf_t* cf, TokenSettings& settings) {
  return read_seconds(cf, 1, settings.access_token_validity);
}

char* read_refresh_token_retry(ngx_conf_t* cf, TokenSettings& settings) {
  if (settings.retry.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  RetryWindow retry;
  if (word(cf, 1) == "until_used") {
    retry.until_used = true;
    retry.seconds = 0;
  } else {
    std::optional<uint32_t> seconds;
    if (read_seconds(cf, 0, seconds) != NGX_CONF_OK) {
      return conf_error();
    }
    retry.seconds = *seconds;
  }
  settings.retry = retry;
  MainConf& main = main_conf(cf);
  main.longest_retry_seconds = std::max(main.longest_retry_seconds, retry.seconds);
  return NGX_CONF_OK;
}

char* read_refresh_token_renewal(ngx_conf_t* cf, TokenSettings& settings) {
  return read_switch(cf, settings.renewal);
}

char* read_refresh_token_reuse(ngx_conf_t* cf, TokenSettings& settings) {
  if (settings.reuse.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  const std::string_view value = word(cf, 1);
  if (value != "revoke" && value != "deny") {
    return report_choice(cf, "\"revoke\" or \"deny\"");
  }
  settings.reuse = value == "revoke" ? Reuse::revoke : Reuse::deny;
  return NGX_CONF_OK;
}

char* read_access_token_format(ngx_conf_t* cf, TokenSettings& settings) {
  if (settings.access_token_format.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  if (word(cf, 1) != "opaque") {
    return report_choice(cf, "\"opaque\"");
  }
  settings.access_token_format = AccessTokenFormat::opaque;
  return NGX_CONF_OK;
}

// The two lifetimes of one level contradict each other at whichever stands second.
char* check_retry(ngx_conf_t* cf, const TokenSettings& settings) {
  if (!settings.retry.has_value() || !settings.refresh_token_validity.has_value() ||
      settings.retry->seconds < *settings.refresh_token_validity) {
    return NGX_CONF_OK;
  }
  const std::string_view prefix =
      word(cf, 0).substr(0, directive_prefix.size()) == directive_prefix ? directive_prefix : "";
  return report_error(cf, std::string("\"")
                              .append(prefix)
                              .append("refresh_token_retry\" must be shorter than \"")
                              .append(prefix)
                              .append("refresh_token_validity\""));
}

struct Setting {
  std::string_view name;
  char* (*read)(ngx_conf_t* cf, TokenSettings& settings);
};

constexpr Setting settings_table[] = {
    {"refresh_token_validity", read_refresh_token_validity},
    {"refresh_token_lifetime", read_refresh_token_lifetime},
    {"refresh_token_renewal", read_refresh_token_renewal},
    {"refresh_token_retry", read_refresh_token_retry},
    {"refresh_token_reuse", read_refresh_token_reuse},
    {"access_token_validity", read_access_token_validity},
    {"access_token_format", read_access_token_format},
};

}  // namespace

char* read_switch(ngx_conf_t* cf, std::optional<bool>& setting) {
  if (setting.has_value()) {
    return report_directive(cf, "is duplicate");
  }
  const std::string_view value = word(cf, 1);
  if (value != "on" && value != "off") {
    return report_choice(cf, "\"on\" or \"off\"");
  }
  setting = value == "on";
  return NGX_CONF_OK;
}

bool check_word_count(ngx_conf_t* cf, ngx_uint_t least, ngx_uint_t most) {
  if (word_count(cf) >= least && word_count(cf) <= most) {
    return true;
  }
  report_error(
      cf,
      std::string("invalid number of arguments in \"").append(word(cf, 0)).append("\" directive"));
  return false;
}

char* report_directive(ngx_conf_t* cf, const char* what) {
  return report_error(cf,
                      std::string("\"").append(word(cf, 0)).append("\" directive ").append(what));
}

char* report_unknown(ngx_conf_t* cf) {
  return report_error(cf, std::string("unknown directive \"").append(word(cf, 0)).append("\""));
}

char* read_token_setting(ngx_conf_t* cf, std::string_view name, TokenSettings& settings,
                         bool& known) {
  for (const Setting& setting : settings_table) {
    if (setting.name == name) {
      known = true;
      if (!check_word_count(cf, 2, 2) || setting.read(cf, settings) != NGX_CONF_OK) {
        return conf_error();
      }
      return check_retry(cf, settings);
    }
  }
  known = false;
  return NGX_CONF_OK;
}

char* set_token_setting(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& location = *static_cast<LocationConf*>(conf);
  try {
    const std::string_view name = word(cf, 0).substr(directive_prefix.size());
    bool known = false;
    if (read_token_setting(cf, name, location.settings, known) != NGX_CONF_OK) {
      return conf_error();
    }
    if (name == "refresh_token_retry") {
      location.retry_position = position_of(cf);
    } else if (name == "refresh_token_renewal") {
      location.renewal_position = position_of(cf);
    }
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

}  // namespace oauth2::nginx
