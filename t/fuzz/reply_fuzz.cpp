// The bytes of Redis. The first byte says how they are cut.

#include <algorithm>
#include <vector>

#include "fuzz.h"
#include "redis/reply.h"

namespace oauth2::fuzz {
namespace {

using redis::Reply;
using redis::ReplyError;
using redis::ReplyReader;

/// What a connection makes of the bytes, until they are broken.
struct Reading {
  std::vector<Reply> replies;
  bool broken = false;
};

void check_reply(const Reply& reply, std::string_view bytes) {
  OAUTH2_HOLDS(reply.text.empty() || bytes.find(reply.text) != std::string_view::npos);
  OAUTH2_HOLDS(reply.code().find(' ') == std::string_view::npos);
  OAUTH2_HOLDS(reply.error == ReplyError::none || reply.error == redis::classify_error(reply.text));
}

Reading read(std::string_view bytes, size_t step) {
  Reading reading;
  ReplyReader reader;
  for (size_t at = 0; at < bytes.size() && !reading.broken; at += step) {
    reading.broken = !reader.feed(bytes.substr(at, step));
    while (!reading.broken) {
      Reply reply;
      const ReplyReader::Result result = reader.next(reply);
      if (result == ReplyReader::Result::need_more) {
        break;
      }
      reading.broken = result == ReplyReader::Result::broken;
      if (!reading.broken) {
        check_reply(reply, bytes);
        reading.replies.push_back(std::move(reply));
      }
    }
  }
  return reading;
}

}  // namespace

// However the network cuts them, the same bytes are the same replies.
void run(Input& input) {
  const size_t step = input.byte() % 16 + 1;
  const std::string bytes(input.rest().substr(0, 60000));  // less than a reply may have
  const Reading whole = read(bytes, std::max<size_t>(bytes.size(), 1));
  const Reading cut = read(bytes, step);
  OAUTH2_HOLDS(whole.replies.size() == cut.replies.size());
  OAUTH2_HOLDS(whole.broken == cut.broken);
  for (size_t i = 0; i < whole.replies.size(); ++i) {
    OAUTH2_HOLDS(whole.replies[i].text == cut.replies[i].text);
    OAUTH2_HOLDS(whole.replies[i].error == cut.replies[i].error);
  }
}

}  // namespace oauth2::fuzz
