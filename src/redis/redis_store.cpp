#include "redis/redis_store.h"

#include <charconv>
#include <utility>

#include "redis/cluster.h"
#include "redis/command.h"
#include "redis/family_page.h"
#include "redis/index_scripts.h"
#include "redis/key_slot.h"
#include "redis/record.h"
#include "redis/sentinel.h"
#include "redis/standalone.h"

namespace oauth2::redis {
namespace {

std::unique_ptr<Nodes> make_nodes(const StoreOptions& options, StoreHost& host, StoreState& state,
                                  uint64_t seed) {
  switch (options.mode) {
    case StoreMode::cluster:
      return std::make_unique<Cluster>(options, host, state, seed);
    case StoreMode::sentinel:
      return std::make_unique<Sentinel>(options, host, state, seed);
    case StoreMode::standalone:
      break;
  }
  return std::make_unique<Standalone>(options, host, state, seed);
}

constexpr size_t first_key = 3;  // EVALSHA sha1 numkeys key

enum : char { reply_missing = 'M', reply_found = 'F', reply_written = 'W', reply_page = 'P' };

bool take_time(std::string_view text, uint32_t& time) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, time);
  return error == std::errc() && stop == end;
}

// False if `body` is neither empty nor a marker: one Unix time, or two with ':' between them.
bool take_marker(std::string_view body, StoreAnswer& answer) {
  if (body.empty()) {
    return true;
  }
  const size_t colon = body.find(':');
  return take_time(body.substr(0, colon), answer.whole_since.emplace()) &&
         (colon == std::string_view::npos ||
          take_time(body.substr(colon + 1), answer.final_before));
}

// False if `body`, a script's reply behind its nonce, is none.
bool read_answer(std::string_view body, StoreAnswer& answer) {
  if (body.empty()) {
    return false;
  }
  const char kind = body.front();
  body.remove_prefix(1);
  if (kind == reply_missing) {
    answer.status = StoreAnswer::Status::missing;
    return take_marker(body, answer);
  }
  if (kind == reply_page) {
    answer.status = StoreAnswer::Status::found;
    return read_page(body, answer);
  }
  if (kind != reply_found && kind != reply_written) {
    return false;
  }
  if (kind == reply_found && !take_ttl(body, answer.remaining_ms)) {
    return false;
  }
  if (!decode_record(body, answer.record)) {
    answer.status = StoreAnswer::Status::unknown_layout;
    return true;
  }
  answer.status = kind == reply_found ? StoreAnswer::Status::found : StoreAnswer::Status::written;
  answer.rotation_age_ms = rotation_age_ms(answer.record, answer.remaining_ms);
  return true;
}

/// One call of a script for one waiter.
class ScriptCall final : public PendingCommand {
 public:
  ScriptCall(const Script& script, std::string nonce, uint64_t begun_ms, StoreState& state,
             std::shared_ptr<StoreWaiter> waiter)
      : script_(script),
        nonce_(std::move(nonce)),
        begun_ms_(begun_ms),
        state_(state),
        waiter_(std::move(waiter)) {}

  bool still_wanted() const override { return waiter_->still_wanted(); }

  Next replied(const Reply& reply, uint64_t now_ms) override {
    if (reply.error == ReplyError::no_script) {
      return load_script();
    }
    const std::string_view text = reply.text;
    StoreAnswer answer;
    const bool ours =
        text.substr(0, nonce_size) == nonce_ && read_answer(text.substr(nonce_size), answer);
    if (!ours) {
      failed(now_ms);
      return Next::abandon;
    }
    if (times_sent > 1) {
      answer.first_sent_ms_ago = now_ms - first_sent_ms;
    }
    count_answer(state_, now_ms - begun_ms_);
    waiter_->store_answered(answer);
    return Next::done;
  }

  void failed(uint64_t) override {
    const bool dropped = first_sent_ms == 0 && !waiter_->still_wanted();
    if (dropped) {
      return;
    }
    ++state_.errors;
    waiter_->store_answered(StoreAnswer());
  }

 private:
  // Redis forgets its scripts with every restart and failover.
  Next load_script() {
    if (loading_) {
      return Next::refuse;
    }
    loading_ = true;
    append_command(leading_bytes, {"SCRIPT", "LOAD", script_.source});
    leading_commands = 1;
    return Next::repeat;
  }

  const Script& script_;
  const std::string nonce_;
  const uint64_t begun_ms_;
  StoreState& state_;
  const std::shared_ptr<StoreWaiter> waiter_;
  bool loading_ = false;
};

// The index outlives a record of this TTL by half of it.
std::string index_ttl(uint32_t ttl) {
  return std::to_string(uint64_t{ttl} + (ttl + 1) / 2);
}

std::string four_bytes(uint32_t value) {
  std::string bytes;
  append_u32(bytes, value);
  return bytes;
}

std::string with_length(std::string_view subject) {
  return std::string(1, static_cast<char>(subject.size())).append(subject);
}

/// What a rotation compares with the head of the record, and what it puts in its place.
class RotatedHeads {
 public:
  explicit RotatedHeads(const Rotation& rotation) {
    const uint16_t tag = scope_tag(rotation.scope);
    presented_ = record_head(rotation.presented, tag, 0, 0, 0);
    rotated_ =
        record_head(rotation.generation, tag, rotation.key_id, rotation.ttl, rotation.granted_at);
  }

  std::string_view presented() const { return view(presented_).substr(0, record_state_size); }
  std::string_view rotated() const { return view(rotated_); }

 private:
  RecordHead presented_;
  RecordHead rotated_;
};

/// Waits for what is sent on nobody's behalf.
class Nobody final : public StoreWaiter {
 public:
  void store_answered(const StoreAnswer&) override {}
  bool still_wanted() const override { return true; }
};

/// Takes a family out of the index once it is revoked, before its own waiter hears of it.
class RevocationWaiter final : public StoreWaiter {
 public:
  RevocationWaiter(TokenStore& store, const FamilyId& family, uint64_t deadline,
                   std::shared_ptr<StoreWaiter> waiter)
      : store_(store), family_(family), deadline_(deadline), waiter_(std::move(waiter)) {}

  void store_answered(const StoreAnswer& answer) override {
    if (answer.status == StoreAnswer::Status::written) {
      store_.end(answer.record.subject, family_hash(family_), deadline_,
                 std::make_shared<Nobody>());
    }
    waiter_->store_answered(answer);
  }
  bool still_wanted() const override { return waiter_->still_wanted(); }

 private:
  TokenStore& store_;
  const FamilyId family_;
  const uint64_t deadline_;
  const std::shared_ptr<StoreWaiter> waiter_;
};

}  // namespace

RedisStore::RedisStore(const StoreOptions& options, StoreHost& host, StoreState& state,
                       uint64_t seed)
    : options_(options),
      host_(host),
      state_(state),
      outages_(state, options.longest_window_ms),
      breaker_(state.losses),
      nonce_(seed),
      nodes_(make_nodes(options, host, state, seed)) {}

void RedisStore::create(const FamilyId& family, const FamilyRecord& record, uint32_t max_families,
                        uint64_t deadline, std::shared_ptr<StoreWaiter> waiter) {
  const std::string nonce = next_nonce();
  const std::string key = family_key(options_.prefix, family);
  const std::string ttl = std::to_string(record.ttl_written);
  const std::string granted_at = std::to_string(record.granted_at);
  const bool fenced = waits_for_replicas();
  if (!options_.keeps_index || record.generation == 0) {
    const Script& script = create_script();
    call(fenced, script, nonce,
         {"EVALSHA", script.sha1, "2", key, marker_of(key), nonce, encode_record(record), ttl,
          granted_at},
         deadline, std::move(waiter));
    return;
  }
  const Script& script = create_indexed_script();
  FamilyRecord indexed = record;
  indexed.indexed_at = record.granted_at;
  call(fenced, script, nonce,
       {"EVALSHA", script.sha1, "3", key, marker_of(key),
        index_key(options_.prefix, record.subject), nonce, encode_record(indexed), ttl, granted_at,
        index_member(family_hash(family), record.client), index_ttl(record.ttl_written),
        std::to_string(max_families)},
       deadline, std::move(waiter));
}

void RedisStore::read(const FamilyId& family, uint64_t deadline,
                      std::shared_ptr<StoreWaiter> waiter) {
  const Script& script = read_script();
  const std::string nonce = next_nonce();
  const std::string key = family_key(options_.prefix, family);
  call(false, script, nonce, {"EVALSHA", script.sha1, "2", key, marker_of(key), nonce}, deadline,
       std::move(waiter));
}

void RedisStore::rotate(const FamilyId& family, const Rotation& rotation, uint64_t deadline,
                        std::shared_ptr<StoreWaiter> waiter) {
  const bool fenced = waits_for_rotations();
  const Script& script = rotate_script(fenced);
  const std::string nonce = next_nonce();
  const RotatedHeads heads(rotation);
  call(fenced, script, nonce,
       {"EVALSHA", script.sha1, "1", family_key(options_.prefix, family), nonce, heads.presented(),
        heads.rotated(), std::to_string(rotation.ttl)},
       deadline, std::move(waiter));
}

void RedisStore::redeem(const FamilyId& family, const Rotation& rotation, std::string_view client,
                        std::string_view subject, uint32_t max_families, uint64_t deadline,
                        std::shared_ptr<StoreWaiter> waiter) {
  const std::string nonce = next_nonce();
  const std::string key = family_key(options_.prefix, family);
  const RotatedHeads heads(rotation);
  const std::string ttl = std::to_string(rotation.ttl);
  const std::string identity = record_identity(client, subject);
  const bool fenced = waits_for_replicas();
  if (!options_.keeps_index) {
    const Script& script = redeem_script(fenced);
    call(fenced, script, nonce,
         {"EVALSHA", script.sha1, "1", key, nonce, heads.presented(), heads.rotated(), ttl,
          identity},
         deadline, std::move(waiter));
    return;
  }
  const Script& script = redeem_indexed_script(fenced);
  call(
      fenced, script, nonce,
      {"EVALSHA", script.sha1, "2", key, index_key(options_.prefix, subject), nonce,
       heads.presented(), heads.rotated(), ttl, identity, index_member(family_hash(family), client),
       index_ttl(rotation.ttl), std::to_string(max_families), four_bytes(rotation.granted_at)},
      deadline, std::move(waiter));
}

void RedisStore::refresh_index(const FamilyId& family, std::string_view subject, uint32_t now,
                               uint32_t ttl, uint64_t deadline) {
  if (!options_.keeps_index) {
    return;
  }
  const Script& script = refresh_index_script();
  const std::string nonce = next_nonce();
  call(false, script, nonce,
       {"EVALSHA", script.sha1, "2", family_key(options_.prefix, family),
        index_key(options_.prefix, subject), nonce, with_length(subject), four_bytes(now),
        index_ttl(ttl)},
       deadline, std::make_shared<Nobody>());
}

void RedisStore::list(std::string_view subject, uint32_t start, bool to_end, uint64_t deadline,
                      std::shared_ptr<StoreWaiter> waiter) {
  const bool fenced = to_end && waits_for_replicas();
  const Script& script = list_script(fenced);
  const std::string nonce = next_nonce();
  const std::string index = index_key(options_.prefix, subject);
  call(fenced, script, nonce,
       {"EVALSHA", script.sha1, "2", index, marker_of(index), nonce, with_length(subject),
        std::to_string(start)},
       deadline, std::move(waiter));
}

void RedisStore::end(std::string_view subject, std::string_view hash, uint64_t deadline,
                     std::shared_ptr<StoreWaiter> waiter) {
  const bool fenced = waits_for_replicas();
  const Script& script = end_script(fenced);
  const std::string nonce = next_nonce();
  call(fenced, script, nonce,
       {"EVALSHA", script.sha1, "2", family_key(options_.prefix, subject, hash),
        index_key(options_.prefix, subject), nonce, with_length(subject)},
       deadline, std::move(waiter));
}

void RedisStore::revoke(const FamilyId& family, uint64_t deadline,
                        std::shared_ptr<StoreWaiter> waiter) {
  if (options_.keeps_index) {
    waiter = std::make_shared<RevocationWaiter>(*this, family, deadline, std::move(waiter));
  }
  const bool fenced = waits_for_replicas();
  const Script& script = revoke_script(fenced);
  const std::string nonce = next_nonce();
  const std::string key = family_key(options_.prefix, family);
  call(fenced, script, nonce, {"EVALSHA", script.sha1, "2", key, marker_of(key), nonce}, deadline,
       std::move(waiter));
}

uint64_t RedisStore::outage_allowance_ms(uint64_t window_ms) const {
  return outages_.allowance_ms(window_ms, host_.now_ms());
}

uint64_t RedisStore::request_budget_ms() const {
  return options_.connection.connect_timeout_ms + 2 * options_.connection.timeout_ms;
}

bool RedisStore::waits_for_rotations() const {
  return waits_for_replicas() && options_.fences_rotations;
}

void RedisStore::call(bool fenced, const Script& script, const std::string& nonce,
                      std::initializer_list<std::string_view> words, uint64_t deadline,
                      std::shared_ptr<StoreWaiter> waiter) {
  auto command =
      std::make_unique<ScriptCall>(script, nonce, host_.now_ms(), state_, std::move(waiter));
  append_command(command->bytes, words);
  command->fenced = fenced;
  command->deadline = deadline;
  command->slot = slot_of(words.begin()[first_key]);
  nodes_->submit(std::move(command));
}

uint16_t RedisStore::slot_of(std::string_view key) const {
  return options_.mode == StoreMode::cluster ? key_slot(key) : uint16_t{0};
}

std::string RedisStore::marker_of(std::string_view key) const {
  return options_.mode == StoreMode::cluster ? marker_key(options_.prefix, key_slot(key))
                                             : marker_key(options_.prefix);
}

// Unique among the commands of one connection, which is all that a mismatch needs to show.
std::string RedisStore::next_nonce() {
  const uint64_t value = nonce_++;
  return {reinterpret_cast<const char*>(&value), nonce_size};
}

}  // namespace oauth2::redis
