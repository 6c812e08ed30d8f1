#ifndef OAUTH2_NGX_MODULE_SETTINGS_CONF_HPP
#define OAUTH2_NGX_MODULE_SETTINGS_CONF_HPP

#include <optional>
#include <string_view>

#include "ngx.hpp"
#include "oauth2/settings.h"

namespace oauth2::nginx {

/// Reads the token setting `name` (without "oauth2_") of the directive at hand into `settings`.
/// `known` says whether there is a setting of that name. Reports what is wrong with its
/// value, also beside the others of its level: a retry window is shorter than the validity.
char* read_token_setting(ngx_conf_t* cf, std::string_view name, TokenSettings& settings,
                         bool& known);

/// The directives `oauth2_refresh_token_*` and `oauth2_access_token_*` of http, server, location.
char* set_token_setting(ngx_conf_t* cf, ngx_command_t* command, void* conf);

/// Reads the "on" or "off" of the directive at hand, which stands once at a level, into `setting`.
char* read_switch(ngx_conf_t* cf, std::optional<bool>& setting);

/// Reports `invalid number of arguments in "name" directive` unless the directive at hand has
/// between `least` and `most` words, its name included.
bool check_word_count(ngx_conf_t* cf, ngx_uint_t least, ngx_uint_t most);

/// Reports `"name" directive <what>`, the way nginx does.
char* report_directive(ngx_conf_t* cf, const char* what);

/// `unknown directive "name"`
char* report_unknown(ngx_conf_t* cf);

}  // namespace oauth2::nginx

#endif
