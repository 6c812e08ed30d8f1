#include "redis/index_scripts.h"

#include <string>

namespace oauth2::redis {
namespace {

// Where the fields of a record begin.
constexpr const char* tail_function = R"lua(
local function tail_of(record)
  local at = 18
  at = at + 1 + string.byte(record, at)
  at = at + 1 + string.byte(record, at)
  local high, low = string.byte(record, at, at + 1)
  return low and at + 2 + high * 256 + low or #record + 1
end
)lua";

// The record with the field 1, whatever else is in its tail.
constexpr const char* mark_function = R"lua(
local function marked(record, time)
  local at = tail_of(record)
  local kept = string.sub(record, 1, at - 1)
  while at + 2 <= #record do
    local tag, high, low = string.byte(record, at, at + 2)
    local following = at + 3 + high * 256 + low
    if tag ~= 1 then
      kept = kept .. string.sub(record, at, following - 1)
    end
    at = following
  end
  return kept .. '\1\0\4' .. time
end
)lua";

constexpr const char* subject_function = R"lua(
local function is_of_subject(record, subject)
  local client = string.byte(record, 18)
  return client and string.sub(record, 19 + client, 18 + client + #subject) == subject
end
)lua";

constexpr const char* prolong_function = R"lua(
local function prolong(index, seconds)
  if redis.call('PTTL', index) < seconds * 1000 then
    redis.call('EXPIRE', index, seconds)
  end
end
)lua";

// Two families of one second are ordered by their arrival here: the newer one is a fraction of a
// second above, of which a double of this size has millions.
constexpr const char* admit_function = R"lua(
local function admit(index, record, member, seconds, limit)
  local newest = tonumber(redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2])
  local a, b, c, d = string.byte(record, 14, 17)
  local score = ((a * 256 + b) * 256 + c) * 256 + d
  if newest and newest >= score then
    score = newest + 1 / 65536
  end
  local client = string.byte(record, 18)
  local identity = string.sub(record, 18, 19 + client + string.byte(record, 19 + client))
  local base = string.sub(index, 1, -32)
  local over, oldest = {}, {}
  local function look(other, visit)
    local key = base .. string.sub(other, 1, 22)
    local found = redis.call('GET', key)
    local state = found and string.sub(found, 1, 2)
    if not found or state == '\1R' then
      over[#over + 1] = other
    elseif visit and state == '\1L' and string.sub(found, 18, 17 + #identity) == identity then
      visit(other, key, found)
    end
  end
  for _, other in ipairs(redis.call('ZRANDMEMBER', index, 4)) do
    if other ~= member then
      look(other)
    end
  end
  if limit > 0 then
    for _, other in ipairs(redis.call('ZREVRANGE', index, 0, -1)) do
      if other ~= member and string.sub(other, 23) == string.sub(member, 23) then
        look(other, function(name, key, found)
          limit = limit - 1
          if limit < 1 then
            oldest[#oldest + 1] = {name, key, found}
          end
        end)
      end
    end
  end
  for _, family in ipairs(oldest) do
    redis.call('SET', family[2], '\1R' .. string.sub(family[3], 3), 'KEEPTTL')
  end
  for _, family in ipairs(oldest) do
    redis.call('ZREM', index, family[1])
  end
  for _, other in ipairs(over) do
    redis.call('ZREM', index, other)
  end
  redis.call('ZADD', index, string.format('%.17g', score), member)
  prolong(index, seconds)
end
)lua";

constexpr const char* create_body = R"lua(
redis.call('SET', KEYS[2], ARGV[4], 'NX')
admit(KEYS[3], ARGV[2], ARGV[5], ARGV[6], tonumber(ARGV[7]))
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[1] .. 'W' .. ARGV[2]
)lua";

constexpr const char* redeem_check = R"lua(
local record = redis.call('GETEX', KEYS[1])
if not record then
  return ARGV[1] .. 'M'
end
if string.sub(record, 1, 8) ~= ARGV[2] or string.sub(record, 18, 17 + #ARGV[5]) ~= ARGV[5] then
  return ARGV[1] .. 'F' .. redis.call('PTTL', KEYS[1]) .. ':' .. record
end
local redeemed = ARGV[3] .. string.sub(record, 18)
)lua";

constexpr const char* redeem_admission = R"lua(
redeemed = marked(redeemed, ARGV[9])
admit(KEYS[2], redeemed, ARGV[6], ARGV[7], tonumber(ARGV[8]))
)lua";

constexpr const char* redeem_write = R"lua(
redis.call('SET', KEYS[1], redeemed, 'EX', ARGV[4])
return ARGV[1] .. 'W' .. record
)lua";

constexpr const char* refresh_body = R"lua(
local record = redis.call('GETEX', KEYS[1])
if not record or string.sub(record, 1, 2) ~= '\1L' or not is_of_subject(record, ARGV[2]) then
  return ARGV[1] .. 'M'
end
local noted = marked(record, ARGV[3])
local a, b, c, d = string.byte(record, 14, 17)
local member = string.sub(KEYS[1], -22) .. string.sub(record, 19, 18 + string.byte(record, 18))
redis.call('ZADD', KEYS[2], 'NX', ((a * 256 + b) * 256 + c) * 256 + d, member)
prolong(KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], noted, 'KEEPTTL')
return ARGV[1] .. 'W' .. record
)lua";

constexpr const char* list_begin = R"lua(
redis.call('ZREM', KEYS[1], '')
)lua";

constexpr const char* marker_rewriting = R"lua(
local marker = redis.call('GET', KEYS[2])
if marker then
  redis.call('SET', KEYS[2], marker, 'KEEPTTL')
end
)lua";

// A page ends early enough for the reader's limit: a family has at most 2.6 KiB.
constexpr const char* list_body = R"lua(
local base = string.sub(KEYS[1], 1, -32)
local start = tonumber(ARGV[3])
local members = redis.call('ZREVRANGE', KEYS[1], start, start + 499)
local page, over, read, size = {}, {}, 0, 0
for _, member in ipairs(members) do
  if size > 32768 then
    break
  end
  read = read + 1
  local hash = string.sub(member, 1, 22)
  local record = redis.call('GET', base .. hash)
  local state = record and string.sub(record, 1, 2)
  if not record or state == '\1R' then
    over[#over + 1] = member
  elseif state == '\1L' and is_of_subject(record, ARGV[2]) then
    record = string.sub(record, 1, tail_of(record) - 1)
    page[#page + 1] = hash .. redis.call('PTTL', base .. hash) .. ':' .. #record .. ':' .. record
    size = size + #page[#page]
  end
end
for _, member in ipairs(over) do
  redis.call('ZREM', KEYS[1], member)
end
local more = read < #members or #members == 500
return ARGV[1] .. 'P' .. (more and start + read - #over or '') .. ':' .. table.concat(page)
)lua";

constexpr const char* end_body = R"lua(
local record = redis.call('GETEX', KEYS[1])
if not record then
  return ARGV[1] .. 'M'
end
if string.sub(record, 1, 1) == '\1' and not is_of_subject(record, ARGV[2]) then
  return ARGV[1] .. 'M'
end
local state = string.sub(record, 1, 2)
if state ~= '\1L' and state ~= '\1R' then
  return ARGV[1] .. 'F' .. redis.call('PTTL', KEYS[1]) .. ':' .. record
end
local member = string.sub(KEYS[1], -22) .. string.sub(record, 19, 18 + string.byte(record, 18))
redis.call('ZSCORE', KEYS[2], member)
if state == '\1L' then
  redis.call('SET', KEYS[1], '\1R' .. string.sub(record, 3), 'KEEPTTL')
end
redis.call('ZREM', KEYS[2], member)
if state == '\1R' then
  return ARGV[1] .. 'F' .. redis.call('PTTL', KEYS[1]) .. ':' .. record
end
return ARGV[1] .. 'W' .. record
)lua";

}  // namespace

const Script& create_indexed_script() {
  static const Script script(std::string(prolong_function) + admit_function + create_body);
  return script;
}

const Script& redeem_script(bool fenced) {
  static const FencedScript script(std::string(redeem_check) + redeem_write);
  return script.get(fenced);
}

const Script& redeem_indexed_script(bool fenced) {
  static const FencedScript script(std::string(tail_function) + mark_function + prolong_function +
                                   admit_function + redeem_check + redeem_admission + redeem_write);
  return script.get(fenced);
}

const Script& refresh_index_script() {
  static const Script script(std::string(tail_function) + mark_function + subject_function +
                             prolong_function + refresh_body);
  return script;
}

const Script& list_script(bool fenced) {
  static const std::string begin = std::string(tail_function) + subject_function + list_begin;
  static const Script plain_script(begin + list_body);
  static const Script fenced_script(begin + marker_rewriting + list_body);
  return fenced ? fenced_script : plain_script;
}

const Script& end_script(bool fenced) {
  static const FencedScript script(std::string(subject_function) + end_body);
  return script.get(fenced);
}

}  // namespace oauth2::redis
