#include "password_grant.h"

#include "exchange.h"
#include "founding.h"

namespace oauth2 {
namespace {

constexpr size_t max_password_size = 4096;

void user_verdict(Exchange& exchange, const UserVerdict& verdict);
void family_created(Exchange& exchange, const StoreAnswer& answer);

void refuse_user(Exchange& exchange, const char* reason) {
  exchange.fail(Error::invalid_grant, "the user name or the password is wrong", reason,
                Outcome::rejected);
}

// A colon would move the border between name and password in the Basic header of a check.
bool well_formed(std::string_view username, std::string_view password) {
  return username.find(':') == std::string_view::npos && !has_control_character(username) &&
         !has_control_character(password);
}

void user_verdict(Exchange& exchange, const UserVerdict& verdict) {
  if (verdict.kind == UserVerdict::Kind::refused) {
    refuse_user(exchange, "user name or password refused");
    return;
  }
  if (verdict.kind == UserVerdict::Kind::unavailable) {
    exchange.fail(Error::temporarily_unavailable, "the user check is unavailable");
    return;
  }
  if (!is_subject(verdict.subject)) {
    exchange.fail(Error::temporarily_unavailable, "the user check is unavailable",
                  "the user check gave no usable subject", Outcome::unavailable);
    return;
  }
  const uint32_t ttl = grant_ttl(exchange, exchange.environment().unix_time());
  exchange.new_ttl = ttl;
  found_family(exchange, verdict.subject, 1, ttl, &family_created);
}

void family_created(Exchange& exchange, const StoreAnswer& answer) {
  if (answer.status != StoreAnswer::Status::written) {
    exchange.fail(Error::temporarily_unavailable, "the store is unavailable");
    return;
  }
  const std::string subject = exchange.report().subject;
  hand_out_grant(exchange, subject, exchange.requested_scope, exchange.new_ttl);
}

}  // namespace

void answer_password_grant(Exchange& exchange) {
  const std::string_view username = exchange.parameters()[Parameter::username];
  const std::string_view password = exchange.parameters()[Parameter::password];
  if (username.empty() || password.empty()) {
    exchange.fail(Error::invalid_request,
                  username.empty() ? "username is missing" : "password is missing");
    return;
  }
  if (!choose_scope(exchange)) {
    return;
  }
  if (username.size() > max_subject_size || password.size() > max_password_size) {
    refuse_user(exchange, "user name or password is too long");
    return;
  }
  if (!well_formed(username, password)) {
    refuse_user(exchange, "user name or password has characters that are not accepted");
    return;
  }
  exchange.check_user(&user_verdict);
}

}  // namespace oauth2
