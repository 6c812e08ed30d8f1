#ifndef OAUTH2_NGX_MODULE_NAME_QUERY_HPP
#define OAUTH2_NGX_MODULE_NAME_QUERY_HPP

#include <memory>
#include <string>
#include <vector>

#include "ngx.hpp"
#include "peer_address.hpp"
#include "redis/endpoint.h"

namespace oauth2::nginx {

/// What nginx's directives `resolver` and `resolver_timeout` say at one level of the configuration.
class ResolverLevel {
 public:
  /// None: there is no resolver.
  ResolverLevel() = default;

  /// The level that is being read.
  explicit ResolverLevel(ngx_conf_t* cf);

  /// Null if there is none. Right once all levels are merged: `resolver` may stand behind the
  /// directive that needs it.
  ngx_resolver_t* resolver() const;

  /// In milliseconds; right from then on, too.
  ngx_msec_t timeout() const;

 private:
  const ngx_http_core_loc_conf_t* level_ = nullptr;
};

/// The error where a name has to be resolved and nobody can: nginx's own words.
std::string no_resolver_for(const std::string& host);

/// Asks nginx's resolver for the addresses of one name at a time, without waiting.
class NameQuery {
 public:
  /// Who asks. Either may be called before ask() returns.
  class User {
   public:
    virtual ~User() = default;
    /// `addresses` are one at least, with the port of the endpoint.
    virtual void resolved(std::vector<PeerAddress> addresses) = 0;
    virtual void not_resolved(const std::string& reason) = 0;
  };

  /// `user` outlives the query.
  NameQuery(const ResolverLevel& level, User& user) : level_(level), user_(user) {}
  NameQuery(const NameQuery&) = delete;
  NameQuery& operator=(const NameQuery&) = delete;

  /// Asks for the host of `peer`, instead of what was asked before.
  void ask(const redis::Endpoint& peer);

  /// Neither handler is called any more.
  void cancel() { context_.reset(); }

 private:
  struct Done {
    void operator()(ngx_resolver_ctx_t* context) const { ngx_resolve_name_done(context); }
  };
  using Context = std::unique_ptr<ngx_resolver_ctx_t, Done>;

  static void on_answer(ngx_resolver_ctx_t* context);
  void take_answer();

  const ResolverLevel level_;
  User& user_;
  redis::Endpoint peer_;
  Context context_;
};

}  // namespace oauth2::nginx

#endif
