// What becomes of a ReplyReader when hiredis fails. Links with -Wl,--wrap for the functions below.

#include <hiredis/hiredis.h>

#include <new>

#include "redis/reply.h"

// cmocka last: its macros break other headers.
#include "cmocka_group.h"

using oauth2::redis::Reply;
using oauth2::redis::ReplyReader;

namespace {

bool g_create_fails = false;
bool g_replace_feed = false;
bool g_replace_get_reply = false;

}  // namespace

extern "C" {

redisReader* __real_redisReaderCreate();
int __real_redisReaderFeed(redisReader* reader, const char* bytes, size_t size);
int __real_redisReaderGetReply(redisReader* reader, void** reply);

redisReader* __wrap_redisReaderCreate() {
  return g_create_fails ? nullptr : __real_redisReaderCreate();
}

int __wrap_redisReaderFeed(redisReader* reader, const char* bytes, size_t size) {
  if (!g_replace_feed) {
    return __real_redisReaderFeed(reader, bytes, size);
  }
  check_expected(size);
  return mock_type(int);
}

int __wrap_redisReaderGetReply(redisReader* reader, void** reply) {
  if (!g_replace_get_reply) {
    return __real_redisReaderGetReply(reader, reply);
  }
  *reply = nullptr;
  return mock_type(int);
}

}  // extern "C"

namespace {

/// What a test works with, behind its state: an assert of cmocka runs no destructors.
struct Fixture {
  ReplyReader reader;
  Reply reply;
};

int set_up(void** state) {
  *state = new Fixture;
  return 0;
}

int tear_down(void** state) {
  g_create_fails = false;
  g_replace_feed = false;
  g_replace_get_reply = false;
  delete static_cast<Fixture*>(*state);
  return 0;
}

Fixture& fixture(void** state) {
  return *static_cast<Fixture*>(*state);
}

bool construction_throws() {
  try {
    const ReplyReader reader;
    return false;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

void WithoutMemoryThereIsNoReader(void** /*state*/) {
  g_create_fails = true;
  assert_true(construction_throws());
}

void WithoutMemoryNothingIsFed(void** state) {
  g_replace_feed = true;
  expect_value(__wrap_redisReaderFeed, size, 7);
  will_return(__wrap_redisReaderFeed, REDIS_ERR);
  assert_false(fixture(state).reader.feed("+PONG\r\n"));
}

void WhatHiredisTakesIsFed(void** state) {
  g_replace_feed = true;
  expect_value(__wrap_redisReaderFeed, size, 7);
  will_return(__wrap_redisReaderFeed, REDIS_OK);
  assert_true(fixture(state).reader.feed("+PONG\r\n"));
}

void AnErrorOfHiredisBreaksTheConnection(void** state) {
  g_replace_get_reply = true;
  will_return(__wrap_redisReaderGetReply, REDIS_ERR);
  assert_true(fixture(state).reader.next(fixture(state).reply) == ReplyReader::Result::broken);
}

void AnErrorBehindAReplyBreaksTheConnection(void** state) {
  assert_true(fixture(state).reader.feed("+PONG\r\n+PONG\r\n"));
  assert_true(fixture(state).reader.next(fixture(state).reply) == ReplyReader::Result::reply);
  g_replace_get_reply = true;
  will_return(__wrap_redisReaderGetReply, REDIS_ERR);
  assert_true(fixture(state).reader.next(fixture(state).reply) == ReplyReader::Result::broken);
}

void NoReplyYetIsNoError(void** state) {
  g_replace_get_reply = true;
  will_return(__wrap_redisReaderGetReply, REDIS_OK);
  assert_true(fixture(state).reader.next(fixture(state).reply) == ReplyReader::Result::need_more);
}

const CMUnitTest failure_tests[] = {
    cmocka_unit_test_setup_teardown(WithoutMemoryThereIsNoReader, set_up, tear_down),
    cmocka_unit_test_setup_teardown(WithoutMemoryNothingIsFed, set_up, tear_down),
    cmocka_unit_test_setup_teardown(WhatHiredisTakesIsFed, set_up, tear_down),
    cmocka_unit_test_setup_teardown(AnErrorOfHiredisBreaksTheConnection, set_up, tear_down),
    cmocka_unit_test_setup_teardown(AnErrorBehindAReplyBreaksTheConnection, set_up, tear_down),
    cmocka_unit_test_setup_teardown(NoReplyYetIsNoError, set_up, tear_down),
};
OAUTH2_CMOCKA_GROUP(ReplyReaderWhenHiredisFails, failure_tests, nullptr, nullptr);

}  // namespace
