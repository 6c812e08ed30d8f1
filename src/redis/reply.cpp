#include "redis/reply.h"

#include <hiredis/hiredis.h>

#include <new>

namespace oauth2::redis {
namespace {

constexpr size_t max_reply_size = 65536;

struct ErrorCode {
  std::string_view code;
  ReplyError meaning;
};

constexpr ErrorCode error_codes[] = {
    {"NOSCRIPT", ReplyError::no_script},   {"READONLY", ReplyError::wrong_node},
    {"LOADING", ReplyError::wrong_node},   {"MASTERDOWN", ReplyError::wrong_node},
    {"UNBLOCKED", ReplyError::wrong_node}, {"BUSY", ReplyError::refused},
    {"OOM", ReplyError::refused},          {"NOREPLICAS", ReplyError::refused},
    {"MISCONF", ReplyError::refused},      {"CLUSTERDOWN", ReplyError::refused},
    {"TRYAGAIN", ReplyError::refused},     {"NOAUTH", ReplyError::denied},
    {"WRONGPASS", ReplyError::denied},     {"NOPERM", ReplyError::denied},
};

bool is_single_value(char type) {
  return type == '+' || type == '-' || type == '$' || type == ':';
}

}  // namespace

ReplyError classify_error(std::string_view error) {
  const std::string_view first = error.substr(0, error.find(' '));
  for (const ErrorCode& known : error_codes) {
    if (first == known.code) {
      return known.meaning;
    }
  }
  // What Redis 7.0 says of a command inside a script that the ACL does not allow.
  if (error.find("user executing the script can't") != std::string_view::npos) {
    return ReplyError::denied;
  }
  for (const ErrorCode& known : error_codes) {
    if (error.find(std::string(" -").append(known.code).append(" ")) != std::string_view::npos) {
      return known.meaning;
    }
  }
  return ReplyError::other;
}

void ReplyReader::ReaderDeleter::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (reader_ == nullptr) {
    throw std::bad_alloc();
  }
}

ReplyReader::~ReplyReader() = default;

bool ReplyReader::feed(std::string_view bytes) {
  return reader_->len - reader_->pos <= max_reply_size &&
         redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK;
}

ReplyReader::Result ReplyReader::next(Reply& reply) {
  const bool has_bytes = reader_->pos < reader_->len;
  if (!inside_reply_ && has_bytes && !is_single_value(reader_->buf[reader_->pos])) {
    return Result::broken;
  }
  inside_reply_ = inside_reply_ || has_bytes;
  void* parsed = nullptr;
  if (redisReaderGetReply(reader_.get(), &parsed) != REDIS_OK) {
    return Result::broken;
  }
  if (parsed == nullptr) {
    return Result::need_more;
  }
  inside_reply_ = false;
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> owned(
      static_cast<redisReply*>(parsed), &freeReplyObject);
  const bool has_text = owned->type != REDIS_REPLY_INTEGER && owned->type != REDIS_REPLY_NIL;
  reply.text.assign(has_text ? owned->str : "", has_text ? static_cast<size_t>(owned->len) : 0);
  reply.number.reset();
  if (owned->type == REDIS_REPLY_INTEGER) {
    reply.number = owned->integer;
  }
  reply.error = owned->type == REDIS_REPLY_ERROR ? classify_error(reply.text) : ReplyError::none;
  return Result::reply;
}

}  // namespace oauth2::redis
