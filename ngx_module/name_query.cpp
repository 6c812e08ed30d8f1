#include "name_query.hpp"

#include <exception>

namespace oauth2::nginx {
namespace {

constexpr ngx_msec_t default_timeout_ms = 30000;  // of nginx's own `resolver_timeout`

PeerAddress with_port(const ngx_resolver_addr_t& resolved, const redis::Endpoint& peer) {
  PeerAddress address{};
  ngx_memcpy(&address.socket_address, resolved.sockaddr, resolved.socklen);
  ngx_inet_set_port(reinterpret_cast<sockaddr*>(&address.socket_address), peer.port);
  address.size = resolved.socklen;
  address.name = to_string(peer);
  return address;
}

}  // namespace

ResolverLevel::ResolverLevel(ngx_conf_t* cf)
    : level_(static_cast<const ngx_http_core_loc_conf_t*>(
          ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module))) {}

// http has an empty one for its servers to inherit.
ngx_resolver_t* ResolverLevel::resolver() const {
  const bool exists =
      level_ != nullptr && level_->resolver != nullptr && level_->resolver->connections.nelts != 0;
  return exists ? level_->resolver : nullptr;
}

// That of http itself is merged with nothing.
ngx_msec_t ResolverLevel::timeout() const {
  const bool is_set = level_ != nullptr && level_->resolver_timeout != NGX_CONF_UNSET_MSEC;
  return is_set ? level_->resolver_timeout : default_timeout_ms;
}

std::string no_resolver_for(const std::string& host) {
  return "no resolver defined to resolve " + host;
}

void NameQuery::ask(const redis::Endpoint& peer) {
  cancel();
  peer_ = peer;
  ngx_resolver_t* resolver = level_.resolver();
  if (resolver == nullptr) {
    user_.not_resolved(no_resolver_for(peer_.host));
    return;
  }
  context_.reset(ngx_resolve_start(resolver, nullptr));
  if (context_ == nullptr) {
    user_.not_resolved("could not be resolved");
    return;
  }
  context_->name = to_ngx(peer_.host);
  context_->handler = on_answer;
  context_->data = this;
  context_->timeout = level_.timeout();
  context_->cancelable = 1;  // whoever waits for the connection has a timer of his own
  if (ngx_resolve_name(context_.get()) != NGX_OK) {
    (void)context_.release();  // it is nginx that has freed it
    user_.not_resolved("could not be resolved");
  }
}

void NameQuery::on_answer(ngx_resolver_ctx_t* context) {
  try {
    static_cast<NameQuery*>(context->data)->take_answer();
  } catch (const std::exception& e) {
    ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0, "oauth2: redis connection: %s", e.what());
  }
}

void NameQuery::take_answer() {
  const Context answer = std::move(context_);
  if (answer->state != NGX_OK) {
    user_.not_resolved("could not be resolved (" + std::to_string(answer->state) + ": " +
                       ngx_resolver_strerror(answer->state) + ")");
    return;
  }
  std::vector<PeerAddress> addresses;
  for (ngx_uint_t i = 0; i < answer->naddrs; ++i) {
    addresses.push_back(with_port(answer->addrs[i], peer_));
  }
  user_.resolved(std::move(addresses));
}

}  // namespace oauth2::nginx
