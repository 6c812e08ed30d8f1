#ifndef OAUTH2_ERRORS_H
#define OAUTH2_ERRORS_H

namespace oauth2 {

/// Why a token request was not answered with a token. The table in errors.cpp gives each its
/// wire code and HTTP status.
enum class Error {
  none,
  method_not_allowed,         ///< not POST; RFC 9110 section 15.5.6
  unguarded_change,           ///< nothing shows that a user's browser was not tricked into it
  request_too_large,          ///< the body is longer than max_body_size
  invalid_request,            ///< RFC 6749 section 5.2
  invalid_client,             ///< RFC 6749 section 5.2
  invalid_grant,              ///< RFC 6749 section 5.2; only on evidence, clients forget the token
  unauthorized_client,        ///< RFC 6749 section 5.2
  unsupported_grant_type,     ///< RFC 6749 section 5.2
  invalid_scope,              ///< RFC 6749 section 5.2
  unsupported_response_type,  ///< RFC 6749 section 4.1.2.1
  access_denied,            ///< RFC 6749 section 4.1.2.1: the user said no, or nobody is logged in
  temporarily_unavailable,  ///< nothing is known and nothing is lost; the client may repeat
};

/// One row of the error table.
struct ErrorRow {
  const char* code;  ///< the `error` member, "" for Error::none
  int status;        ///< the HTTP status, 200 for Error::none
};

/// The row of `error`; it lives as long as the program.
const ErrorRow& error_row(Error error);

/// What became of a request, as $oauth2_outcome and the counters name it.
enum class Outcome {
  issued,        ///< a new grant: the tokens of a new family, or of a client alone
  rotated,       ///< a refresh token was replaced by its successor
  renewal_off,   ///< the same refresh token was handed out again, as configured
  retried,       ///< the predecessor inside the retry window: the same successor again
  overtaken,     ///< in flight together with a rotation: the newest generation
  healed,        ///< rotated, after the store had lost writes of the family
  replayed,      ///< a used token came back too late: theft or a very slow client
  asked,         ///< the user was shown the consent page
  authorized,    ///< an authorization code was handed out
  revoked,       ///< a client has ended a family or an access token, or there was none
  introspected,  ///< a resource server was told what a token is worth
  listed,        ///< the families of a user were shown
  ended,         ///< families of a user were ended, as somebody asked
  rejected,      ///< refused for any other reason
  unavailable,   ///< the store or the user check could not say
};
constexpr int outcome_count = static_cast<int>(Outcome::unavailable) + 1;

/// The name of `outcome`, for example "rotated"; it lives as long as the program.
const char* outcome_name(Outcome outcome);

}  // namespace oauth2

#endif
