#include "revocation_endpoint.h"

#include "access_token.h"
#include "client_request.h"
#include "exchange.h"
#include "missing_record.h"

namespace oauth2 {
namespace {

void family_ended(Exchange& exchange, const StoreAnswer& answer);

// RFC 7009 section 2.2: "The authorization server responds with HTTP status code 200 if the token
// has been revoked successfully or if the client submitted an invalid token."
void succeed(Exchange& exchange) {
  Response response;
  response.body = "{}";
  exchange.finish(Outcome::revoked, std::move(response));
}

// RFC 7009 section 2.1: the server "verifies whether the token was issued to the client making the
// revocation request. If this validation fails, the request is refused".
void refuse_other_clients_token(Exchange& exchange) {
  exchange.fail(Error::invalid_grant, "the token was issued to another client");
}

void end_family(Exchange& exchange, const FamilyId& family) {
  exchange.founded.family = family;
  exchange.set_family(family);
  exchange.pursue();
  exchange.store().revoke(family, exchange.deadline(), exchange.then(&family_ended));
}

// RFC 7009 section 2.2.1: with 503, "the client must assume the token still exists and may retry
// after a reasonable delay".
void family_ended(Exchange& exchange, const StoreAnswer& answer) {
  if (!answer.is_certain()) {
    exchange.fail_uncertain(answer.status == StoreAnswer::Status::unknown_layout
                                ? "the family's record has an unknown layout"
                                : "a token could not be revoked: the store is unavailable");
    return;
  }
  if (answer.status != StoreAnswer::Status::missing) {
    exchange.report().subject = answer.record.subject;
  } else if (!accept_missing_record(exchange, answer, exchange.founded.granted_at)) {
    return;
  }
  succeed(exchange);
}

void tombstone_written(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::written) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  succeed(exchange);
}

// A token of client credentials has no record, so its tombstone is one of its own, until it
// expires.
void end_client_token(Exchange& exchange, const AccessClaims& claims) {
  const uint32_t now = exchange.environment().unix_time();
  if (now >= claims.expires_at) {
    succeed(exchange);
    return;
  }
  FamilyRecord tombstone;
  tombstone.revoked = true;
  tombstone.granted_at = now;  // the store may be empty, and is not whole since the token's time
  tombstone.ttl_written = claims.expires_at - now;
  tombstone.client = claims.client;
  exchange.set_family(claims.family);
  exchange.pursue();
  exchange.store().create(claims.family, tombstone, 0, exchange.deadline(),
                          exchange.then(&tombstone_written));
}

void end_access_token(Exchange& exchange, const AccessClaims& claims) {
  if (claims.client != exchange.client().id) {
    refuse_other_clients_token(exchange);
  } else if (claims.subject.empty()) {
    end_client_token(exchange, claims);
  } else {
    exchange.founded.granted_at = claims.issued_at;
    end_family(exchange, claims.family);
  }
}

// Only here, the record tells whose a refresh token is that is not this client's.
void owner_read(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status == StoreAnswer::Status::missing) {
    succeed(exchange);
    return;
  }
  if (answer.status != StoreAnswer::Status::found) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  RefreshToken token;
  const bool others =
      verify_refresh_token(*exchange.config().keys, exchange.parameters()[Parameter::token],
                           answer.record.client, token) == TokenCheck::authentic;
  if (others) {
    refuse_other_clients_token(exchange);
  } else {
    succeed(exchange);
  }
}

}  // namespace

void answer_revocation_request(Exchange& exchange) {
  if (!accept_client_request(exchange)) {
    return;
  }
  // RFC 7009 section 2.1: an authorization server "MAY ignore" token_type_hint.
  const std::string_view text = exchange.parameters()[Parameter::token];
  if (text.empty()) {
    exchange.fail(Error::invalid_request, "token is missing");
    return;
  }
  const Exchange::PresentedToken& presented = exchange.presented_for(exchange.client().id);
  if (presented.check == TokenCheck::authentic) {
    exchange.founded = presented.token;
    end_family(exchange, presented.token.family);
    return;
  }
  AccessClaims claims;
  std::string plaintext;
  FamilyId claimed;
  if (open_access_token(*exchange.config().keys, text, claims, plaintext)) {
    end_access_token(exchange, claims);
  } else if (claimed_family(*exchange.config().keys, text, claimed)) {
    exchange.store().read(claimed, exchange.deadline(), exchange.then(&owner_read));
  } else {
    exchange.note_unknown_format(presented.check);
    succeed(exchange);
  }
  cleanse(plaintext);
}

}  // namespace oauth2
