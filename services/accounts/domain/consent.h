#pragma once
// What people allow beyond running the service itself.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"

namespace cliffhanger::accounts {

enum class Purpose { kAnalytics = 1, kProfiling = 2, kMarketing = 3 };  // as the contract numbers them
inline constexpr std::array kPurposes = {Purpose::kAnalytics, Purpose::kProfiling, Purpose::kMarketing};

struct Decision {
  Purpose purpose = Purpose::kAnalytics;
  bool granted = false;
  std::string policy_version;
  Time decided;
  std::int64_t version = 0;  // counts up with each change of one person's
};

// Whether the purpose holds for who said nothing: nobody gets messages unasked, the others are as the house
// has it.
bool granted_by_default(Purpose purpose, bool house_default);

// Those of `wanted` that say something else than `known` (another answer, or of another text). Fails with
// CONSENT_TWICE.
Result<std::vector<Decision>> news_of(const std::vector<Decision>& known,
                                      const std::vector<Decision>& wanted);

// What an account takes over from a guest who signs in to it: its own decisions win.
std::vector<Decision> taken_over(const std::vector<Decision>& account, const std::vector<Decision>& guest);

// Decisions of one tenant within one transaction.
class Consents {
 public:
  virtual ~Consents() = default;
  // The latest of each purpose that was decided.
  virtual Result<std::vector<Decision>> latest(const UserId& user) = 0;
  // Newest first.
  virtual Result<std::vector<Decision>> history(const UserId& user, int most) = 0;
  // Adds them as one change, and tells the house. The account is locked.
  virtual Result<void> decide(const UserId& user, const std::vector<Decision>& decisions, Time now) = 0;
};

}  // namespace cliffhanger::accounts
