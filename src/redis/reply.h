#ifndef OAUTH2_SRC_REDIS_REPLY_H
#define OAUTH2_SRC_REDIS_REPLY_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace oauth2::redis {

/// What an error reply means for the one who asked.
enum class ReplyError {
  none,
  no_script,   ///< NOSCRIPT: not executed; load it and ask again
  wrong_node,  ///< READONLY, LOADING, MASTERDOWN: not executed; UNBLOCKED: it became a replica
               ///< while it waited; connect anew, later
  moved,       ///< MOVED: not executed; another node has the slot
  ask,         ///< ASK: not executed; another node may have the key
  try_again,   ///< TRYAGAIN: not executed, as the slot is on its way to another node
  refused,     ///< BUSY, OOM, NOREPLICAS, MISCONF ...: no write done; the connection is fine
  denied,      ///< NOAUTH, WRONGPASS, NOPERM: the configuration does not fit
  other,       ///< anything else: a bug
};

/// The class of an error reply, by its first word or, where a script failed on Redis before 7, by
/// the code inside ("ERR Error running script ...: -READONLY ...").
ReplyError classify_error(std::string_view error);

/// One reply of Redis.
struct Reply {
  ReplyError error = ReplyError::none;
  std::string text;               ///< of a string or status; of an error, the text without "-"
  std::optional<int64_t> number;  ///< of an integer
  std::vector<Reply> elements;    ///< of an array

  /// The first word of an error, which is safe to log.
  std::string_view code() const { return std::string_view(text).substr(0, text.find(' ')); }
};

/// Where a reply is put together.
struct ReplyTarget {
  size_t max_elements;  ///< of each array
  Reply reply;
};

/// Turns the bytes of one connection into replies, with hiredis.
class ReplyReader {
 public:
  static constexpr size_t usual_max_size = 65536;

  /// A reply may have about `max_size` bytes, and each of its arrays up to `max_elements`; 0: no
  /// array is accepted.
  explicit ReplyReader(size_t max_size = usual_max_size, size_t max_elements = 0);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  enum class Result { reply, need_more, broken };

  /// Takes the next bytes of the connection. False without memory, or if a reply grows too long.
  bool feed(std::string_view bytes);

  /// The next complete reply; the memory of the one that `reply` was is used again. After `broken`
  /// the connection is of no use any more.
  Result next(Reply& reply);

 private:
  struct ReaderDeleter {
    void operator()(redisReader* reader) const;
  };
  bool is_expected(char type) const;

  const size_t max_size_;
  ReplyTarget target_;
  std::unique_ptr<redisReader, ReaderDeleter> reader_;
  bool inside_reply_ = false;  // its first byte was read
};

}  // namespace oauth2::redis

#endif
