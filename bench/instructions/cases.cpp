#include "cases.h"

#include <stdexcept>
#include <string>

namespace oauth2::bench {
namespace {

void expect(bool holds, const char* what) {
  if (!holds) {
    throw std::runtime_error(std::string("this does not hold: ").append(what));
  }
}

void expect_answer(const Answer& answer, int status, Outcome outcome) {
  if (answer.status != status || answer.outcome != outcome) {
    throw std::runtime_error(std::to_string(answer.status) + " " + outcome_name(answer.outcome) +
                             " instead of " + std::to_string(status) + " " + outcome_name(outcome) +
                             ": " + answer.body);
  }
}

Answer log_in(Server& server) {
  Answer answer = server.log_in();
  expect_answer(answer, 200, Outcome::issued);
  return answer;
}

// Each presents the successor that the one before it got.
void rotate(Server& server, unsigned count) {
  std::string token = log_in(server).member("refresh_token");
  const size_t calls = server.store_calls();
  for (unsigned i = 0; i < count; ++i) {
    const Answer answer = server.refresh(token);
    expect_answer(answer, 200, Outcome::rotated);
    expect(!answer.member("access_token").empty(), "there is an access token");
    const std::string successor = answer.member("refresh_token");
    expect(successor.size() == token.size() && successor != token, "the successor is a new token");
    token = successor;
  }
  expect(server.store_calls() == calls + count, "each rotation is one call of the store");
}

// The client did not get the answer, so it presents its token again and again.
void retry(Server& server, unsigned count) {
  const std::string token = log_in(server).member("refresh_token");
  const std::string successor = server.refresh(token).member("refresh_token");
  const size_t calls = server.store_calls();
  for (unsigned i = 0; i < count; ++i) {
    const Answer answer = server.refresh(token);
    expect_answer(answer, 200, Outcome::retried);
    expect(answer.member("refresh_token") == successor, "a retry gets the same successor");
  }
  expect(server.store_calls() == calls + count, "each retry is one call of the store");
}

// All but the MAC is right.
void forged(Server& server, unsigned count) {
  std::string token = log_in(server).member("refresh_token");
  token.back() = token.back() == 'A' ? 'B' : 'A';
  const size_t calls = server.store_calls();
  for (unsigned i = 0; i < count; ++i) {
    const Answer answer = server.refresh(token);
    expect_answer(answer, 400, Outcome::rejected);
    expect(answer.member("error") == "invalid_grant", "a forged token is no grant");
  }
  expect(server.store_calls() == calls, "a forged token costs no call of the store");
}

// As oauth2_require does it without asking the store.
void require(Server& server, unsigned count) {
  const std::string authorization = "Bearer " + log_in(server).member("access_token");
  for (unsigned i = 0; i < count; ++i) {
    expect(server.require(authorization).access == Access::granted, "the token is accepted");
  }
  const std::string altered = authorization.substr(0, authorization.size() - 1);
  expect(server.require(altered).access == Access::invalid_token, "another one is not");
}

void introspect(Server& server, unsigned count) {
  const std::string token = log_in(server).member("access_token");
  const size_t calls = server.store_calls();
  for (unsigned i = 0; i < count; ++i) {
    const Answer answer = server.introspect(token);
    expect_answer(answer, 200, Outcome::introspected);
    expect(answer.body.find("\"active\":true") != std::string::npos, "the token is active");
  }
  expect(server.store_calls() == calls + count, "each answer is one call of the store");
}

}  // namespace

const Case cases[case_count] = {
    {"rotate", rotate},   {"retry", retry},           {"forged", forged},
    {"require", require}, {"introspect", introspect},
};

}  // namespace oauth2::bench
