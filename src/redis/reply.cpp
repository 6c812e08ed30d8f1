#include "redis/reply.h"

#include <hiredis/hiredis.h>

#include <new>

namespace oauth2::redis {
namespace {

struct ErrorCode {
  std::string_view code;
  ReplyError meaning;
};

constexpr ErrorCode error_codes[] = {
    {"NOSCRIPT", ReplyError::no_script},
    {"READONLY", ReplyError::wrong_node},
    {"LOADING", ReplyError::wrong_node},
    {"MASTERDOWN", ReplyError::wrong_node},
    {"UNBLOCKED", ReplyError::wrong_node},
    {"BUSY", ReplyError::refused},
    {"OOM", ReplyError::refused},
    {"NOREPLICAS", ReplyError::refused},
    {"MISCONF", ReplyError::refused},
    {"CLUSTERDOWN", ReplyError::refused},
    {"TRYAGAIN", ReplyError::try_again},
    {"MOVED", ReplyError::moved},
    {"ASK", ReplyError::ask},
    {"NOAUTH", ReplyError::denied},
    {"WRONGPASS", ReplyError::denied},
    {"NOPERM", ReplyError::denied},
};

bool is_single_value(char type) {
  return type == '+' || type == '-' || type == '$' || type == ':';
}

// hiredis would reserve memory on the server's word. The functions that make its objects are the
// same for all readers, and the count of elements has another type in each of its versions.
template <class Count>
void* (*usual_create_array)(const redisReadTask*, Count) = nullptr;

template <class Count>
void* create_array(const redisReadTask* task, Count count) {
  const auto limit = *static_cast<const size_t*>(task->privdata);
  return static_cast<size_t>(count) <= limit ? usual_create_array<Count>(task, count) : nullptr;
}

template <class Count>
void replace(void* (*&create)(const redisReadTask*, Count)) {
  usual_create_array<Count> = create;
  create = create_array<Count>;
}

redisReplyObjectFunctions* limited_functions(const redisReader& reader) {
  static redisReplyObjectFunctions functions = [&reader] {
    redisReplyObjectFunctions limited = *reader.fn;
    replace(limited.createArray);
    return limited;
  }();
  return &functions;
}

void copy_reply(const redisReply& from, Reply& to) {
  to = Reply();
  if (from.type == REDIS_REPLY_INTEGER) {
    to.number = from.integer;
  } else if (from.type == REDIS_REPLY_ARRAY) {
    to.elements.resize(from.elements);
    for (size_t i = 0; i < from.elements; ++i) {
      copy_reply(*from.element[i], to.elements[i]);
    }
  } else if (from.type != REDIS_REPLY_NIL) {
    to.text.assign(from.str, static_cast<size_t>(from.len));
  }
  if (from.type == REDIS_REPLY_ERROR) {
    to.error = classify_error(to.text);
  }
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

ReplyReader::ReplyReader(size_t max_size, size_t max_elements)
    : max_size_(max_size), max_elements_(max_elements), reader_(redisReaderCreate()) {
  if (reader_ == nullptr) {
    throw std::bad_alloc();
  }
  reader_->fn = limited_functions(*reader_);
  reader_->privdata = &max_elements_;
}

ReplyReader::~ReplyReader() = default;

bool ReplyReader::feed(std::string_view bytes) {
  return reader_->len - reader_->pos <= max_size_ &&
         redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK;
}

ReplyReader::Result ReplyReader::next(Reply& reply) {
  const bool has_bytes = reader_->pos < reader_->len;
  if (!inside_reply_ && has_bytes && max_elements_ == 0 &&
      !is_single_value(reader_->buf[reader_->pos])) {
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
  copy_reply(*owned, reply);
  return Result::reply;
}

}  // namespace oauth2::redis
