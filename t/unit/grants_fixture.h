#ifndef OAUTH2_T_UNIT_GRANTS_FIXTURE_H
#define OAUTH2_T_UNIT_GRANTS_FIXTURE_H

#include <map>
#include <string>
#include <vector>

#include "endpoint_fixture.h"

namespace oauth2 {

/// The pair of RFC 7636 appendix B.
constexpr const char* sample_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* sample_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Parameters of a request or an answer, decoded.
using Form = std::map<std::string, std::string>;

/// `form` as application/x-www-form-urlencoded; what has no value is left out.
std::string encode(const Form& form);

/// The parameters behind `mark`, "?" or "#", of a URI.
Form parameters_of(const std::string& uri, char mark = '?');

/// The value of a hidden field of a page, with its entities resolved.
std::string field(const std::string& page, const std::string& name);

/// All endpoints between a fake store and fake hosts, with these clients beside those of
/// EndpointTest, whose secrets are "secret" and whose scope is "read write": "web" has codes and
/// refresh tokens, "legacy" the same without PKCE, "brief" codes only, "phone" is public with
/// redirect URIs on the device, "page" is public with implicit grants, "robot" has client
/// credentials, "guard" introspects and has no grants.
class GrantsTest : public EndpointTest {
 public:
  GrantsTest();

  Client& client(const std::string& id) { return *added_.at(id); }

  /// A good authorization request of "web", with the parameters of `changes` in it instead: those
  /// with an empty value are left out.
  static Form good(const Form& changes = {});

  /// Answers an authorization request.
  Result authorize(const std::string& query);
  Result authorize(const Form& changes = {}) { return authorize(encode(good(changes))); }

  /// Sends the consent form of a page with this decision, and with `changes` in it.
  Result decide(const Result& page, const std::string& decision, const Form& changes = {});

  /// Answers a request to another endpoint; a client without a secret names itself in the body.
  Result ask(Endpoint endpoint, const std::string& client, Form form);

  /// The code of a good request that needs no consent, and its record.
  std::string code(const Form& changes = {});
  FakeTokenStore::Family* record_of(const std::string& family_token);

  /// Exchanges `code` as "web" would, with `changes`.
  Result redeem(const std::string& code, const Form& changes = {},
                const std::string& client = "web");

  /// What an access token says of its family.
  FamilyId family_of(const std::string& access_token);

  void pass_seconds(uint32_t seconds) { clock_.now_ms += uint64_t{seconds} * 1000; }

 private:
  Client& add(const std::string& id, unsigned grants, const std::vector<std::string>& uris,
              bool is_public = false);
  Request post(const std::string& client, Form form);

  std::map<std::string, Client*> added_;
  std::string authorization_;  // of the last request
};

}  // namespace oauth2

#endif
