#include "client_conf.hpp"

#include <cstring>
#include <exception>
#include <optional>

#include "base64.h"
#include "conf.hpp"
#include "crypto.h"
#include "form.h"
#include "oauth2/scope.h"
#include "settings_conf.hpp"

namespace oauth2::nginx {
namespace {

constexpr std::string_view sha256_scheme = "sha256:";
constexpr std::string_view plain_scheme = "plain:";
constexpr std::string_view file_scheme = "file:";

/// One block while it is read.
struct Draft {
  Client client;
  bool has_auth_method = false;
  bool has_grant_types = false;
  bool has_scope = false;
  bool has_name = false;
  std::optional<bool> pkce;
  std::optional<bool> introspect;
  Position pkce_position;
  Position introspect_position;
  Position consent_position;
  Position renewal_position;
  Position retry_position;
};

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

char* add_plain_secret(ngx_conf_t* cf, Client& client, std::string_view secret) {
  if (secret.empty()) {
    return report_error(cf, "the secret of \"secret\" is empty");
  }
  client.secret_digests.push_back(digest_secret(secret));
  return NGX_CONF_OK;
}

char* add_digest(ngx_conf_t* cf, Client& client, std::string_view text) {
  std::string digest;
  if (!decode_base64(text, digest) || digest.size() != sizeof(Digest)) {
    return report_error(cf, "\"secret\" needs the base64 of a SHA-256 after \"sha256:\"");
  }
  Digest& added = client.secret_digests.emplace_back();
  std::memcpy(added.data(), digest.data(), added.size());
  return NGX_CONF_OK;
}

char* add_secret(ngx_conf_t* cf, Client& client, std::string_view text, bool in_file);

char* add_secret_file(ngx_conf_t* cf, Client& client, std::string_view file) {
  std::string path;
  std::string content;
  if (!full_path(cf, file, path) || !read_file(cf, path, content)) {
    return conf_error();
  }
  std::string_view secret = content;
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) {
    secret.remove_suffix(1);
  }
  char* result = add_secret(cf, client, secret, true);
  cleanse(content);
  return result;
}

// A file may hold the secret as it is, the way that secrets are mounted.
char* add_secret(ngx_conf_t* cf, Client& client, std::string_view text, bool in_file) {
  if (starts_with(text, sha256_scheme)) {
    return add_digest(cf, client, text.substr(sha256_scheme.size()));
  }
  if (starts_with(text, plain_scheme)) {
    return add_plain_secret(cf, client, text.substr(plain_scheme.size()));
  }
  if (in_file) {
    return add_plain_secret(cf, client, text);
  }
  if (starts_with(text, file_scheme)) {
    return add_secret_file(cf, client, text.substr(file_scheme.size()));
  }
  return report_error(cf, "\"secret\" must start with \"sha256:\", \"file:\" or \"plain:\"");
}

char* read_auth_methods(ngx_conf_t* cf, Draft& draft) {
  if (std::exchange(draft.has_auth_method, true)) {
    return report_directive(cf, "is duplicate");
  }
  draft.client.auth_methods = 0;
  for (ngx_uint_t i = 1; i < word_count(cf); ++i) {
    const std::string_view method = word(cf, i);
    if (method == "client_secret_basic") {
      draft.client.auth_methods |= client_secret_basic;
    } else if (method == "client_secret_post") {
      draft.client.auth_methods |= client_secret_post;
    } else if (method == "none") {
      draft.client.auth_methods |= no_authentication;
    } else {
      return report_error(
          cf, std::string("unknown method \"").append(method).append("\" in \"auth_method\""));
    }
  }
  if (draft.client.is_public() && draft.client.auth_methods != no_authentication) {
    return report_error(cf, "\"none\" stands alone in \"auth_method\"");
  }
  return NGX_CONF_OK;
}

char* read_grant_types(ngx_conf_t* cf, Draft& draft) {
  if (std::exchange(draft.has_grant_types, true)) {
    return report_directive(cf, "is duplicate");
  }
  for (ngx_uint_t i = 1; i < word_count(cf); ++i) {
    const unsigned grant = grant_type_bit(word(cf, i));
    if (grant == 0) {
      return report_error(
          cf,
          std::string("unknown grant type \"").append(word(cf, i)).append("\" in \"grant_types\""));
    }
    draft.client.grant_types |= grant;
  }
  return NGX_CONF_OK;
}

char* read_scope(ngx_conf_t* cf, Draft& draft) {
  if (std::exchange(draft.has_scope, true)) {
    return report_directive(cf, "is duplicate");
  }
  std::string scope;
  for (ngx_uint_t i = 1; i < word_count(cf); ++i) {
    scope.append(word(cf, i)).push_back(' ');
  }
  if (!normalize_scope(scope, draft.client.scope)) {
    return report_directive(cf, "has a scope that is not allowed or too long");
  }
  return NGX_CONF_OK;
}

char* read_secret(ngx_conf_t* cf, Draft& draft) {
  const std::string_view text = word(cf, 1);
  char* result = add_secret(cf, draft.client, text, false);
  if (starts_with(text, plain_scheme)) {
    cleanse(const_cast<char*>(text.data()), text.size());
  }
  return result;
}

char* read_redirect_uris(ngx_conf_t* cf, Draft& draft) {
  for (ngx_uint_t i = 1; i < word_count(cf); ++i) {
    RedirectUri uri;
    const char* wrong = RedirectUri::parse(word(cf, i), uri);
    if (wrong != nullptr) {
      return report_error(
          cf, std::string("the redirect URI \"").append(word(cf, i)).append("\" ") + wrong);
    }
    draft.client.redirect_uris.push_back(std::move(uri));
  }
  return NGX_CONF_OK;
}

char* read_name(ngx_conf_t* cf, Draft& draft) {
  if (std::exchange(draft.has_name, true)) {
    return report_directive(cf, "is duplicate");
  }
  const std::string_view name = word(cf, 1);
  if (name.empty() || name.size() > max_client_id_size || !is_utf8(name) ||
      has_control_character(name)) {
    return report_directive(cf, "invalid value");
  }
  draft.client.name = name;
  return NGX_CONF_OK;
}

char* read_switch(ngx_conf_t* cf, std::optional<bool>& flag, Position& position, bool& setting) {
  if (read_flag(cf, flag) != NGX_CONF_OK) {
    return conf_error();
  }
  setting = *flag;
  position = position_of(cf);
  return NGX_CONF_OK;
}

/// A directive of the block that is no token setting.
struct ClientDirective {
  std::string_view name;
  ngx_uint_t most_words;
  char* (*read)(ngx_conf_t* cf, Draft& draft);
};

constexpr ngx_uint_t any_number = NGX_MAX_UINT32_VALUE;

constexpr ClientDirective client_directives[] = {
    {"secret", 2, read_secret},
    {"auth_method", any_number, read_auth_methods},
    {"grant_types", any_number, read_grant_types},
    {"scope", any_number, read_scope},
    {"redirect_uri", any_number, read_redirect_uris},
    {"name", 2, read_name},
    {"pkce", 2,
     [](ngx_conf_t* cf, Draft& draft) {
       return read_switch(cf, draft.pkce, draft.pkce_position, draft.client.pkce);
     }},
    {"introspect", 2,
     [](ngx_conf_t* cf, Draft& draft) {
       return read_switch(cf, draft.introspect, draft.introspect_position, draft.client.introspect);
     }},
};

char* read_client_directive(ngx_conf_t* cf, ngx_command_t*, void* context) {
  Draft& draft = *static_cast<Draft*>(context);
  try {
    const std::string_view name = word(cf, 0);
    bool known = false;
    if (read_token_setting(cf, name, draft.client.settings, known) != NGX_CONF_OK) {
      return conf_error();
    }
    if (name == "refresh_token_renewal") {
      draft.renewal_position = position_of(cf);
    } else if (name == "refresh_token_retry") {
      draft.retry_position = position_of(cf);
    } else if (name == "consent") {
      draft.consent_position = position_of(cf);
    }
    if (known) {
      return NGX_CONF_OK;
    }
    for (const ClientDirective& directive : client_directives) {
      if (directive.name == name) {
        return check_word_count(cf, 2, directive.most_words) ? directive.read(cf, draft)
                                                             : conf_error();
      }
    }
    return report_unknown(cf);
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

// What a client that cannot keep a secret may not have.
char* check_public_client(ngx_conf_t* cf, const Position& block, const Draft& draft) {
  const Client& client = draft.client;
  const auto report = [&](const Position& position, const char* what) {
    return report_error(cf, position, "client \"" + client.id + "\" " + what);
  };
  if (!client.secret_digests.empty()) {
    return report(block, "is public (\"auth_method none\") and has a \"secret\"");
  }
  if (!client.settings.renewal.value_or(true)) {
    return report(draft.renewal_position,
                  "is public, its refresh tokens must rotate: \"refresh_token_renewal off\"");
  }
  if (client.settings.retry.has_value() && client.settings.retry->until_used) {
    return report(draft.retry_position,
                  "is public, it cannot have \"refresh_token_retry until_used\"");
  }
  // RFC 6749 section 4.4: "The client credentials grant type MUST only be used by confidential
  // clients."
  if (client.may_use(client_credentials_grant_type)) {
    return report(block, "is public, it cannot have \"grant_types client_credentials\"");
  }
  if (!client.pkce) {
    return report(draft.pkce_position, "is public, it cannot have \"pkce off\"");
  }
  if (client.introspect) {
    return report(draft.introspect_position, "is public, it cannot have \"introspect on\"");
  }
  if (!client.settings.consent.value_or(true) && client.is_native()) {
    return report(draft.consent_position,
                  "is a native app that nobody can identify, it cannot have \"consent off\"");
  }
  return NGX_CONF_OK;
}

char* check_client(ngx_conf_t* cf, const Position& block, const Draft& draft) {
  const Client& client = draft.client;
  const auto report = [&](const char* what) {
    return report_error(cf, block, "client \"" + client.id + "\" " + what);
  };
  if (!draft.has_grant_types && !client.introspect) {
    return report("has no \"grant_types\"");
  }
  if ((client.may_use(authorization_code_grant_type) || client.may_use(implicit_grant_type)) &&
      client.redirect_uris.empty()) {
    return report("has no \"redirect_uri\"");
  }
  if (client.is_public()) {
    return check_public_client(cf, block, draft);
  }
  if (client.secret_digests.empty()) {
    return report("has no \"secret\"");
  }
  return NGX_CONF_OK;
}

}  // namespace

char* set_client(ngx_conf_t* cf, ngx_command_t*, void* conf) {
  auto& server = *static_cast<ServerConf*>(conf);
  try {
    Draft draft;
    draft.client.id = word(cf, 1);
    if (!is_client_id(draft.client.id)) {
      return report_error(cf, "invalid client id in \"oauth2_client\" directive");
    }
    if (server.clients->find(draft.client.id) != nullptr) {
      return report_error(cf, "duplicate client \"" + draft.client.id + "\"");
    }
    const Position position = position_of(cf);
    if (read_block(cf, read_client_directive, &draft) != NGX_CONF_OK ||
        check_client(cf, position, draft) != NGX_CONF_OK) {
      return conf_error();
    }
    server.clients->add(std::make_shared<const Client>(std::move(draft.client)));
    return NGX_CONF_OK;
  } catch (const std::exception& e) {
    return report_error(cf, e.what());
  }
}

}  // namespace oauth2::nginx
