#include "services/accounts/domain/consent.h"

#include <algorithm>

namespace cliffhanger::accounts {
namespace {

const Decision* find(const std::vector<Decision>& in, Purpose purpose) {
  const auto found = std::ranges::find(in, purpose, &Decision::purpose);
  return found == in.end() ? nullptr : &*found;
}

}  // namespace

bool granted_by_default(Purpose purpose, bool house_default) {
  return purpose != Purpose::kMarketing && house_default;
}

Result<std::vector<Decision>> news_of(const std::vector<Decision>& known,
                                      const std::vector<Decision>& wanted) {
  std::vector<Decision> out;
  for (const Decision& one : wanted) {
    if (std::ranges::count(wanted, one.purpose, &Decision::purpose) > 1)
      return fail(
          invalid("CONSENT_TWICE", "A purpose is decided twice.", {{"decisions", "name each purpose once"}}));
    const Decision* before = find(known, one.purpose);
    if (!before || before->granted != one.granted || before->policy_version != one.policy_version)
      out.push_back(one);
  }
  return out;
}

std::vector<Decision> taken_over(const std::vector<Decision>& account, const std::vector<Decision>& guest) {
  std::vector<Decision> out;
  std::ranges::copy_if(guest, std::back_inserter(out),
                       [&](const Decision& one) { return !find(account, one.purpose); });
  return out;
}

}  // namespace cliffhanger::accounts
