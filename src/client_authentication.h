#ifndef OAUTH2_SRC_CLIENT_AUTHENTICATION_H
#define OAUTH2_SRC_CLIENT_AUTHENTICATION_H

#include <string>
#include <string_view>

#include "form.h"
#include "oauth2/client.h"
#include "oauth2/errors.h"

namespace oauth2 {

/// The client credentials of a request as they were sent, before anything is believed.
class ClientCredentials {
 public:
  /// Reads the Authorization header (empty if there is none) and the form's parameters.
  ClientCredentials(std::string_view authorization, const Parameters& parameters);
  ~ClientCredentials();
  ClientCredentials(const ClientCredentials&) = delete;
  ClientCredentials& operator=(const ClientCredentials&) = delete;

  /// The id that the request claims, for limits: the Basic one, form-decoded unless only the raw
  /// one is registered, else the form's; empty if there is none that could be a client's. It may
  /// end up in a header: it has no control characters.
  std::string_view claimed_id(const ClientRegistry& clients) const;

  /// The client that these credentials prove (RFC 6749 section 2.3), or null with `error` and
  /// `reason` set; `reason` is a text without secrets that lives as long as the program.
  const Client* authenticate(const ClientRegistry& clients, Error& error,
                             const char*& reason) const;

 private:
  const Client* authenticate_basic(const ClientRegistry& clients) const;

  bool has_authorization_ = false;
  bool has_basic_ = false;  // a well-formed pair
  bool decodable_ = false;  // whose halves may be form-encoded
  std::string pair_;
  std::string_view raw_id_;  // views into the pair
  std::string_view raw_secret_;
  std::string decoded_id_;  // both empty unless decodable_
  std::string decoded_secret_;
  std::string_view form_id_;
  std::string_view form_secret_;
};

}  // namespace oauth2

#endif
