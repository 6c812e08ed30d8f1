#include "session_endpoint.h"

#include <gtest/gtest.h>

#include "authorization_code.h"
#include "endpoint_fixture.h"
#include "refresh_token.h"
#include "table.h"

namespace oauth2 {
namespace {

using Fate = FakeTokenStore::Fate;

class SessionEndpoint : public EndpointTest {
 protected:
  SessionEndpoint() {
    store_.keeps_index = true;
    sessions_ = config_;
    sessions_.endpoint = Endpoint::sessions;
  }

  /// A family of alice's, whose name is the number.
  FamilyId found(unsigned char number, const std::string& subject = "alice") {
    Bytes<10> random{};
    random.back() = number;
    const FamilyId family = new_family(subject, random);
    FamilyRecord record;
    record.generation = 1;
    record.ttl_written = 600;
    record.granted_at = environment_.unix_time();
    record.client = "app";
    record.subject = subject;
    record.scope = "read write";
    store_.create(family, record, 0, clock_.now_ms + 1000, std::make_shared<Ignorer>());
    store_.run();
    return family;
  }

  Request asked(const std::string& method, const std::string& query) {
    Request made;
    made.method = method;
    made.query = query;
    made.requested_with = "XMLHttpRequest";
    made.received_ms = clock_.now_ms;
    return made;
  }

  Request posted(const std::string& body) {
    Request made = asked("POST", "");
    made.content_type = "application/x-www-form-urlencoded";
    made.body = body;
    return made;
  }

  std::shared_ptr<EndpointExchange> begin(Request&& request, FakeHost& host) {
    auto exchange = make_exchange(sessions_, store_, environment_, std::move(request));
    exchange->start(host);
    return exchange;
  }

  Result answer(Request&& request) {
    FakeHost host;
    const auto exchange = begin(std::move(request), host);
    store_.run();
    EXPECT_EQ(host.responses, 1);
    return {exchange->response(), exchange->report(), std::string(exchange->family())};
  }

  Result list(const std::string& query) { return answer(asked("GET", query)); }

  class Ignorer final : public StoreWaiter {
   public:
    void store_answered(const StoreAnswer&) override {}
    bool still_wanted() const override { return true; }
  };

  EndpointConfig sessions_;
};

TEST_F(SessionEndpoint, ListsWhatAFamilyIs) {
  const FamilyId family = found(1);
  clock_.now_ms += 100000;
  store_.find(family)->expires_ms += 50000;
  store_.find(family)->ttl_written += 50 - 60;
  const Result result = list("subject=alice");
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.response.body,
            R"({"subject":"alice","sessions":[{"family":")" + family_hash(family) +
                R"(","client_id":"app","scope":"read write","granted_at":1700000000,)"
                R"("last_used_at":1700000060,"expires_at":1700000650}]})");
  EXPECT_EQ(result.report.outcome, Outcome::listed);
  EXPECT_EQ(result.report.subject, "alice");
  EXPECT_STREQ(result.response.content_type, "application/json");
}

TEST_F(SessionEndpoint, ListsNobody) {
  found(1);
  EXPECT_EQ(list("subject=bob").response.body, R"({"subject":"bob","sessions":[]})");
  EXPECT_EQ(list("subject=Alice").response.body, R"({"subject":"Alice","sessions":[]})");
}

TEST_F(SessionEndpoint, AnswersHeadLikeGet) {
  found(1);
  EXPECT_EQ(answer(asked("HEAD", "subject=alice")).response.body,
            list("subject=alice").response.body);
}

TEST_F(SessionEndpoint, FollowsThePages) {
  for (unsigned char number = 1; number <= 10; ++number) {
    found(number);
  }
  const std::string body = list("subject=alice").response.body;
  for (unsigned char number = 1; number <= 10; ++number) {
    Bytes<10> random{};
    random.back() = number;
    EXPECT_NE(body.find(family_hash(new_family("alice", random))), std::string::npos);
  }
  EXPECT_EQ(body.find("more"), std::string::npos);
  EXPECT_EQ(store_.pages, 4);
}

TEST_F(SessionEndpoint, ListsAThousandAndSaysThatThereAreMore) {
  store_.page_size = 400;
  Bytes<10> random{};
  const auto add = [&] {
    for (size_t i = 0; ++random[i] == 0; ++i) {
    }
    FamilyRecord record;
    record.generation = 1;
    record.ttl_written = 600;
    record.client = "app";
    record.subject = "alice";
    store_.create(new_family("alice", random), record, 0, 0, std::make_shared<Ignorer>());
  };
  const auto count = [&] {
    const std::string body = list("subject=alice").response.body;
    size_t found = 0;
    for (size_t at = body.find("\"family\""); at != std::string::npos;
         at = body.find("\"family\"", at + 1)) {
      ++found;
    }
    return std::make_pair(found, body.find("],\"more\":true}") != std::string::npos);
  };
  for (size_t i = 0; i < max_listed_families; ++i) {
    add();
  }
  EXPECT_EQ(count(), std::make_pair(max_listed_families, false));
  add();
  EXPECT_EQ(count(), std::make_pair(max_listed_families, true));
}

TEST_F(SessionEndpoint, KeepsASubjectInsideItsString) {
  const std::string subject = R"(<script>","x":"\)";
  found(1, subject);
  const Result result = list("subject=%3Cscript%3E%22%2C%22x%22%3A%22%5C");
  EXPECT_EQ(result.response.body.find(R"({"subject":"<script>\",\"x\":\"\\","sessions":[{)"), 0U);
}

TEST_F(SessionEndpoint, EndsOneFamily) {
  const FamilyId family = found(1);
  const FamilyId other = found(2);
  const std::string query = "subject=alice&family=" + family_hash(family);
  const Result result = answer(asked("DELETE", query));
  EXPECT_EQ(result.response.body, R"({"ended":1})");
  EXPECT_EQ(result.report.outcome, Outcome::ended);
  EXPECT_EQ(result.family, family_hash(family));
  EXPECT_TRUE(store_.find(family)->revoked);
  EXPECT_FALSE(store_.find(other)->revoked);
  EXPECT_EQ(answer(asked("DELETE", query)).response.body, R"({"ended":0})");
}

TEST_F(SessionEndpoint, TakesAFormToo) {
  const FamilyId family = found(1);
  EXPECT_EQ(answer(posted("subject=alice&family=" + family_hash(family))).response.body,
            R"({"ended":1})");
  EXPECT_TRUE(store_.find(family)->revoked);
}

TEST_F(SessionEndpoint, EndsAllOfASubject) {
  std::vector<FamilyId> families;
  for (unsigned char number = 1; number <= 10; ++number) {
    families.push_back(found(number));
  }
  const FamilyId bobs = found(1, "bob");
  EXPECT_EQ(answer(asked("DELETE", "subject=alice")).response.body, R"({"ended":10})");
  for (const FamilyId& family : families) {
    EXPECT_TRUE(store_.find(family)->revoked);
  }
  EXPECT_FALSE(store_.find(bobs)->revoked);
  EXPECT_EQ(answer(posted("subject=alice")).response.body, R"({"ended":0})");
}

TEST_F(SessionEndpoint, ListsWhatIsToEndAsSafelyAsItEnds) {
  found(1);
  answer(asked("DELETE", "subject=alice"));
  EXPECT_GT(store_.pages, 0);
  EXPECT_EQ(store_.pages_to_end, store_.pages);
  store_.pages_to_end = 0;
  list("subject=alice");
  EXPECT_EQ(store_.pages_to_end, 0);
}

TEST_F(SessionEndpoint, DoesNotEndAnotherSubjectsFamily) {
  const FamilyId bobs = found(1, "bob");
  const Result result = answer(asked("DELETE", "subject=alice&family=" + family_hash(bobs)));
  EXPECT_EQ(result.response.body, R"({"ended":0})");
  EXPECT_FALSE(store_.find(bobs)->revoked);
}

TEST_F(SessionEndpoint, AnEndedFamilysTokenIsRefused) {
  family_ = found(1);
  const std::string refused = token(1);
  answer(asked("DELETE", "subject=alice"));
  EXPECT_EQ(refresh(refused).error(), "invalid_grant");
}

TEST_F(SessionEndpoint, ItsOwnRepeatCounts) {
  const FamilyId family = found(1);
  store_.fates = {Fate::repeated};
  EXPECT_EQ(answer(asked("DELETE", "subject=alice&family=" + family_hash(family))).response.body,
            R"({"ended":1})");
}

TEST_F(SessionEndpoint, IsUnavailableWithTheStoreAndCanBeRepeated) {
  for (unsigned char number = 1; number <= 5; ++number) {
    found(number);
  }
  const std::deque<Fate> fates[] = {
      {Fate::refused}, {Fate::done, Fate::done, Fate::refused}, {Fate::done, Fate::reply_lost}};
  for (const std::deque<Fate>& fate : fates) {
    store_.fates = fate;
    const Result result = answer(asked("DELETE", "subject=alice"));
    EXPECT_EQ(result.response.status, 503);
    EXPECT_GT(result.response.retry_after, 0U);
    EXPECT_EQ(result.report.outcome, Outcome::unavailable);
  }
  EXPECT_EQ(answer(asked("DELETE", "subject=alice")).response.body, R"({"ended":3})");
  store_.fates = {Fate::refused};
  EXPECT_EQ(list("subject=alice").response.status, 503);
}

TEST_F(SessionEndpoint, ARecordOfALaterReleaseIsNotEnded) {
  const FamilyId family = found(1);
  store_.find(family)->unknown_layout = true;
  const Result result = answer(asked("DELETE", "subject=alice&family=" + family_hash(family)));
  EXPECT_EQ(result.response.status, 503);
  EXPECT_STREQ(result.report.reason, "the family's record has an unknown layout");
}

TEST_F(SessionEndpoint, FinishesWhatAClientThatLeftHasBegun) {
  found(1);
  found(2);
  FakeHost host;
  const auto exchange = begin(asked("DELETE", "subject=alice"), host);
  exchange->detach();
  store_.run();
  EXPECT_EQ(host.responses, 0);
  EXPECT_EQ(store_.ends, 2);
}

TEST_F(SessionEndpoint, ShowsNothingOfAnAdministratorsLogin) {
  Request made = asked("GET", "subject=alice");
  made.authorization = "Basic YXBwOnNlY3JldA==";
  FakeHost host;
  const auto exchange = begin(std::move(made), host);
  store_.run();
  EXPECT_EQ(exchange->client_id(), "");
  EXPECT_EQ(exchange->grant_type(), "");
  EXPECT_EQ(exchange->report().client, nullptr);
}

struct RefusedRow {
  const char* name;
  const char* method;
  std::string query;
  int status;
  const char* reason;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(RefusedRow)

class RefusedSessionRequest : public SessionEndpoint,
                              public testing::WithParamInterface<RefusedRow> {};

TEST_P(RefusedSessionRequest, NeverReachesTheStore) {
  const FamilyId family = found(1);
  const int executed = store_.executed();
  const RefusedRow& row = GetParam();
  Request made = asked(row.method, row.query);
  if (made.method == "POST") {
    made = posted(row.query);
  }
  const Result result = answer(std::move(made));
  EXPECT_EQ(result.response.status, row.status);
  EXPECT_EQ(result.error(), "invalid_request");
  EXPECT_STREQ(result.report.reason, row.reason);
  EXPECT_EQ(result.report.outcome, Outcome::rejected);
  EXPECT_EQ(store_.executed(), executed);
  EXPECT_FALSE(store_.find(family)->revoked);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSessionRequest,
    testing::Values(
        RefusedRow{"no subject", "GET", "", 400, "subject is missing"},
        RefusedRow{"an empty subject", "DELETE", "subject=", 400, "subject is missing"},
        RefusedRow{"no subject in a form", "POST", "family=x", 400, "subject is missing"},
        RefusedRow{"two subjects", "DELETE", "subject=alice&subject=bob", 400,
                   "a parameter is repeated"},
        RefusedRow{"a broken escape", "GET", "subject=%zz", 400,
                   "the query is not valid form data"},
        RefusedRow{"a subject that is not UTF-8", "GET", "subject=%ff", 400,
                   "the query is not valid form data"},
        RefusedRow{"a subject that is too long", "GET", "subject=" + std::string(256, 's'), 400,
                   "subject is malformed or too long"},
        RefusedRow{"a line feed in the subject", "GET", "subject=a%0ab", 400,
                   "subject is malformed or too long"},
        RefusedRow{"a family that is too short", "DELETE", "subject=alice&family=x", 400,
                   "family is malformed"},
        RefusedRow{"a family of other characters", "DELETE",
                   "subject=alice&family=" + std::string(22, '*'), 400, "family is malformed"},
        RefusedRow{"another method", "PUT", "subject=alice", 405,
                   "the endpoint takes GET, POST and DELETE only"}),
    row_name<RefusedRow>);

TEST_F(SessionEndpoint, SaysWhichMethodsThereAre) {
  EXPECT_STREQ(answer(asked("PATCH", "subject=alice")).response.allow, "GET, POST, DELETE");
  Request token_request = request("");
  token_request.method = "GET";
  EXPECT_STREQ(send(std::move(token_request)).response.allow, "POST");
}

TEST_F(SessionEndpoint, ChangesNothingWithoutTheHeader) {
  const FamilyId family = found(1);
  Request requests[] = {asked("DELETE", "subject=alice"), posted("subject=alice")};
  for (Request& made : requests) {
    made.requested_with = "";
    const Result result = answer(std::move(made));
    EXPECT_EQ(result.response.status, 403);
    EXPECT_STREQ(result.report.reason, "the X-Requested-With header is missing");
  }
  EXPECT_FALSE(store_.find(family)->revoked);
  Request reading = asked("GET", "subject=alice");
  reading.requested_with = "";
  EXPECT_EQ(answer(std::move(reading)).response.status, 200);
}

TEST_F(SessionEndpoint, APostKeepsItsParametersOutOfTheUri) {
  Request made = posted("subject=alice");
  made.query = "family=x";
  EXPECT_EQ(answer(std::move(made)).response.status, 400);
  made = posted("subject=alice");
  made.content_type = "application/json";
  EXPECT_EQ(answer(std::move(made)).response.status, 400);
  made = posted("subject=alice");
  made.body_too_large = true;
  EXPECT_EQ(answer(std::move(made)).response.status, 413);
}

// --- What the grants do with the index.

using IndexedGrants = SessionEndpoint;

constexpr const char* login = "grant_type=password&username=alice&password=wonderland";

TEST_F(IndexedGrants, ALoginEndsTheOldestFamilyBeyondTheLimit) {
  app().settings.max_families = 2;
  std::vector<std::string> tokens;
  for (int i = 0; i < 3; ++i) {
    tokens.push_back(send(login).refresh_token());
  }
  EXPECT_EQ(refresh(tokens[0]).error(), "invalid_grant");
  EXPECT_EQ(refresh(tokens[1]).response.status, 200);
  EXPECT_EQ(refresh(tokens[2]).response.status, 200);
}

// From the code's creation to its exchange, its family is no session.
TEST_F(IndexedGrants, ACodeCountsWhenItIsExchanged) {
  app().settings.max_families = 1;
  app().grant_types |= authorization_code_grant_type;
  const std::string other = send(login).refresh_token();
  found_family(0, "read write", 60);
  const std::string verifier(43, 'v');
  const std::string challenge = code_challenge(verifier);
  const std::string body =
      "grant_type=authorization_code&code_verifier=" + verifier + "&code=" +
      mint_authorization_code(*keys_, family_, record().granted_at, {"app", "", challenge});
  EXPECT_EQ(list("subject=alice").response.body.find(family_hash(family_)), std::string::npos);

  const Result result = send(body);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(store_.redemptions, 1);
  EXPECT_EQ(record().generation, 1U);
  EXPECT_NE(list("subject=alice").response.body.find(family_hash(family_)), std::string::npos);
  EXPECT_EQ(refresh(other).error(), "invalid_grant");
  EXPECT_EQ(refresh(result.refresh_token()).response.status, 200);
}

TEST_F(IndexedGrants, TheIndexIsRefreshedOnceInHalfAValidity) {
  app().settings.refresh_token_validity = 600;
  std::string next = send(login).refresh_token();
  const auto refresh_after = [&](uint64_t seconds) {
    clock_.now_ms += seconds * 1000;
    const Result result = refresh(next);
    EXPECT_EQ(result.response.status, 200);
    next = result.refresh_token();
    return store_.index_refreshes;
  };
  EXPECT_EQ(refresh_after(1), 0);
  EXPECT_EQ(refresh_after(298), 0);
  EXPECT_EQ(refresh_after(1), 1);
  EXPECT_EQ(refresh_after(1), 1);
  EXPECT_EQ(refresh_after(298), 1);
  EXPECT_EQ(refresh_after(1), 2);
}

TEST_F(IndexedGrants, ALongerLifeIsNotedAtOnce) {
  app().settings.refresh_token_validity = 600;
  const std::string first = send(login).refresh_token();
  app().settings.refresh_token_validity = 6000;
  const std::string second = refresh(first).refresh_token();
  EXPECT_EQ(store_.index_refreshes, 1);
  refresh(second);
  EXPECT_EQ(store_.index_refreshes, 1);
}

TEST_F(IndexedGrants, AFamilyThatIsOlderThanTheIndexIsTakenIn) {
  for (const bool renewal : {true, false}) {
    app().settings.renewal = renewal;
    store_.keeps_index = false;
    const std::string first = send(login).refresh_token();
    store_.keeps_index = true;
    const int before = store_.index_refreshes;
    refresh(first);
    EXPECT_EQ(store_.index_refreshes, before + 1);
  }
  EXPECT_NE(list("subject=alice").response.body.find("},{"), std::string::npos);
}

TEST_F(IndexedGrants, ALostRefreshOfTheIndexIsMadeUpFor) {
  store_.keeps_index = false;
  const std::string first = send(login).refresh_token();
  store_.keeps_index = true;
  store_.fates = {Fate::done, Fate::refused};
  const Result result = refresh(first);
  EXPECT_EQ(result.response.status, 200);
  refresh(result.refresh_token());
  EXPECT_EQ(store_.index_refreshes, 1);
}

TEST_F(IndexedGrants, WithoutAnIndexNothingMoreIsAsked) {
  store_.keeps_index = false;
  app().settings.max_families = 1;
  const Result result = send(login);
  refresh(result.refresh_token());
  EXPECT_EQ(store_.executed(), 2);
}

}  // namespace
}  // namespace oauth2
