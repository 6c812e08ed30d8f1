#include "oauth2/errors.h"

namespace oauth2 {
namespace {

constexpr ErrorRow error_table[] = {
    {"", 200},                        // none
    {"invalid_request", 405},         // method_not_allowed
    {"invalid_request", 403},         // unguarded_change
    {"invalid_request", 413},         // request_too_large
    {"invalid_request", 400},         // invalid_request
    {"invalid_client", 401},          // invalid_client
    {"invalid_grant", 400},           // invalid_grant
    {"unauthorized_client", 400},     // unauthorized_client
    {"unsupported_grant_type", 400},  // unsupported_grant_type
    {"invalid_scope", 400},           // invalid_scope
    {"unsupported_response_type", 400},
    {"access_denied", 403},
    {"temporarily_unavailable", 503},  // temporarily_unavailable
};

constexpr const char* outcome_names[outcome_count] = {
    "issued",       "rotated",  "renewal_off", "retried",    "overtaken",
    "healed",       "replayed", "asked",       "authorized", "revoked",
    "introspected", "listed",   "ended",       "rejected",   "unavailable",
};

}  // namespace

const ErrorRow& error_row(Error error) {
  return error_table[static_cast<int>(error)];
}

const char* outcome_name(Outcome outcome) {
  return outcome_names[static_cast<int>(outcome)];
}

}  // namespace oauth2
