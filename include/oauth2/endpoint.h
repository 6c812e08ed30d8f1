#ifndef OAUTH2_ENDPOINT_H
#define OAUTH2_ENDPOINT_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "oauth2/client.h"
#include "oauth2/consent_page.h"
#include "oauth2/environment.h"
#include "oauth2/errors.h"
#include "oauth2/keys.h"
#include "oauth2/settings.h"
#include "oauth2/store.h"

namespace oauth2 {

/// The longest request body that is read, in bytes; more is Error::request_too_large.
constexpr size_t max_body_size = 8192;

class EndpointExchange;

/// Who hears of exchanges whose client has left before they ended: a replay is reported all the
/// same.
class OrphanObserver {
 public:
  virtual ~OrphanObserver() = default;
  virtual void finished_without_client(EndpointExchange& exchange) = 0;
};

/// What a location answers.
enum class Endpoint {
  token,          ///< RFC 6749 section 3.2
  authorization,  ///< RFC 6749 section 3.1
  revocation,     ///< RFC 7009
  introspection,  ///< RFC 7662
  sessions,       ///< a user's families, for an administrator
};

/// One endpoint as configured. What it points to outlives every exchange.
struct EndpointConfig {
  Endpoint endpoint = Endpoint::token;
  const KeyRing* keys = nullptr;
  const ClientRegistry* clients = nullptr;
  TokenSettings settings;       ///< of the location
  bool password_grant = false;  ///< there is something to check passwords with
  bool refresh_check = false;   ///< the host is asked before a refresh gives tokens
  std::string issuer;           ///< RFC 9207; of an authorization endpoint
  const ConsentPage* consent_page = &ConsentPage::built_in();  ///< ditto
  OrphanObserver* orphans = nullptr;                           ///< may be null
};

/// One request to an endpoint as the outer ring received it. Its strings hold secrets and are
/// overwritten by the exchange that takes them; what its views show is good until that has been
/// started, or is gone.
struct Request {
  std::string method;
  std::string_view content_type;   ///< empty without the header
  std::string_view authorization;  ///< empty without the header
  std::string requested_with;      ///< the X-Requested-With header; empty without it
  std::string query;               ///< of the request URI, without "?"
  std::string body;
  bool body_too_large = false;
  std::string peer;          ///< the client's address, for the log
  uint64_t received_ms = 0;  ///< when it was here in full, on Environment::monotonic_ms()'s clock
};

/// What goes back to the client; it is never to be cached.
struct Response {
  int status = 200;
  std::string body;
  const char* content_type = "application/json";
  const char* allow = "";        ///< the Allow header; lives as long as the program
  bool challenge_basic = false;  ///< send a WWW-Authenticate for Basic
  unsigned retry_after = 0;      ///< seconds; 0 = no Retry-After
  std::string location;          ///< where the browser is sent; empty = no Location
  std::string page_policy;       ///< of a page: its Content-Security-Policy; empty = none
};

/// The verdict on a user name and password (RFC 6749 section 4.3).
struct UserVerdict {
  enum class Kind { accepted, refused, unavailable };

  Kind kind = Kind::unavailable;
  std::string subject;  ///< who the user is, if accepted
};

/// The verdict on a refresh that the rule of rotation would grant.
enum class RefreshVerdict {
  accepted,
  refused,         ///< no tokens this time; the family stays as it is
  family_refused,  ///< nor ever again: the family ends
  unavailable,     ///< nobody could say; nothing changes
};

/// What an exchange asks of the outer ring. It lives until it is detached or has responded.
class ExchangeHost {
 public:
  virtual ~ExchangeHost() = default;

  /// The exchange is over: send exchange.response(). Called exactly once, unless detached.
  virtual void respond(EndpointExchange& exchange) = 0;

  /// Who the user of an authorization request is, as the outer ring has authenticated him; empty
  /// where it does not know.
  virtual std::string authenticated_subject() = 0;

  /// Check a user's password, then call exchange.user_checked() once, now or later. Both views are
  /// good until then, or until the host is detached.
  virtual void check_user(std::string_view username, std::string_view password) = 0;

  /// Where EndpointConfig::refresh_check is set: check whether the user may go on, then call
  /// exchange.refresh_checked() once, now or later. `scope` is that of the access token. The views
  /// are good until this returns or the exchange is told.
  virtual void check_refresh(std::string_view subject, std::string_view client,
                             std::string_view scope) = 0;
};

/// What became of a request, for logs, variables and counters.
struct ExchangeReport {
  Error error = Error::none;
  Outcome outcome = Outcome::rejected;
  const char* reason = "";         ///< why it was refused, for the operator; no secret
  const Client* client = nullptr;  ///< the authenticated client, or null
  std::string subject;
  std::string scope;  ///< of the access token
  /// How many generations a refresh token was behind its record (negative: ahead), where the two
  /// were compared.
  std::optional<int64_t> generations_behind;
  /// The refresh token is of a version or a key that is not known here: perhaps a release or a key
  /// is being rolled out in the wrong order.
  bool unknown_token_format = false;
  /// Nothing but an operator ends what keeps the request from its answer.
  bool alarm = false;
};

/// One request to an endpoint, from its parameters to its response. It may outlive the
/// connection of its client, while the store has not answered.
class EndpointExchange {
 public:
  virtual ~EndpointExchange() = default;

  /// Answers the request. `host` hears of it once, possibly before this returns.
  virtual void start(ExchangeHost& host) = 0;

  /// The client has left: the host is not called any more. What was sent to the store goes on,
  /// what was not is dropped.
  virtual void detach() = 0;

  /// The answer to ExchangeHost::check_user().
  virtual void user_checked(const UserVerdict& verdict) = 0;

  /// The answer to ExchangeHost::check_refresh(). A family that is refused ends even if the client
  /// leaves now.
  virtual void refresh_checked(RefreshVerdict verdict) = 0;

  virtual Endpoint endpoint() const = 0;

  /// What the request claims, before and after start(): the client id wherever it stands, the
  /// grant type (empty if this server does not know it; of an authorization request, the one that
  /// its response type leads to), and family_hash() of an authentic refresh
  /// token (empty for any other), or of the family that is to be ended.
  virtual std::string_view client_id() const = 0;
  virtual std::string_view grant_type() const = 0;
  virtual std::string_view family() = 0;

  /// The address of the peer that sent it.
  virtual const std::string& peer() const = 0;

  /// Complete when the host is told to respond.
  virtual const Response& response() const = 0;
  virtual const ExchangeReport& report() const = 0;
};

/// An exchange for `request`, whose form is parsed at once. `config`, `store` and `environment`
/// outlive it.
std::shared_ptr<EndpointExchange> make_exchange(const EndpointConfig& config, TokenStore& store,
                                                Environment& environment, Request&& request);

}  // namespace oauth2

#endif
