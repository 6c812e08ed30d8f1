#ifndef OAUTH2_SRC_EXCHANGE_H
#define OAUTH2_SRC_EXCHANGE_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client_authentication.h"
#include "form.h"
#include "oauth2/endpoint.h"
#include "refresh_token.h"

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

  /// The refresh token of the request, judged for `client`.
  struct PresentedToken {
    TokenCheck check = TokenCheck::malformed;
    RefreshToken token;
  };
  const PresentedToken& presented_for(std::string_view client);

  /// The latest time, on Environment::monotonic_ms()'s clock, at which the store may answer.
  uint64_t deadline();

  /// Names the step that takes the store's answer; give the result to the operation.
  std::shared_ptr<StoreWaiter> then(StoreStep step);

  /// Has the host check the user's password; `step` takes the verdict.
  void check_user(UserStep step);

  /// Has the host check whether the user may refresh; `step` takes the verdict. However long that
  /// takes, the store has all of its time afterwards.
  void check_refresh(RefreshStep step, std::string_view subject, std::string_view scope);

  /// From here on the work is finished even if the client leaves before it is sent.
  void pursue() { pursuing_ = true; }

  /// What a step leaves for the next one.
  std::string requested_scope;       ///< normalized; empty if the request names none
  RefreshToken founded;              ///< the first token of a family that a grant founds
  bool scope_checked = false;        ///< against the family's record
  std::string grant_scope;           ///< of the family, while the host checks its refresh
  bool refresh_accepted = false;     ///< by the host's check
  uint64_t outage_allowance_ms = 0;  ///< the longest that was found so far
  uint32_t new_ttl = 0;              ///< of the record, in seconds, once it is rotated

  /// The tokens of a grant, for succeed().
  struct Granted {
    FamilyId family;
    std::string_view subject;
    std::string scope;          ///< of the access token
    std::string refresh_token;  ///< empty if none is issued
    uint32_t remaining = 0;     ///< seconds until the family's record ends
  };

  /// Ends the exchange with tokens: seals the access token and responds.
  void succeed(Outcome outcome, Granted&& granted);

  /// Ends the exchange with an error. `description` goes to the client, `reason` to the log; both
  /// live as long as the program and hold nothing from the request.
  void fail(Error error, const char* description, const char* reason, Outcome outcome);
  void fail(Error error, const char* reason);

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
  std::optional<std::string> family_;
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
