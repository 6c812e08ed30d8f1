#include "redis/scripts.h"

#include <string_view>
#include <utility>

#include "crypto.h"

namespace oauth2::redis {

namespace {

constexpr std::string_view found_answer = R"lua(return ARGV[1] .. 'F')lua";
constexpr std::string_view rewriting =
    R"lua(if string.find(record, '^\1[LR]') then redis.call('SET', KEYS[1], record, 'KEEPTTL') end
)lua";

std::string with_rewriting(std::string text) {
  for (size_t at = text.find(found_answer); at != std::string::npos;
       at = text.find(found_answer, at + rewriting.size() + found_answer.size())) {
    text.insert(at, rewriting);
  }
  return text;
}

}  // namespace

Script::Script(std::string text) : source(std::move(text)), sha1(sha1_hex(source)) {}

FencedScript::FencedScript(std::string text)
    : plain_(text), fenced_(with_rewriting(std::move(text))) {}

const Script& create_script() {
  static const Script script(R"lua(
redis.call('SET', KEYS[2], ARGV[4], 'NX')
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[1] .. 'W' .. ARGV[2]
)lua");
  return script;
}

const Script& read_script() {
  static const Script script(R"lua(
local record = redis.call('GETEX', KEYS[1])
if not record then
  return ARGV[1] .. 'M' .. (redis.call('GET', KEYS[2]) or '')
end
return ARGV[1] .. 'F' .. redis.call('PTTL', KEYS[1]) .. ':' .. record
)lua");
  return script;
}

const Script& rotate_script(bool fenced) {
  static const FencedScript script(R"lua(
local record = redis.call('GETEX', KEYS[1])
if not record then
  return ARGV[1] .. 'M'
end
if string.sub(record, 1, 8) ~= ARGV[2] then
  local a, b, c, d = string.byte(record, 3, 6)
  local e, f, g, h = string.byte(ARGV[2], 3, 6)
  local ahead = d and ((e * 256 + f) * 256 + g) * 256 + h - (((a * 256 + b) * 256 + c) * 256 + d)
  local same_scope = string.sub(record, 7, 8) == string.sub(ARGV[2], 7, 8)
  if string.sub(record, 1, 2) ~= '\1L' or not same_scope or not ahead or ahead < 0 or ahead > 64 then
    return ARGV[1] .. 'F' .. redis.call('PTTL', KEYS[1]) .. ':' .. record
  end
end
redis.call('SET', KEYS[1], ARGV[3] .. string.sub(record, 18), 'EX', ARGV[4])
return ARGV[1] .. 'W' .. record
)lua");
  return script.get(fenced);
}

const Script& revoke_script(bool fenced) {
  static const FencedScript script(R"lua(
local record = redis.call('GETEX', KEYS[1])
if not record then
  return ARGV[1] .. 'M' .. (redis.call('GET', KEYS[2]) or '')
end
if string.sub(record, 1, 2) ~= '\1L' then
  return ARGV[1] .. 'F' .. redis.call('PTTL', KEYS[1]) .. ':' .. record
end
redis.call('SET', KEYS[1], '\1R' .. string.sub(record, 3), 'KEEPTTL')
return ARGV[1] .. 'W' .. record
)lua");
  return script.get(fenced);
}

}  // namespace oauth2::redis
