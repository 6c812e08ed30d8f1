#include "protected_location.hpp"

#include <exception>

#include "active_check.hpp"
#include "conf.hpp"
#include "line_limit.hpp"
#include "worker_store.hpp"

namespace oauth2::nginx {
namespace {

// Arrays, not literals: their addresses tell our headers from those of others.
constexpr char challenge_name[] = "WWW-Authenticate";
constexpr char retry_name[] = "Retry-After";
constexpr std::string_view retry_after_seconds = "1";

/// What the module keeps of one request to a protected location, main or sub, in their pool.
struct ProtectedRequest {
  explicit ProtectedRequest(ngx_http_request_t* r) : request(r) {}
  ~ProtectedRequest() { detach(); }

  /// The request ends: nothing calls it any more.
  void detach() {
    if (check != nullptr) {
      check->detach();
    }
  }

  ngx_http_request_t* request;
  BearerToken token;
  bool granted = false;
  std::shared_ptr<ActiveCheck> check;  // until its decision was taken
};

LineLimit unavailable_lines;
LineLimit alarm_lines;

void destroy_protected(void* data) {
  static_cast<ProtectedRequest*>(data)->~ProtectedRequest();
}

// Not in the request's context: an internal redirect clears that, and the endpoints have it.
ProtectedRequest* find_protected(const ngx_http_request_t* r) {
  for (ngx_pool_cleanup_t* cleanup = r->pool->cleanup; cleanup != nullptr;
       cleanup = cleanup->next) {
    if (cleanup->handler == destroy_protected) {
      auto* found = static_cast<ProtectedRequest*>(cleanup->data);
      if (found->request == r) {
        return found;
      }
    }
  }
  return nullptr;
}

ProtectedRequest* create_protected(ngx_http_request_t* r) {
  ngx_pool_cleanup_t* memory = ngx_pool_cleanup_add(r->pool, sizeof(ProtectedRequest));
  if (memory == nullptr) {
    return nullptr;
  }
  auto* request = new (memory->data) ProtectedRequest(r);
  memory->handler = destroy_protected;
  return request;
}

// No line has anything from the request but what a genuine token says of its client and family.
void log_refusal(ngx_http_request_t* r, const BearerToken& token, const AccessDecision& decision) {
  const bool unavailable = decision.access == Access::unavailable;
  const ngx_uint_t level = decision.alarm ? NGX_LOG_ALERT
                           : unavailable  ? NGX_LOG_ERR
                                          : NGX_LOG_INFO;
  LineLimit& limit = decision.alarm ? alarm_lines : unavailable_lines;
  ngx_log_t log = discreet(r->connection->log);
  if (log.log_level < level || (unavailable && !limit.pass())) {
    return;
  }
  std::string line = decision.reason;
  const char* error = access_row(decision.access).error;
  if (*error != '\0') {
    line.append(" (").append(error).append(")");
  }
  if (token.is_authentic()) {
    line.append(", oauth2 client: \"").append(token.claims().client).append("\"");
    line.append(", family: \"").append(family_hash(token.claims().family)).append("\"");
  }
  if (unavailable) {
    line.append(limit.suppressed());
  }
  ngx_log_error(level, &log, 0, "oauth2: %s, client: %V", line.c_str(), &r->connection->addr_text);
}

// Our own one: an earlier check of the request, in another location, may have left it.
ngx_table_elt_t* find_header(ngx_http_request_t* r, const char* name) {
  for (ngx_list_part_t* part = &r->headers_out.headers.part; part != nullptr; part = part->next) {
    auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      if (headers[i].key.data == to_ngx(name).data) {
        return &headers[i];
      }
    }
  }
  return nullptr;
}

// As auth_basic registers its own, so that nginx drops it where "satisfy any" lets the request in.
void register_challenge(ngx_http_request_t* r, ngx_table_elt_t* header) {
  ngx_table_elt_t** place = &r->headers_out.www_authenticate;
#if (nginx_version >= 1023000)
  while (*place != nullptr) {
    place = &(*place)->next;
  }
#endif
  *place = header;
}

// RFC 6750 section 3: "the resource server MUST include the HTTP "WWW-Authenticate" response header
// field".
bool set_header(ngx_http_request_t* r, const AccessDecision& decision) {
  const bool challenges = decision.access != Access::unavailable;
  const char* name = challenges ? challenge_name : retry_name;
  ngx_table_elt_t* header = find_header(r, name);
  if (header == nullptr) {
    header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (header == nullptr) {
      return false;
    }
    ngx_memzero(header, sizeof(*header));
    header->key = to_ngx(name);
    if (challenges) {
      register_challenge(r, header);
    }
  }
  header->hash = 1;
  header->value = challenges
                      ? copy_to_pool(r->pool, bearer_challenge(decision.access,
                                                               location_conf(r).requirement->scope))
                      : to_ngx(retry_after_seconds);
  return header->value.data != nullptr;
}

ngx_int_t refuse(ngx_http_request_t* r, const BearerToken& token, const AccessDecision& decision) {
  log_refusal(r, token, decision);
  return set_header(r, decision) ? access_row(decision.access).status
                                 : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// What an earlier check said does not hold any more.
void withdraw_headers(ngx_http_request_t* r) {
  for (const char* name : {challenge_name, retry_name}) {
    ngx_table_elt_t* header = find_header(r, name);
    if (header != nullptr) {
      header->hash = 0;
    }
  }
}

// NGX_AGAIN: the decision is not here yet.
ngx_int_t ask_store(ngx_http_request_t* r, ProtectedRequest& request, AccessDecision& decision) {
  if (request.check == nullptr) {
    ngx_http_cleanup_t* end = ngx_http_cleanup_add(r, 0);
    if (end == nullptr) {
      return NGX_ERROR;
    }
    end->handler = [](void* data) { static_cast<ProtectedRequest*>(data)->detach(); };
    end->data = &request;
    request.check = std::make_shared<ActiveCheck>(r, request.token);
    if (!request.check->ask(location_conf(r))) {
      return NGX_ERROR;
    }
  }
  if (!request.check->decision().has_value()) {
    return NGX_AGAIN;
  }
  decision = *request.check->decision();
  request.check.reset();
  return NGX_OK;
}

std::string_view authorization_of(const ngx_http_request_t* r) {
  const ngx_table_elt_t* header = r->headers_in.authorization;
  return header != nullptr ? view(header->value) : std::string_view();
}

ngx_int_t protect(ngx_http_request_t* r, const LocationConf& location) {
  ProtectedRequest* request = find_protected(r);
  const bool first_check = request == nullptr;
  if (first_check) {
    request = create_protected(r);
  }
  if (request == nullptr) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  AccessDecision decision{Access::granted, ""};
  if (request->check == nullptr) {
    request->granted = false;
    decision = request->token.present(*location.key_ring, location.requirement->scope,
                                      authorization_of(r), environment().unix_time());
  }
  if (decision.access == Access::granted && location.requires_active.value_or(false)) {
    const ngx_int_t asked = ask_store(r, *request, decision);
    if (asked != NGX_OK) {
      return asked == NGX_AGAIN ? NGX_AGAIN : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
  }
  if (decision.access != Access::granted) {
    return refuse(r, request->token, decision);
  }
  request->granted = true;
  if (!first_check) {
    withdraw_headers(r);
  }
  return NGX_OK;
}

ngx_int_t protect_guarded(ngx_http_request_t* r) {
  const LocationConf& location = location_conf(r);
  if (!location.is_protected()) {
    return NGX_DECLINED;
  }
  try {
    return protect(r, location);
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0, "oauth2: %s", e.what());
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
}

}  // namespace

ngx_int_t protect_request(ngx_http_request_t* r) {
  return protect_guarded(r);
}

ngx_int_t protect_subrequest(ngx_http_request_t* r) {
  if (r == r->main) {
    return NGX_DECLINED;
  }
  const ngx_int_t result = protect_guarded(r);
  // NGX_OK would end the phase for the handlers that are left.
  return result == NGX_OK ? NGX_DECLINED : result;
}

const AccessClaims* granted_claims(ngx_http_request_t* r) {
  const ProtectedRequest* request = find_protected(r);
  if (request == nullptr) {
    request = find_protected(r->main);
  }
  return request != nullptr && request->granted ? &request->token.claims() : nullptr;
}

}  // namespace oauth2::nginx
