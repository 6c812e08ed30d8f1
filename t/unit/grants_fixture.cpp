#include "grants_fixture.h"

#include "access_token.h"
#include "base64.h"
#include "family_token.h"
#include "form.h"

namespace oauth2 {

std::string encode(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    if (value.empty()) {
      continue;
    }
    text.append(text.empty() ? "" : "&").append(name).append("=");
    for (const char character : value) {
      text.append("%").append(to_hex(std::string_view(&character, 1)));
    }
  }
  return text;
}

Form parameters_of(const std::string& uri, char mark) {
  Form form;
  const size_t start = uri.find(mark);
  std::string rest = start == std::string::npos ? "" : uri.substr(start + 1) + "&";
  for (size_t end = rest.find('&'); end != std::string::npos; end = rest.find('&')) {
    const std::string pair = rest.substr(0, end);
    rest.erase(0, end + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      continue;
    }
    EXPECT_EQ(form.count(pair.substr(0, equals)), 0U) << pair << " is there twice";
    EXPECT_TRUE(decode_form_value(pair.substr(equals + 1), form[pair.substr(0, equals)]));
  }
  return form;
}

std::string field(const std::string& page, const std::string& name) {
  const std::string start = "name=\"" + name + "\" value=\"";
  const size_t at = page.find(start);
  if (at == std::string::npos) {
    return "";
  }
  std::string value =
      page.substr(at + start.size(), page.find('"', at + start.size()) - at - start.size());
  for (const auto& [entity, text] : std::vector<std::pair<std::string, std::string>>{
           {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}}) {
    for (size_t i = value.find(entity); i != std::string::npos; i = value.find(entity, i + 1)) {
      value.replace(i, entity.size(), text);
    }
  }
  return value;
}

GrantsTest::GrantsTest() {
  const unsigned code_and_refresh = authorization_code_grant_type | refresh_token_grant_type;
  add("web", code_and_refresh, {"https://web.example/cb"});
  add("legacy", code_and_refresh, {"https://legacy.example/cb"}).pkce = false;
  add("brief", authorization_code_grant_type, {"https://brief.example/cb"});
  add("phone", code_and_refresh, {"http://127.0.0.1/cb", "com.example.phone:/cb"}, true);
  add("page", implicit_grant_type, {"https://page.example/app"}, true);
  add("robot", client_credentials_grant_type, {});
  add("guard", 0, {}).introspect = true;
  config_.issuer = "https://as.example";
  config_.settings.consent = false;
}

Client& GrantsTest::add(const std::string& id, unsigned grants,
                        const std::vector<std::string>& uris, bool is_public) {
  auto made = std::make_shared<Client>();
  made->id = id;
  made->grant_types = grants;
  made->scope = "read write";
  if (is_public) {
    made->auth_methods = no_authentication;
  } else {
    made->secret_digests.push_back(digest_secret("secret"));
  }
  for (const std::string& uri : uris) {
    EXPECT_EQ(RedirectUri::parse(uri, made->redirect_uris.emplace_back()), nullptr);
  }
  Client& client = *made;
  added_[id] = &client;
  clients_.add(std::move(made));
  return client;
}

Form GrantsTest::good(const Form& changes) {
  Form form = {{"client_id", "web"},
               {"redirect_uri", "https://web.example/cb"},
               {"response_type", "code"},
               {"state", "xyz"},
               {"code_challenge", sample_challenge},
               {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : changes) {
    form[name] = value;
  }
  return form;
}

Result GrantsTest::authorize(const std::string& query) {
  config_.endpoint = Endpoint::authorization;
  Request made;
  made.method = "GET";
  made.query = query;
  made.received_ms = clock_.now_ms;
  return send(std::move(made));
}

Result GrantsTest::decide(const Result& page, const std::string& decision, const Form& changes) {
  Form form = {{"decision", decision}};
  for (const char* name : {"client_id", "redirect_uri", "response_type", "scope", "state",
                           "code_challenge", "code_challenge_method", "consent_token"}) {
    form[name] = field(page.response.body, name);
  }
  for (const auto& [name, value] : changes) {
    form[name] = value;
  }
  config_.endpoint = Endpoint::authorization;
  return send(request(encode(form)));
}

Request GrantsTest::post(const std::string& client, Form form) {
  const Client* known = clients_.find(client);
  const bool is_public = known != nullptr && known->is_public();
  if (is_public) {
    form["client_id"] = client;
  }
  Request made = request(encode(form));
  authorization_ = is_public ? "" : "Basic " + base64url(client + ":secret");
  made.authorization = authorization_;
  return made;
}

Result GrantsTest::ask(Endpoint endpoint, const std::string& client, Form form) {
  config_.endpoint = endpoint;
  return send(post(client, std::move(form)));
}

std::string GrantsTest::code(const Form& changes) {
  return parameters_of(authorize(changes).response.location)["code"];
}

FakeTokenStore::Family* GrantsTest::record_of(const std::string& family_token) {
  FamilyId family;
  EXPECT_TRUE(claimed_family(*keys_, family_token, family));
  return store_.find(family);
}

Result GrantsTest::redeem(const std::string& code, const Form& changes, const std::string& client) {
  Form form = {{"grant_type", "authorization_code"},
               {"code", code},
               {"redirect_uri", "https://web.example/cb"},
               {"code_verifier", sample_verifier}};
  for (const auto& [name, value] : changes) {
    form[name] = value;
  }
  return ask(Endpoint::token, client, form);
}

FamilyId GrantsTest::family_of(const std::string& access_token) {
  AccessClaims claims;
  std::string plaintext;
  EXPECT_TRUE(open_access_token(*keys_, access_token, claims, plaintext));
  return claims.family;
}

}  // namespace oauth2
