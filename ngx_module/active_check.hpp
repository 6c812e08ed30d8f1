#ifndef OAUTH2_NGX_MODULE_ACTIVE_CHECK_HPP
#define OAUTH2_NGX_MODULE_ACTIVE_CHECK_HPP

#include <memory>
#include <optional>

#include "conf.hpp"
#include "ngx.hpp"
#include "oauth2/protected_resource.h"

namespace oauth2::nginx {

/// A question to the store, from a phase of `request`: whether `token` was revoked. It may outlive
/// both, once it is detached.
class ActiveCheck final : public StoreWaiter, public std::enable_shared_from_this<ActiveCheck> {
 public:
  ActiveCheck(ngx_http_request_t* request, const BearerToken& token)
      : request_(request), token_(token) {}

  /// Asks the store of `location`. Where the decision is not here at once, the phases of the
  /// request run again when it is. False if nginx cannot wait for it.
  bool ask(const LocationConf& location);

  /// The request ends: it is not touched any more.
  void detach() { request_ = nullptr; }

  const std::optional<AccessDecision>& decision() const { return decision_; }

  void store_answered(const StoreAnswer& answer) override;
  bool still_wanted() const override { return request_ != nullptr; }

 private:
  bool watch_client();
  void resume();

  ngx_http_request_t* request_;
  const BearerToken& token_;
  TokenStore* store_ = nullptr;  // that was asked
  std::optional<AccessDecision> decision_;
  bool waiting_ = false;
  ngx_http_event_handler_pt read_handler_ = nullptr;  // while another one watches the client
};

}  // namespace oauth2::nginx

#endif
