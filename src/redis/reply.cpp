#include "redis/reply.h"

#include <hiredis/hiredis.h>

#include <new>
#include <utility>

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

// hiredis builds a Reply itself: it asks these for each part, as the names say. To a null answer it
// gives up, as it does without memory.
Reply& place_of(const redisReadTask* task) {
  if (task->parent != nullptr) {
    return static_cast<Reply*>(task->parent->obj)->elements[static_cast<size_t>(task->idx)];
  }
  Reply& root = static_cast<ReplyTarget*>(task->privdata)->reply;
  root.error = ReplyError::none;
  root.text.clear();
  root.number.reset();
  root.elements.clear();
  return root;
}

void* create_string(const redisReadTask* task, char* text, size_t size) {
  try {
    Reply& reply = place_of(task);
    reply.text.assign(text, size);
    reply.error = task->type == REDIS_REPLY_ERROR ? classify_error(reply.text) : ReplyError::none;
    return &reply;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// The count of elements has another type in each version of hiredis, and would be reserved on the
// server's word.
template <class Count>
void* create_array(const redisReadTask* task, Count count) {
  const size_t limit = static_cast<ReplyTarget*>(task->privdata)->max_elements;
  if (static_cast<size_t>(count) > limit) {
    return nullptr;
  }
  try {
    Reply& reply = place_of(task);
    reply.elements.resize(static_cast<size_t>(count));
    return &reply;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

template <class Count>
void take_array_function(void* (*&function)(const redisReadTask*, Count)) {
  function = create_array<Count>;
}

void* create_integer(const redisReadTask* task, long long value) {
  Reply& reply = place_of(task);
  reply.number = value;
  return &reply;
}

void* create_nil(const redisReadTask* task) {
  return &place_of(task);
}

void free_object(void*) {}

redisReplyObjectFunctions* reply_functions() {
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions made{};
    made.createString = create_string;
    take_array_function(made.createArray);
    made.createInteger = create_integer;
    made.createNil = create_nil;
    made.freeObject = free_object;
    return made;
  }();
  return &functions;
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
    : max_size_(max_size), target_{max_elements, {}}, reader_(redisReaderCreate()) {
  if (reader_ == nullptr) {
    throw std::bad_alloc();
  }
  reader_->fn = reply_functions();
  reader_->privdata = &target_;
}

ReplyReader::~ReplyReader() = default;

bool ReplyReader::is_expected(char type) const {
  return is_single_value(type) || (type == '*' && target_.max_elements != 0);
}

bool ReplyReader::feed(std::string_view bytes) {
  return reader_->len - reader_->pos <= max_size_ &&
         redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK;
}

ReplyReader::Result ReplyReader::next(Reply& reply) {
  const bool has_bytes = reader_->pos < reader_->len;
  if (!inside_reply_ && has_bytes && !is_expected(reader_->buf[reader_->pos])) {
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
  std::swap(reply, target_.reply);
  return Result::reply;
}

}  // namespace oauth2::redis
