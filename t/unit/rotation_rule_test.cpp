#include "rotation_rule.h"

#include <gtest/gtest.h>

#include "table.h"

namespace oauth2 {
namespace {

using Status = StoreAnswer::Status;

/// One row of the table of design section 5. Times are in milliseconds.
struct RuleRow {
  const char* name;
  uint32_t presented = 0;
  uint32_t recorded = 0;
  uint64_t age = 0;
  Standing standing = Standing::uncertain;

  uint32_t window_s = 30;
  bool until_used = false;
  uint64_t allowance = 0;
  uint64_t since_received = 0;
  int64_t first_sent_ago = -1;
  bool revoked = false;
  Status status = Status::found;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(RuleRow)

class RotationRule : public testing::TestWithParam<RuleRow> {};

TEST_P(RotationRule, Holds) {
  const RuleRow& row = GetParam();
  Presentation presentation;
  presentation.generation = row.presented;
  presentation.retry = RetryWindow{row.window_s, row.until_used};
  presentation.allowance_ms = row.allowance;
  presentation.since_received_ms = row.since_received;
  StoreAnswer answer;
  answer.status = row.status;
  answer.record.generation = row.recorded;
  answer.record.revoked = row.revoked;
  answer.rotation_age_ms = row.age;
  if (row.first_sent_ago >= 0) {
    answer.first_sent_ms_ago = static_cast<uint64_t>(row.first_sent_ago);
  }
  EXPECT_EQ(judge(presentation, answer), row.standing);
}

RuleRow with_status(RuleRow row, Status status) {
  row.status = status;
  return row;
}

RuleRow revoked(RuleRow row) {
  row.revoked = true;
  return row;
}

RuleRow with_window(RuleRow row, uint32_t seconds, bool until_used = false) {
  row.window_s = seconds;
  row.until_used = until_used;
  return row;
}

RuleRow with_allowance(RuleRow row, uint64_t ms) {
  row.allowance = ms;
  return row;
}

RuleRow received_ago(RuleRow row, uint64_t ms) {
  row.since_received = ms;
  return row;
}

RuleRow repeated_after(RuleRow row, int64_t ms) {
  row.first_sent_ago = ms;
  return row;
}

INSTANTIATE_TEST_SUITE_P(
    Uncertainty, RotationRule,
    testing::Values(
        with_status({"an unavailable store", 1, 1, 0, Standing::uncertain}, Status::unavailable),
        with_status({"an unknown layout", 1, 1, 0, Standing::uncertain}, Status::unknown_layout),
        with_status({"no record", 1, 0, 0, Standing::missing}, Status::missing)),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    Tombstone, RotationRule,
    testing::Values(
        revoked({"before the newest", 5, 5, 0, Standing::revoked}),
        revoked({"before a retry", 4, 5, 0, Standing::revoked}),
        revoked({"before a healing", 6, 5, 0, Standing::revoked}),
        revoked({"before an alarm", 500, 5, 0, Standing::revoked}),
        revoked({"before a replay", 1, 5, 99999, Standing::revoked}),
        with_window(revoked({"before until used", 4, 5, 0, Standing::revoked}), 30, true),
        repeated_after(revoked({"before an own repeat", 4, 5, 0, Standing::revoked}), 0)),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    NewestAndAhead, RotationRule,
    testing::Values(RuleRow{"the newest", 5, 5, 0, Standing::current},
                    RuleRow{"the newest at any age", 5, 5, 99999999, Standing::current},
                    with_status({"the newest that was just rotated", 5, 5, 0, Standing::current},
                                Status::written),
                    RuleRow{"one ahead", 6, 5, 0, Standing::ahead},
                    RuleRow{"sixty-four ahead", 69, 5, 0, Standing::ahead},
                    with_status({"ahead and just written", 69, 5, 0, Standing::ahead},
                                Status::written),
                    RuleRow{"sixty-five ahead", 70, 5, 0, Standing::too_far_ahead},
                    RuleRow{"far ahead", UINT32_MAX, 1, 0, Standing::too_far_ahead},
                    RuleRow{"ahead at the end of all generations", UINT32_MAX, UINT32_MAX - 64, 0,
                            Standing::ahead}),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    Window, RotationRule,
    testing::Values(RuleRow{"at once", 4, 5, 0, Standing::retry},
                    RuleRow{"at the end of the window", 4, 5, 30000, Standing::retry},
                    RuleRow{"just after the window", 4, 5, 30001, Standing::late_retry},
                    RuleRow{"at the end of the margin", 4, 5, 35000, Standing::late_retry},
                    RuleRow{"just after the margin", 4, 5, 35001, Standing::replay},
                    RuleRow{"the one before inside the window", 3, 5, 1000, Standing::replay},
                    RuleRow{"the first of a long line", 1, 1000, 40000, Standing::replay},
                    RuleRow{"the predecessor at the end of all generations", UINT32_MAX - 1,
                            UINT32_MAX, 0, Standing::retry}),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    NoWindow, RotationRule,
    testing::Values(
        with_window({"at once", 4, 5, 0, Standing::late_retry}, 0),
        with_window({"at the end of the margin", 4, 5, 5000, Standing::late_retry}, 0),
        with_window({"just after the margin", 4, 5, 5001, Standing::replay}, 0),
        with_allowance(with_window({"during an outage", 4, 5, 1000, Standing::late_retry}, 0),
                       60000)),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    UntilUsed, RotationRule,
    testing::Values(
        with_window({"the predecessor at any age", 4, 5, 99999999, Standing::retry}, 30, true),
        with_window({"the predecessor without seconds", 4, 5, 99999999, Standing::retry}, 0, true),
        with_window({"the one before it", 3, 5, 40000, Standing::replay}, 30, true)),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    Allowance, RotationRule,
    testing::Values(
        with_allowance({"at the end of the longer window", 4, 5, 90000, Standing::retry}, 60000),
        with_allowance({"just after the longer window", 4, 5, 90001, Standing::late_retry}, 60000),
        with_allowance({"at the end of the margin", 4, 5, 95000, Standing::late_retry}, 60000),
        with_allowance({"just after the margin", 4, 5, 95001, Standing::replay}, 60000),
        with_allowance({"no help for the one before", 3, 5, 40000, Standing::replay}, 60000)),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    OwnRepeat, RotationRule,
    testing::Values(
        repeated_after(with_window({"where there is no window", 4, 5, 0, Standing::retry}, 0), 0),
        repeated_after(with_window({"after a second", 4, 5, 1000, Standing::retry}, 0), 1000),
        repeated_after({"after more than the window", 4, 5, 40000, Standing::retry}, 40000),
        repeated_after(
            with_window({"of a token that was rotated before", 4, 5, 6000, Standing::replay}, 0),
            900),
        repeated_after({"inside the window all the same", 4, 5, 20000, Standing::retry}, 10),
        repeated_after({"of the newest", 5, 5, 0, Standing::current}, 10)),
    row_name<RuleRow>);

INSTANTIATE_TEST_SUITE_P(
    InFlight, RotationRule,
    testing::Values(
        received_ago({"rotated after it was received", 3, 5, 500, Standing::overtaken}, 1000),
        received_ago({"rotated as it was received", 3, 5, 1000, Standing::overtaken}, 1000),
        received_ago({"rotated before it was received", 3, 5, 1100, Standing::replay}, 1000),
        received_ago({"the first of a long line", 1, 1000, 500, Standing::overtaken}, 1000),
        received_ago({"the predecessor is a retry first", 4, 5, 500, Standing::retry}, 1000),
        received_ago({"the predecessor long after its window", 4, 5, 40000, Standing::overtaken},
                     50000),
        received_ago(with_window({"the one before where there is no window", 3, 5, 500,
                                  Standing::overtaken},
                                 0),
                     1000)),
    row_name<RuleRow>);

// Durations are whole milliseconds of two clocks, so that a little is on the client's side, and
// not more.
TEST(RotationRuleSlack, IsTiny) {
  Presentation presentation;
  presentation.generation = 1;
  presentation.since_received_ms = 1000;
  StoreAnswer answer;
  answer.status = Status::found;
  answer.record.generation = 9;
  answer.rotation_age_ms = 1000;
  while (judge(presentation, answer) == Standing::overtaken) {
    ++answer.rotation_age_ms;
  }
  EXPECT_LE(answer.rotation_age_ms, 1100U);
}

/// A code, presented to a family of this generation. Times are in milliseconds.
struct CodeRow {
  const char* name;
  uint32_t recorded = 0;
  uint64_t age = 0;  ///< of the last rotation
  uint64_t since_granted = 0;
  CodeStanding standing = CodeStanding::uncertain;

  uint64_t since_received = 0;
  int64_t first_sent_ago = -1;
  bool revoked = false;
  Status status = Status::found;
};
OAUTH2_ROW_IS_SHOWN_BY_NAME(CodeRow)

class CodeRule : public testing::TestWithParam<CodeRow> {};

TEST_P(CodeRule, Holds) {
  const CodeRow& row = GetParam();
  StoreAnswer answer;
  answer.status = row.status;
  answer.record.generation = row.recorded;
  answer.record.revoked = row.revoked;
  answer.rotation_age_ms = row.age;
  if (row.first_sent_ago >= 0) {
    answer.first_sent_ms_ago = static_cast<uint64_t>(row.first_sent_ago);
  }
  EXPECT_EQ(judge_code(row.since_granted, row.since_received, answer), row.standing);
}

CodeRow code_with_status(CodeRow row, Status status) {
  row.status = status;
  return row;
}

CodeRow code_revoked(CodeRow row) {
  row.revoked = true;
  return row;
}

CodeRow code_repeated_after(CodeRow row, int64_t ms) {
  row.first_sent_ago = ms;
  return row;
}

CodeRow code_received_ago(CodeRow row, uint64_t ms) {
  row.since_received = ms;
  return row;
}

INSTANTIATE_TEST_SUITE_P(
    Uncertainty, CodeRule,
    testing::Values(
        code_with_status({"an unavailable store", 0, 0, 0, CodeStanding::uncertain},
                         Status::unavailable),
        code_with_status({"an unknown layout", 0, 0, 0, CodeStanding::uncertain},
                         Status::unknown_layout),
        code_with_status({"no record", 0, 0, 0, CodeStanding::missing}, Status::missing),
        code_revoked({"a tombstone", 0, 0, 0, CodeStanding::revoked}),
        code_revoked({"a tombstone after the exchange", 1, 9000, 9000, CodeStanding::revoked}),
        code_repeated_after(code_revoked({"a tombstone before an own repeat", 1, 0, 0,
                                          CodeStanding::revoked}),
                            1000)),
    row_name<CodeRow>);

INSTANTIATE_TEST_SUITE_P(
    Unused, CodeRule,
    testing::Values(CodeRow{"at once", 0, 0, 0, CodeStanding::current},
                    CodeRow{"at any age", 0, 59000, 59000, CodeStanding::current},
                    code_with_status({"as it is exchanged", 0, 0, 1000, CodeStanding::current},
                                     Status::written)),
    row_name<CodeRow>);

INSTANTIATE_TEST_SUITE_P(
    Used, CodeRule,
    testing::Values(CodeRow{"at once", 1, 0, 40000, CodeStanding::used_just_now},
                    CodeRow{"five seconds later", 1, 5000, 40000, CodeStanding::used_just_now},
                    CodeRow{"more than five seconds later", 1, 5001, 40000, CodeStanding::replay},
                    CodeRow{"long after", 1, 80000000, 80000000, CodeStanding::replay},
                    CodeRow{"in the first seconds of a grant that was refreshed", 3, 100, 5000,
                            CodeStanding::used_just_now},
                    CodeRow{"after many refreshes", 1000, 6000, 90000000, CodeStanding::replay},
                    CodeRow{"long after the exchange and just after a refresh", 9, 100, 90000000,
                            CodeStanding::replay},
                    code_received_ago({"in flight together with a refresh", 2, 500, 40000,
                                       CodeStanding::used_just_now},
                                      1000)),
    row_name<CodeRow>);

// "The client MUST NOT use the authorization code more than once": no window, however the
// refresh tokens' one is set; only the command that a worker repeated by itself is no second use.
INSTANTIATE_TEST_SUITE_P(
    OwnRepeat, CodeRule,
    testing::Values(
        code_repeated_after(
            {"found what the first one did", 1, 900, 40000, CodeStanding::own_exchange}, 1000),
        code_repeated_after(
            {"found an exchange before it", 1, 2000, 40000, CodeStanding::used_just_now}, 1000),
        code_repeated_after(
            {"found an exchange long before it", 1, 9000, 40000, CodeStanding::replay}, 1000),
        code_repeated_after({"found a refresh", 2, 500, 40000, CodeStanding::replay}, 1000),
        code_repeated_after({"found nothing done", 0, 0, 40000, CodeStanding::current}, 1000)),
    row_name<CodeRow>);

TEST(AccessTokenStanding, IsByTheRecordOfItsFamily) {
  StoreAnswer answer;
  for (const bool has_user : {true, false}) {
    answer.status = StoreAnswer::Status::unavailable;
    EXPECT_EQ(judge_access_token(has_user, answer), AccessStanding::uncertain);
    answer.status = StoreAnswer::Status::unknown_layout;
    EXPECT_EQ(judge_access_token(has_user, answer), AccessStanding::uncertain);
    answer.status = StoreAnswer::Status::found;
    answer.record.revoked = false;
    EXPECT_EQ(judge_access_token(has_user, answer), AccessStanding::active);
    answer.record.revoked = true;
    EXPECT_EQ(judge_access_token(has_user, answer), AccessStanding::revoked);
  }
  answer = StoreAnswer();
  answer.status = StoreAnswer::Status::missing;
  EXPECT_EQ(judge_access_token(true, answer), AccessStanding::missing);
  EXPECT_EQ(judge_access_token(false, answer), AccessStanding::active);
}

}  // namespace
}  // namespace oauth2
