#ifndef OAUTH2_T_UNIT_SESSION_STORE_CONTRACT_H
#define OAUTH2_T_UNIT_SESSION_STORE_CONTRACT_H

#include "token_store_contract.h"

namespace oauth2 {

/// What store.h promises of a store that keeps an index, and of authorization codes.
class SessionStoreContract : public TokenStoreContract {
 protected:
  void SetUp() override;

  /// A family of a subject that no other test has, or of another one.
  FamilyId fresh_family(const std::string& subject);
  FamilyId fresh_family() { return fresh_family(subject_); }

  /// Creates the record of a family.
  FamilyId create(const std::string& client = "app", uint32_t max_families = 0,
                  uint32_t generation = 1);
  void create(const FamilyId& family, const std::string& client, const std::string& subject,
              uint32_t max_families = 0, uint32_t generation = 1);

  KeptAnswer redeem(const FamilyId& family, uint32_t max_families = 0,
                    const std::string& client = "app", const std::string& scope = "read write",
                    uint32_t presented = 0);
  KeptAnswer page(uint32_t start = 0, bool to_end = false);
  KeptAnswer end(const std::string& subject, const FamilyId& family);

  /// The hashes of all pages, in order; every test sees that pages come to an end.
  std::vector<std::string> listed();

  std::string subject_;
};

}  // namespace oauth2

#endif
