#ifndef OAUTH2_SRC_EXCHANGE_H
#define OAUTH2_SRC_EXCHANGE_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "authorization_endpoint.h"
#include "client_authentication.h"
#include "form.h"
#include "oauth2/endpoint.h"
#include "refresh_token.h"
#include "session_endpoint.h"
#include "token_response.h"

namespace oauth2 {

/// The state of one request while its endpoint works on it. An endpoint, and each grant, is a row
/// of named steps, functions that take the exchange: each ends by asking for something and naming
/// the step that goes on, or by succeed() or fail().
class Exchange final : public EndpointExchange,
                       public StoreWaiter,
                       public std::enable_shared_from_this<Exchange> {
 public:
  using StoreStep = void (*)(Exchange&, const StoreAnswer&);
  using UserStep = void (*)(Exchange&, const UserVerdict&);
  using RefreshStep = void (*)(Exchange&, RefreshVerdict);

  Exchange(const EndpointConfig& config, TokenStore& store, Environment& environment,
           Request&& request);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void start(ExchangeHost& host) override;
  void detach() override { host_ = nullptr; }
  void user_checked(const UserVerdict& verdict) override;
  void refresh_checked(RefreshVerdict verdict) override;
  Endpoint endpoint() const override { return config_.endpoint; }
  std::string_view client_id() const override;
  std::string_view grant_type() const override;
  std::string_view family() override;
  const std::string& peer() const override { return request_.peer; }
  const Response& response() const override { return response_; }
  const ExchangeReport& report() const override { return report_; }

  void store_answered(const StoreAnswer& answer) override;
  bool still_wanted() const override { return host_ != nullptr || pursuing_; }

  /// What the steps work with.
  const EndpointConfig& config() const { return config_; }
  const Request& request() const { return request_; }
  /// The parameters that this endpoint knows, and those of the request.
  ParameterSet known_parameters() const;
  const Parameters& parameters() const { return parameters_; }
  FormResult form_result() const { return form_result_; }
  const ClientCredentials& credentials() const { return credentials_; }
  TokenStore& store() { return store_; }
  Environment& environment() { return environment_; }
  ExchangeReport& report() { return report_; }

  /// The authenticated client and its policy, once set_client() was called.
  const Client& client() const { return *report_.client; }
  const TokenPolicy& policy() const { return policy_; }
  void set_client(const Client& client);

  /// Seconds until the absolute end of a grant of the time `granted_at` (Unix, seconds), or as many
  /// as there are where it has none; 0 at its end.
  uint32_t remaining_lifetime(uint32_t granted_at);

  /// The refresh token of the request (where the endpoint takes any token: `token`), judged for
  /// `client`.
  struct PresentedToken {
    TokenCheck check = TokenCheck::malformed;
    RefreshToken token;
  };
  const PresentedToken& presented_for(std::string_view client);

  /// The latest time, on Environment::monotonic_ms()'s clock, at which the store may answer.
  uint64_t deadline();

  /// Names the step that takes the store's answer; give the result to the operation.
  std::shared_ptr<StoreWaiter> then(StoreStep step);

  /// Who the user is, by the host; empty where nobody knows any more.
  std::string authenticated_subject() const {
    return host_ != nullptr ? host_->authenticated_subject() : std::string();
  }

  /// The family that the request turned out to be about, for family().
  void set_family(const FamilyId& family) {
    family_ = family;
    family_hash_.reset();
  }

  /// Notes for the operator that the token of a request that is answered all the same is of a
  /// version or key that is not known here, if `check` says so.
  void note_unknown_format(TokenCheck check);

  /// Has the host check the user's password; `step` takes the verdict.
  void check_user(UserStep step);

  /// Has the host check whether the user may refresh; `step` takes the verdict. However long that
  /// takes, the store has all of its time afterwards.
  void check_refresh(RefreshStep step, std::string_view subject, std::string_view scope);

  /// From here on the work is finished even if the client leaves before it is sent.
  void pursue() { pursuing_ = true; }

  /// What a step leaves for the next one.
  std::string requested_scope;       ///< normalized; empty if the request names none
  FamilyToken founded;               ///< the first token of a family that a grant founds
  bool scope_checked = false;        ///< against the family's record
  std::string grant_scope;           ///< of the family, while the host checks its refresh
  bool refresh_accepted = false;     ///< by the host's check
  uint64_t outage_allowance_ms = 0;  ///< the longest that was found so far
  uint32_t new_ttl = 0;              ///< of the record, in seconds, once it is written
  Authorization authorization;
  SessionProgress sessions;

  /// The tokens of a grant, for succeed().
  struct Granted {
    FamilyId family;
    std::string_view subject;
    std::string scope;          ///< of the access token
    std::string refresh_token;  ///< empty if none is issued
    uint32_t remaining = 0;     ///< seconds until the family's record ends
  };

  /// Seals the access token of a grant and notes it in the report, which keeps the scope.
  IssuedTokens issue(Granted&& granted);

  /// Ends the exchange with the tokens of a grant.
  void succeed(Outcome outcome, Granted&& granted);

  /// Ends the exchange with a response of the endpoint's own.
  void finish(Outcome outcome, Response&& response);

  /// Ends the exchange with an error, in the way of its endpoint. `description` goes to the client,
  /// `reason` to the log; both live as long as the program and hold nothing from the request.
  void fail(Error error, const char* description, const char* reason, Outcome outcome);
  void fail(Error error, const char* reason);

  /// Ends the exchange with 503, as the store does not say what is; `reason` as for fail().
  void fail_uncertain(const char* reason);

 private:
  void respond(Response&& response);

  const EndpointConfig& config_;
  TokenStore& store_;
  Environment& environment_;
  Request request_;
  Parameters parameters_;
  FormResult form_result_;
  ClientCredentials credentials_;
  TokenPolicy policy_;
  std::optional<std::string> presented_client_;
  PresentedToken presented_;
  std::optional<FamilyId> family_;
  std::optional<std::string> family_hash_;  // once somebody has asked
  uint64_t deadline_ = 0;

  ExchangeHost* host_ = nullptr;
  bool pursuing_ = false;
  StoreStep store_step_ = nullptr;
  UserStep user_step_ = nullptr;
  RefreshStep refresh_step_ = nullptr;
  Response response_;
  ExchangeReport report_;
};

}  // namespace oauth2

#endif
