#include "fake_token_store.h"

#include <gtest/gtest.h>

#include "session_store_contract.h"
#include "table.h"
#include "token_store_contract.h"

namespace oauth2 {
namespace {

class FakeWorld final : public StoreUnderTest {
 public:
  explicit FakeWorld(bool keeps_index) { store_.keeps_index = keeps_index; }

  TokenStore& store(size_t) override { return store_; }

  bool run_until(const std::function<bool()>& done) override {
    while (!done()) {
      if (!store_.run_one()) {
        return false;
      }
    }
    return true;
  }

  uint64_t deadline() override { return clock_.now_ms + 10000; }
  void age(const FamilyId&, uint64_t ms) override { clock_.now_ms += ms; }

  void put_unknown_layout(const FamilyId& family) override {
    FamilyRecord record;
    record.ttl_written = 1000;
    store_.create(family, record, 0, deadline(), std::make_shared<AnswerKeeper>());
    store_.run();
    store_.find(family)->unknown_layout = true;
  }

  bool has_unknown_layout(const FamilyId& family) override {
    return store_.find(family) != nullptr && store_.find(family)->unknown_layout;
  }

  void accept_loss(uint32_t now) override { store_.accept_loss(now); }

 private:
  FakeClock clock_;
  FakeTokenStore store_{clock_};
};

const StoreFactory without_index{"fake", [] { return std::make_unique<FakeWorld>(false); }};
const StoreFactory with_index{"fake with an index",
                              [] { return std::make_unique<FakeWorld>(true); }};

INSTANTIATE_TEST_SUITE_P(Fake, TokenStoreContract, testing::Values(without_index, with_index),
                         row_name<StoreFactory>);
INSTANTIATE_TEST_SUITE_P(Fake, SessionStoreContract, testing::Values(with_index),
                         row_name<StoreFactory>);

}  // namespace
}  // namespace oauth2
