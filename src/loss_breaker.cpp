#include "oauth2/loss_breaker.h"

#include <algorithm>

#include "crypto.h"

namespace oauth2 {
namespace {

using Word = std::atomic<uint64_t>;

uint64_t pack(uint32_t upper, uint32_t lower) {
  return uint64_t{upper} << 32 | lower;
}

uint32_t upper_of(uint64_t word) {
  return static_cast<uint32_t>(word >> 32);
}

uint32_t lower_of(uint64_t word) {
  return static_cast<uint32_t>(word);
}

// Never 0, which is what no word was written at.
uint32_t second_of(uint64_t now_ms) {
  return static_cast<uint32_t>(now_ms / 1000) + 1;
}

// Another worker's clock may be ahead of this one.
bool is_recent(uint32_t second, uint32_t now) {
  return second != 0 && uint64_t{second} + loss_window_s > now;
}

void increase(Word (&counts)[loss_window_s], uint32_t second) {
  Word& word = counts[second % loss_window_s];
  uint64_t old = word;
  uint64_t next = 0;
  do {
    if (upper_of(old) > second) {
      return;  // this worker has slept for the whole window
    }
    next = upper_of(old) == second ? old + 1 : pack(second, 1);
  } while (!word.compare_exchange_weak(old, next));
}

void decrease(Word (&counts)[loss_window_s], uint32_t second) {
  Word& word = counts[second % loss_window_s];
  uint64_t old = word;
  do {
    if (upper_of(old) != second || lower_of(old) == 0) {
      return;
    }
  } while (!word.compare_exchange_weak(old, old - 1));
}

uint64_t sum(const Word (&counts)[loss_window_s], uint32_t now) {
  uint64_t total = 0;
  for (const Word& word : counts) {
    const uint64_t value = word;
    total += is_recent(upper_of(value), now) ? lower_of(value) : 0;
  }
  return total;
}

// The place of a family in its set: where it stands, else where the one stands that came least
// lately.
Word& find_place(Word (&set)[LossState::ways], uint32_t hash) {
  Word* oldest = &set[0];
  for (Word& word : set) {
    if (word != 0 && upper_of(word) == hash) {
      return word;
    }
    if (lower_of(word) < lower_of(*oldest)) {
      oldest = &word;
    }
  }
  return *oldest;
}

}  // namespace

bool is_breaker_open(const LossState& state, uint64_t now_ms) {
  const uint32_t now = second_of(now_ms);
  const uint64_t missing = sum(state.missing, now);
  return missing >= loss_minimum && missing > sum(state.found, now);
}

void LossBreaker::note_found(uint64_t now_ms) {
  increase(state_.found, second_of(now_ms));
}

// A family that comes again counts for its last time only. Clients that repeat what got 503 must
// keep the breaker open without counting twice.
void LossBreaker::note_missing(const FamilyId& family, uint64_t now_ms) {
  const uint32_t now = second_of(now_ms);
  const Digest digest = sha256(view(family.bytes));
  ByteReader reader(view(digest));
  const uint32_t hash = reader.u32();
  Word(&set)[LossState::ways] = state_.families[reader.u32() % LossState::sets];
  while (true) {
    Word& place = find_place(set, hash);
    uint64_t old = place;
    const bool known = upper_of(old) == hash && is_recent(lower_of(old), now);
    if (known && lower_of(old) >= now) {
      return;
    }
    if (place.compare_exchange_strong(old, pack(hash, now))) {
      if (known) {
        decrease(state_.missing, lower_of(old));
      }
      increase(state_.missing, now);
      return;
    }
  }
}

}  // namespace oauth2
