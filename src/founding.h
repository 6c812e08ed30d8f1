#ifndef OAUTH2_SRC_FOUNDING_H
#define OAUTH2_SRC_FOUNDING_H

#include <cstdint>
#include <string_view>

#include "exchange.h"

namespace oauth2 {

/// Whether `subject` can name a user: 1 to max_subject_size bytes of UTF-8 without control
/// characters.
bool is_subject(std::string_view subject);

/// Settles exchange.requested_scope for a new grant by the request's scope (RFC 6749 section 3.3):
/// all that the client may have, or what is asked for if it is a part of that. False if the
/// exchange was ended with an error.
bool choose_scope(Exchange& exchange);

/// How long the record of a user's grant lives, in seconds, from `granted_at` (Unix) on if it is
/// written now: as long as the refresh token, or as the access token where the client gets no
/// refresh token; 0 if the grant is past its lifetime.
uint32_t grant_ttl(Exchange& exchange, uint32_t granted_at);

/// Creates the record of a new family of `subject` with exchange.requested_scope, its newest
/// generation `generation` and `ttl` seconds to live; exchange.founded is that generation's token.
/// `step` goes on.
void found_family(Exchange& exchange, std::string_view subject, uint32_t generation, uint32_t ttl,
                  Exchange::StoreStep step);

/// Hands out the tokens of a family that was founded, or whose code was exchanged: exchange.founded
/// is the newest generation and `ttl` what is left of its record. Ends the exchange.
void hand_out_grant(Exchange& exchange, std::string_view subject, std::string_view scope,
                    uint32_t ttl);

}  // namespace oauth2

#endif
