#ifndef OAUTH2_T_UNIT_TOKEN_STORE_CONTRACT_H
#define OAUTH2_T_UNIT_TOKEN_STORE_CONTRACT_H

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "oauth2/store.h"

namespace oauth2 {

/// A ListedFamily that outlives its call.
struct KeptFamily {
  std::string hash;
  std::string client;
  std::string scope;
  uint32_t generation = 0;
  uint64_t remaining_ms = 0;
  uint64_t rotation_age_ms = 0;
};

/// A StoreAnswer that outlives its call.
struct KeptAnswer {
  StoreAnswer::Status status = StoreAnswer::Status::unavailable;
  bool revoked = false;
  uint32_t generation = 0;
  uint8_t key_id = 0;
  uint32_t ttl_written = 0;
  uint32_t granted_at = 0;
  uint32_t indexed_at = 0;
  std::string client;
  std::string subject;
  std::string scope;
  uint64_t remaining_ms = 0;
  uint64_t rotation_age_ms = 0;
  std::optional<uint32_t> whole_since;
  uint32_t final_before = 0;
  std::optional<uint64_t> first_sent_ms_ago;
  std::vector<KeptFamily> families;
  std::optional<uint32_t> next_start;
};

/// Waits for answers and keeps them.
class AnswerKeeper final : public StoreWaiter {
 public:
  void store_answered(const StoreAnswer& answer) override;
  bool still_wanted() const override { return wanted; }

  bool wanted = true;
  bool call_is_over = false;  // of the call that began the operation
  bool answered_inside_call = false;
  std::vector<KeptAnswer> answers;
};

/// A TokenStore with the world around it.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  /// Connections to one and the same store; `index` may be any number.
  virtual TokenStore& store(size_t index) = 0;

  /// Lets time and events pass until `done`; false after too long.
  virtual bool run_until(const std::function<bool()>& done) = 0;

  /// A deadline that is far enough away.
  virtual uint64_t deadline() = 0;

  /// Makes the record of `family` `ms` older than it is.
  virtual void age(const FamilyId& family, uint64_t ms) = 0;

  /// Puts a record of a layout of the future in the place of `family`, and says whether it is still
  /// the same.
  virtual void put_unknown_layout(const FamilyId& family) = 0;
  virtual bool has_unknown_layout(const FamilyId& family) = 0;

  /// Says at the Unix time `now` that what the store has lost is lost for good.
  virtual void accept_loss(uint32_t now) = 0;
};

struct StoreFactory {
  const char* name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};
void PrintTo(const StoreFactory& factory, std::ostream* out);

/// What store.h promises, whatever the store is.
class TokenStoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  void SetUp() override;

  /// Begins one operation on a store and waits for its answer.
  KeptAnswer create(const FamilyId& family, uint32_t ttl = 600);
  KeptAnswer read(const FamilyId& family);
  KeptAnswer rotate(const FamilyId& family, uint32_t presented, uint32_t generation,
                    uint32_t ttl = 600);
  KeptAnswer revoke(const FamilyId& family);

  /// Waits for the single answer of `keeper`.
  KeptAnswer wait_for(AnswerKeeper& keeper);

  /// A family that no other test has.
  FamilyId fresh_family();

  std::unique_ptr<StoreUnderTest> world_;
};

}  // namespace oauth2

#endif
